import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { editPieces, editsBetween } from "../../../lib/stub/text_edits.ts";

const TOKENS = ["[redacted]", "{{id}}"];

/** Redacts every `SECRET` in torn text, as cleaning does. */
function cleaned(pieces: string[]): string[] {
  const whole = pieces.join("");
  const after = whole.replaceAll("SECRET", "[redacted]").replaceAll("ID", "{{id}}");
  return editPieces(pieces, editsBetween(whole, after, TOKENS));
}

const rows: { name: string; pieces: string[]; expected: string[] }[] = [
  { name: "nothing to replace", pieces: ["a", "b"], expected: ["a", "b"] },
  { name: "one part", pieces: ["a SECRET b", "c"], expected: ["a [redacted] b", "c"] },
  { name: "a torn part", pieces: ["a SEC", "RET b"], expected: ["a [redacted]", " b"] },
  {
    name: "a part in many pieces",
    pieces: ["S", "EC", "RET", "x"],
    expected: ["[redacted]", "", "", "x"],
  },
  { name: "a part up to a tear", pieces: ["SECRET", "b"], expected: ["[redacted]", "b"] },
  { name: "a part from a tear on", pieces: ["a", "SECRET"], expected: ["a", "[redacted]"] },
  { name: "two kinds of parts", pieces: ["ID a", "SECRET"], expected: ["{{id}} a", "[redacted]"] },
  { name: "parts side by side", pieces: ["SECRETSECRET"], expected: ["[redacted][redacted]"] },
  {
    name: "a token that stood there",
    pieces: ["[redacted] SEC", "RET"],
    expected: ["[redacted] [redacted]", ""],
  },
];

describe("editPieces()", () => {
  for (const { name, pieces, expected } of rows) {
    it(`keeps the tears around ${name}`, () => assertEquals(cleaned(pieces), expected));
  }

  it("gives the edited text, whatever the tears are", () => {
    const parts = ["SECRET", "ID", "a", "\n", "[redacted]", "SEC", "RET", "é"];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 500; round++) {
      const whole = Array.from({ length: random(12) }, () => parts[random(parts.length)]).join("");
      const pieces: string[] = [];
      for (let at = 0; at < whole.length;) {
        const length = 1 + random(5);
        pieces.push(whole.slice(at, at + length));
        at += length;
      }
      const after = cleaned(pieces);
      assertEquals(after.length, pieces.length);
      assertEquals(after.join(""), cleaned([whole]).join(""), `${round}`);
      assert(!after.join("").includes("SECRET"));
    }
  });
});
