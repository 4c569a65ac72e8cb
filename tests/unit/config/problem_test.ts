/** Places as people write them. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { pathText, placeText } from "../../../lib/config/problem.ts";

describe("pathText()", () => {
  it("writes a place as people do", () => {
    assertEquals(pathText(["routes", 1, "headers", "x-a"]), "routes[1].headers.x-a");
    assertEquals(pathText(["port"]), "port");
    assertEquals(pathText([2, "url"]), "[2].url");
  });

  it("writes nothing for the whole document", () => assertEquals(pathText([]), ""));
});

describe("placeText()", () => {
  const cases: readonly [path: (string | number)[], atKey: boolean, text: string][] = [
    [["routes", 1, "urll"], true, "routes[1].urll"],
    [["routes", 1, "apiKey:sk-0123456789"], true, "routes[1].apiKey…"],
    [["clients", 0, "keysk-0123456789"], true, "clients[0].keysk-…"],
    [["fallback", "gpt-5.1"], false, "fallback.gpt-5.1"],
    [["headers", "authorization:Bearer sk-0123"], false, "headers.authorization…"],
  ];
  for (const [path, atKey, text] of cases) {
    it(`writes ${text}`, () => assertEquals(placeText({ path, message: "", atKey }), text));
  }
});
