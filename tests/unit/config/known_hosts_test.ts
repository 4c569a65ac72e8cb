import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { quirksOfHost } from "../../../lib/config/known_hosts.ts";
import { loadConfig } from "../../../lib/config/load.ts";

function quirksIn(route: string) {
  const { config, problems } = loadConfig(`routes:\n  - {${route}, model: m}\n`, {
    read: () => undefined,
    checkStubUrl: () => undefined,
  });
  assertEquals(problems, []);
  return config!.routes[0]!.quirks;
}

describe("quirksOfHost()", () => {
  it("quirksOfHost() knows a host by its whole name and by its suffix", () => {
    assertEquals(quirksOfHost("api.mistral.ai"), { toolIdPattern: "^[a-zA-Z0-9]{9}$" });
    assertEquals(quirksOfHost("mine.openai.azure.com").maxTokensField, "max_completion_tokens");
  });

  it("quirksOfHost() gives nothing for names that only look alike", () => {
    for (const name of ["api.mistral.ai.example", "xapi.mistral.ai", "__proto__", "localhost"]) {
      assertEquals(quirksOfHost(name), {}, name);
    }
  });

  it("loadConfig() gives a route the quirks of its host", () => {
    assertEquals(quirksIn("url: 'https://api.openai.com/v1'"), {
      maxTokensField: "max_completion_tokens",
    });
  });

  it("loadConfig() lets the file overrule the host", () => {
    const quirks = quirksIn("url: 'https://api.openai.com/v1', maxTokensField: max_tokens");
    assertEquals(quirks, { maxTokensField: "max_tokens" });
  });
});
