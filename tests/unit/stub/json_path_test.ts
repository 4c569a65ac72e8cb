import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parseJsonPath, replaceAt } from "../../../lib/stub/json_path.ts";
import type { JsonValue } from "../../../lib/base/json.ts";

const VALUE = {
  metadata: { user_id: "u", keep: 1 },
  messages: [{ id: "a", content: [{ id: "b" }] }, { id: "c", content: "words" }],
  "odd key": { cache_control: {} },
};

const removed: { path: string; expected: JsonValue }[] = [
  { path: "$.metadata.user_id", expected: { ...VALUE, metadata: { keep: 1 } } },
  { path: "metadata", expected: { messages: VALUE.messages, "odd key": { cache_control: {} } } },
  { path: "$['odd key'].cache_control", expected: { ...VALUE, "odd key": {} } },
  {
    path: "$.messages[*].id",
    expected: { ...VALUE, messages: [{ content: [{ id: "b" }] }, { content: "words" }] },
  },
  {
    path: "$..id",
    expected: { ...VALUE, messages: [{ content: [{}] }, { content: "words" }] },
  },
  { path: "messages[1]", expected: { ...VALUE, messages: VALUE.messages.slice(0, 1) } },
  { path: "$..cache_control", expected: { ...VALUE, "odd key": {} } },
  { path: "$.nothing.here", expected: VALUE },
];

describe("replaceAt()", () => {
  for (const { path, expected } of removed) {
    it(`takes out ${path}`, () => {
      assertEquals(replaceAt(VALUE, parseJsonPath(path)!, () => undefined), expected);
    });
  }
});

describe("parseJsonPath()", () => {
  for (
    const text of ["", "$", "$.", "$.a[", "$.a[x]", "$..", "$.a b", "$.a[?(@.b)]", "a..", "[1"]
  ) {
    it(`does not take ${JSON.stringify(text)} for a path`, () => {
      assertEquals(parseJsonPath(text), undefined);
    });
  }
});
