/** A body that is read only as far as somebody asks. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../lib/base/error.ts";
import { joinBytes } from "../../../lib/base/exchange.ts";
import { JsonBody, jsonObject } from "../../../lib/base/json_body.ts";
import { outlineOf } from "../../../lib/base/json_outline.ts";

const TEXT =
  '{ "model" : "a", "list":[ 1, {"b":"]"} ,"c"], "none":[ ], "word":"x\\n", "a":"gw1." }';

function outlined(text: string): JsonBody {
  const bytes = new TextEncoder().encode(text);
  return new JsonBody(bytes, { outline: outlineOf(bytes, { maxDepth: 9, mark: "gw1." })! });
}

function read(text: string): JsonBody {
  const bytes = new TextEncoder().encode(text);
  return new JsonBody(bytes, { value: jsonObject(bytes) });
}

function textOf(pieces: Uint8Array<ArrayBuffer>[]): string {
  return new TextDecoder().decode(joinBytes(pieces));
}

describe("JsonBody", () => {
  for (const body of [outlined(TEXT), read(TEXT)]) {
    const how = body.isRead ? "that was read" : "of which only the outline is known";

    it(`gives single fields of a body ${how}`, () => {
      const { model, word, other } = body.fields("model", "word", "other");
      assertEquals([model, word, other], ["a", "x\n", undefined]);
    });

    it(`gives the elements of a list in a body ${how}`, () => {
      assertEquals([...body.list("list")!], [1, { b: "]" }, "c"]);
      assertEquals([...body.list("none")!], []);
      assertEquals([body.list("word"), body.list("other")], [undefined, undefined]);
    });

    it(`replaces a field of a body ${how}, and no other byte`, () => {
      assertEquals(textOf(body.with("model", 'b"')), TEXT.replace('"a"', '"b\\""'));
      assertEquals(textOf(body.with("other", "b")), TEXT);
    });

    it(`gives all of a body ${how}`, () => {
      assertEquals(body.value, JSON.parse(TEXT));
      assertEquals(body.mayBeMarked, true);
    });
  }

  it("is not read for a few of its fields", () => {
    const body = outlined(TEXT);
    body.fields("model");
    [...body.list("list")!];
    body.with("model", "b");
    assertEquals(body.isRead, false);
  });

  it("knows from its outline that nothing is marked", () => {
    assertEquals(outlined('{"a":"b"}').mayBeMarked, false);
    assertEquals(read('{"a":"b"}').mayBeMarked, true);
  });

  it("refuses an escape that does not exist when it gets there, and not before", () => {
    const body = outlined('{"model":"a","list":["b","\\q","c"],"word":"\\x"}');
    assertEquals(body.fields("model"), { model: "a" });
    const [first] = body.list("list")!;
    assertEquals(first, "b");
    const refused = "The request body must be a JSON object: it is not JSON";
    assertThrows(() => body.fields("word"), GatewayError, refused);
    assertThrows(() => [...body.list("list")!], GatewayError, refused);
    assertThrows(() => body.value, GatewayError, refused);
  });

  it("writes what it is made of", () => {
    const body = JsonBody.of({ model: "a" });
    assertEquals([textOf([body.bytes]), body.value], ['{"model":"a"}', { model: "a" }]);
  });
});
