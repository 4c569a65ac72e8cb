/** What makes two candidates the same. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { candidateOf } from "../../../lib/routing/candidate.ts";
import { routeOf } from "../../example_config.ts";

describe("candidateOf()", () => {
  const id = (fields: string, model = "m") => candidateOf(routeOf(fields), model).id;

  it("gives the same id to the same place, model and key, whatever else changes", () => {
    const reloaded = "url: https://h/v1, apiKey: abc, weight: 3, name: other";
    assertEquals(id("url: https://h/v1, apiKey: abc"), id(reloaded));
  });

  it("gives another id to another place, model or key", () => {
    const ids = [
      id("url: https://h/v1, apiKey: abc"),
      id("url: https://h/v2, apiKey: abc"),
      id("url: https://h/v1, apiKey: abd"),
      id("url: https://h/v1"),
      id("url: https://h/v1, apiKey: abc", "n"),
    ];
    assertEquals(new Set(ids).size, ids.length);
  });

  it("keeps route and model", () => {
    const route = routeOf();
    const candidate = candidateOf(route, "any");
    assert(candidate.route === route);
    assertEquals(candidate.model, "any");
  });
});
