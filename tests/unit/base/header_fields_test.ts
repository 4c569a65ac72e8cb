import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { HeaderFields, headerFieldsOf } from "../../../lib/base/header_fields.ts";

describe("HeaderFields", () => {
  it("has the last value that was set, and null for what was not", () => {
    const fields = new HeaderFields();
    fields.set("accept", "a");
    fields.set("accept", "b");
    assertEquals(fields.get("accept"), "b");
    assertEquals(fields.get("cookie"), null);
    assertEquals([fields.has("accept"), fields.has("cookie")], [true, false]);
  });

  it("takes a key from a file without the line's end", () => {
    const fields = new HeaderFields();
    fields.set("authorization", " Bearer dummy\r\n");
    assertEquals(fields.get("authorization"), "Bearer dummy");
  });
});

describe("headerFieldsOf()", () => {
  it("reads names in lower case, and repeated fields as one", () => {
    const raw = ["Content-Type", "text/plain", "X-Id", "1", "x-id", "2"];
    assertEquals([...headerFieldsOf(raw)], [["content-type", "text/plain"], ["x-id", "1, 2"]]);
  });

  it("reads the same as the runtime's headers", () => {
    const raw = ["B", "2", "a", "1", "b", " 3\t", "c", "", "d", "\u00e9"];
    const headers = new Headers();
    for (let at = 0; at < raw.length; at += 2) headers.append(raw[at]!, raw[at + 1]!);
    assertEquals([...headerFieldsOf(raw)].sort(), [...headers]);
  });

  const FORBIDDEN: [what: string, name: string, value: string][] = [
    ["a name with a space", "a b", "1"],
    ["an empty name", "", "1"],
    ["a name of other letters", "\u00e9", "1"],
    ["a line of its own", "a", "1\r\nb: 2"],
    ["a null character", "a", "1\u0000"],
    ["a character of more than a byte", "a", "\u20ac"],
  ];
  for (const [what, name, value] of FORBIDDEN) {
    it(`leaves out ${what}, and keeps what stands beside it`, () => {
      assertEquals([...headerFieldsOf([name, value, "ok", "1"])], [["ok", "1"]]);
    });
  }
});
