/**
 * `docs/RECORDING.md`: its commands are understood, its cassette is read, its lists are the code's.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import denoJson from "../../deno.json" with { type: "json" };
import { parseCommand } from "../../lib/cli/command_line.ts";
import { VERBS } from "../../lib/cli/verbs.ts";
import { RecordingSpace } from "../../lib/cli/recorded_exchange.ts";
import { NOW, REQUEST_ID } from "../../lib/stub/cassette_cleaning.ts";
import { readCassette } from "../../lib/stub/cassette.ts";
import { VOLATILE_FIELDS } from "../../lib/stub/normalise.ts";

const text = Deno.readTextFileSync(new URL("../../docs/RECORDING.md", import.meta.url));

function blocks(language: string): string[] {
  const pattern = new RegExp("^```" + language + "\\n([\\s\\S]*?)^```", "gm");
  return [...text.matchAll(pattern)].map(([, block]) => block!);
}

describe("RECORDING.md", () => {
  it("has only commands that the tasks and the verbs understand", () => {
    const lines = blocks("sh").flatMap((block) => block.trimEnd().split("\n"));
    assertEquals(lines.length, 3);
    for (const line of lines) {
      const [, task, rest] = /^npx -y deno@2\.9\.6 task (record|replay) (.*)$/.exec(line)!;
      assert(denoJson.tasks[task as "record" | "replay"].endsWith(` main.ts ${task}`));
      const words = [...rest!.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) =>
        quoted ?? bare!
      );
      const parsed = parseCommand([task!, ...words], VERBS);
      assert("verb" in parsed && parsed.verb.name === task, JSON.stringify(parsed));
    }
  });

  it("shows a cassette that can be read", () => {
    const [example] = blocks("yaml");
    const read = readCassette(example!);
    assert("cassette" in read, JSON.stringify(read));
    assertEquals(read.cassette.answer.status, 502);
  });

  it("names every field that does not count, every mark and the limit of a body", () => {
    for (const part of [...VOLATILE_FIELDS, REQUEST_ID, NOW]) {
      assertStringIncludes(text, `\`${part}\``);
    }
    assertStringIncludes(text, `longer than ${RecordingSpace.maxBodyBytes / 1024 / 1024} MiB`);
  });
});
