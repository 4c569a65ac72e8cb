/** What differs from run to run by chance alone. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { repeatableText } from "../../../lib/stub/repeatable_text.ts";

const cases: [text: string, repeatable: string][] = [
  ["id 3d1338e5-6062-40ea-8d95-2c9d97fa7237", "id <uuid-1>"],
  ["call_stub-5_1 toolu_01ABCdef call_stub-5_1", "<id-1> <id-2> <id-1>"],
  ["http://127.0.0.1:43121/v1 http://localhost:8787", "http://<stub>/v1 http://<stub>"],
  ["at 2026-11-24T14:31:02.123Z, on 2026-11-24", "at <time>, on <date>"],
  ["Tue Nov 24 2026", "<date>"],
  ["in /tmp/gateway_e2e_1a2b/work.txt and /tmp/other", "in <folder-1> and <folder-2>"],
  [
    String
      .raw`"cwd":"C:\\Users\\me\\AppData\\Local\\Temp\\work-1a\\x.txt","b":"D:\\src\nC:\\Temp\\y\n"`,
    String.raw`"cwd":"<folder-1>","b":"D:\\src\n<folder-2>\n"`,
  ],
  ["sha 0123456789abcdef01", "sha <hex-1>"],
  ["created 1763994662 1763994662123", "created <epoch> <epoch>"],
  ["gpt-5 said 42 in 2026, call_1", "gpt-5 said 42 in 2026, call_1"],
];

describe("repeatableText()", () => {
  for (const [text, repeatable] of cases) {
    it(`makes ${repeatable} of ${text}`, () => assertEquals(repeatableText(text), repeatable));
  }
});
