/** Places as people write them. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { pathText } from "../../../lib/config/problem.ts";

describe("pathText()", () => {
  it("writes a place as people do", () => {
    assertEquals(pathText(["routes", 1, "headers", "x-a"]), "routes[1].headers.x-a");
    assertEquals(pathText(["port"]), "port");
    assertEquals(pathText([2, "url"]), "[2].url");
  });

  it("writes nothing for the whole document", () => assertEquals(pathText([]), ""));
});
