import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run } from "../../lib/cli/verbs/run.ts";
import { setup } from "../../lib/cli/verbs/setup.ts";
import { ANY_KEY } from "../../lib/setup/client.ts";
import { CLIENTS } from "../../lib/setup/clients.ts";
import { IMPORTERS } from "../../lib/setup/importers/importers.ts";
import { LOCAL_SERVERS } from "../../lib/setup/providers.ts";
import { withSettings } from "../../lib/setup/settings_text.ts";

const PAPER = Deno.readTextFileSync(new URL("../../docs/CLIENTS.md", import.meta.url));
const ACCESS = { url: "http://127.0.0.1:8787", key: ANY_KEY, model: "auto", others: [] };

describe("docs/CLIENTS.md", () => {
  for (const client of CLIENTS) {
    it(`shows what setup writes for ${client.title}, to the letter`, () => {
      assertStringIncludes(PAPER, `### ${client.title}\n`);
      const text = withSettings("", client.settings(ACCESS), client.format);
      assertStringIncludes(PAPER, `\n${text}\`\`\`\n`);
    });
  }

  it("names every flag of setup and run, and no other", () => {
    const flags = new Set([...setup.flags, ...run.flags].map(({ name }) => name));
    const named = new Set([...PAPER.matchAll(/^\| `--([a-z-]+)/gm)].map(([, name]) => name!));
    assertEquals([...named].sort(), [...flags].sort());
  });

  it("names every server that init looks for, and every gateway that import reads", () => {
    for (const { title } of [...LOCAL_SERVERS, ...IMPORTERS]) assertStringIncludes(PAPER, title);
  });
});
