/** From a model's name to candidates in the order in which they are tried. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../lib/base/error.ts";
import { isAuto, Router, type RoutingRequest } from "../../../lib/routing/router.ts";
import { configOf } from "../../example_config.ts";

function routerOf(text: string, latencyOf?: (model: string) => number | undefined): Router {
  return new Router(configOf(text), latencyOf);
}

/** `route/model` of each candidate. */
function planned(router: Router, request: RoutingRequest | string): string[] {
  const plan = router.plan(typeof request === "string" ? { model: request } : request);
  return plan.candidates.map(({ route, model }) => `${route.name}/${model}`);
}

/** The first model of each of so many new conversations. */
function firsts(router: Router, count: number): string {
  return Array.from({ length: count }, () => router.plan({ model: "auto" }).candidates[0]!.model)
    .join("");
}

const THREE = `
- {name: one, url: https://h, model: [a, b]}
- {name: two, url: https://i, model: [b, c]}
`;

describe("Router on auto", () => {
  it("begins at the first model, then one further with each new conversation", () => {
    assertEquals(firsts(routerOf(THREE), 7), "abcabca");
  });

  it("tries a model's own routes, in file order, before the next model", () => {
    const router = routerOf(THREE);
    router.plan({ model: "auto" });
    assertEquals(planned(router, "auto"), ["one/b", "two/b", "two/c", "one/a"]);
  });

  it("goes on with its rotation over another configuration", () => {
    const router = routerOf(THREE);
    assertEquals(firsts(router, 4), "abca");
    const other = configOf("- {url: https://h, model: [x, y, z]}");
    assertEquals(firsts(router.successor(other), 3), "yzx");
  });

  it("reads the name in any case", () => {
    const router = routerOf(THREE);
    assertEquals(router.plan({ model: "Auto" }).mode, "auto");
    assertEquals(planned(router, "AUTO")[0], "one/b");
  });

  it("stays with the model that served a conversation, and does not move the rotation", () => {
    const router = routerOf(THREE);
    const followUp = { model: "auto", stickyModel: "c" };
    assertEquals(planned(router, followUp), ["two/c", "one/a", "one/b", "two/b"]);
    assertEquals(planned(router, followUp), ["two/c", "one/a", "one/b", "two/b"]);
    assertEquals(firsts(router, 1), "a");
  });

  it("starts anew when the model of a conversation is gone", () => {
    const router = routerOf(THREE);
    assertEquals(planned(router, { model: "auto", stickyModel: "gone" })[0], "one/a");
  });

  it("does not move the rotation for side requests", () => {
    const router = routerOf(THREE);
    router.plan({ model: "auto", isSideRequest: true });
    assertEquals(firsts(router, 2), "ab");
  });

  it("takes the models of its list, in the list's order", () => {
    const router = routerOf(
      `{auto: {models: [c, a]}, routes: [{url: https://h, model: [a, b, c]}]}`,
    );
    assertEquals(planned(router, "auto"), ["h/c", "h/a"]);
    assertEquals(planned(router, "auto"), ["h/a", "h/c"]);
  });

  it("takes models of its list that only a route for the rest serves", () => {
    const router = routerOf(`
auto: {models: [x, a]}
routes:
  - {name: one, url: https://h, model: a}
  - {name: rest, url: https://i, model: "*"}
`);
    assertEquals(planned(router, "auto"), ["rest/x", "one/a"]);
  });

  it("passes over models of its list whose routes are off", () => {
    const router = routerOf(`
auto: {models: [x, a, b]}
routes:
  - {url: https://h, model: [a, b]}
  - {url: https://i, model: x, enabled: false}
`);
    assertEquals(planned(router, "auto"), ["h/a", "h/b"]);
    assertEquals(firsts(router, 4), "baba");
  });

  it("leaves out a route for the rest", () => {
    assertEquals(planned(routerOf(`${THREE}- {url: https://j, model: "*"}`), "auto").length, 4);
  });

  it("has no model where only a route for the rest stands", () => {
    const router = routerOf('- {url: https://h, model: "*"}');
    const error = assertThrows(() => router.plan({ model: "auto" }), GatewayError);
    assertEquals([error.status, error.code], [404, "model_not_found"]);
  });

  it("weighs a model by the sum of its routes", () => {
    const router = routerOf(`
auto: {policy: weighted}
routes:
  - {url: https://h, model: a}
  - {url: https://i, model: b, weight: 2}
  - {url: https://j, model: b}
`);
    assertEquals(firsts(router, 12).split("").toSorted().join(""), "aaabbbbbbbbb");
  });

  it("asks for latencies as they are at the moment of the request", () => {
    const latencies: Record<string, number> = { a: 1, b: 2, c: 3 };
    const router = routerOf(
      "{auto: {policy: least-latency}, routes: [{url: https://h, model: [a, b, c]}]}",
      (model) => latencies[model],
    );
    assertEquals(firsts(router, 1), "a");
    latencies.a = 10;
    assertEquals(firsts(router, 1), "b");
  });

  it("follows no chain", () => {
    const router = routerOf("{fallback: [b], routes: [{url: https://h, model: [a, b]}]}");
    assertEquals(planned(router, "auto"), ["h/a", "h/b"]);
  });
});

describe("Router on a pinned model", () => {
  it("takes only its routes, in file order", () => {
    const plan = routerOf(THREE).plan({ model: "b" });
    assertEquals(plan.mode, "pinned");
    assertEquals(plan.candidates.map(({ route }) => route.name), ["one", "two"]);
  });

  it("does not move the rotation", () => {
    const router = routerOf(THREE);
    router.plan({ model: "b" });
    assertEquals(firsts(router, 1), "a");
  });

  it("goes on with its chain", () => {
    const router = routerOf(`fallback: {a: [c, b]}\nroutes: [{url: https://h, model: [a, b, c]}]`);
    assertEquals(planned(router, "a"), ["h/a", "h/c", "h/b"]);
    assertEquals(planned(router, "b"), ["h/b"]);
  });

  it("does not follow the chains of its chain", () => {
    const router = routerOf(
      `fallback: {a: [b], b: [a, c]}\nroutes: [{url: https://h, model: [a, b, c]}]`,
    );
    assertEquals(planned(router, "a"), ["h/a", "h/b"]);
    assertEquals(planned(router, "b"), ["h/b", "h/a", "h/c"]);
  });

  it("takes the chain for all where it has none of its own", () => {
    const router = routerOf(`fallback: [c]\nroutes: [{url: https://h, model: [a, "*", c]}]`);
    assertEquals(planned(router, "a"), ["h/a", "h/c"]);
    assertEquals(planned(router, "any"), ["h/any", "h/c"]);
    assertEquals(planned(router, "c"), ["h/c"]);
  });

  it("compares names exactly", () => {
    assertThrows(() => routerOf(THREE).plan({ model: "A" }), GatewayError);
  });

  it("gives a route for the rest the name as it was asked for", () => {
    const router = routerOf(`${THREE}- {name: rest, url: https://j, model: "*"}`);
    assertEquals(planned(router, "vendor/new:free"), ["rest/vendor/new:free"]);
    assertEquals(planned(router, "a"), ["one/a"]);
  });

  for (const model of ["x", "__proto__", "constructor", "toString", "*", ""]) {
    it(`does not know ${JSON.stringify(model)}, and asks nobody`, () => {
      const error = assertThrows(() => routerOf(THREE).plan({ model }), GatewayError);
      assertEquals([error.status, error.code, error.param], [404, "model_not_found", "model"]);
    });
  }

  it("names the nearest known models to an unknown one", () => {
    const router = routerOf("- {url: https://h, model: [gpt-5.2, gpt-5.2-mini, claude]}");
    const { message } = assertThrows(() => router.plan({ model: "gpt-5.3" }), GatewayError);
    assertEquals(message, 'Unknown model "gpt-5.3"; near names: gpt-5.2');
  });

  it("names the first known ones where none is near", () => {
    const { message } = assertThrows(() => routerOf(THREE).plan({ model: "zzzzzz" }), GatewayError);
    assertEquals(message, 'Unknown model "zzzzzz"; known names: auto, a, b, c');
  });

  it("cuts an unknown name of any length", () => {
    const { message } = assertThrows(
      () => routerOf(THREE).plan({ model: "x".repeat(1e6) }),
      GatewayError,
    );
    assertEquals(message.length < 200, true);
  });
});

describe("Router", () => {
  it("lists the models that are served by name, each once, in file order", () => {
    assertEquals(routerOf(`${THREE}- {url: https://j, model: ["*", d]}`).models, [
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  it("gives requests without a model the first route for the rest", () => {
    const router = routerOf(`
- {url: https://h, model: a}
- {name: rest, url: https://i, model: "*"}
- {name: more, url: https://j, model: "*"}
`);
    assertEquals(router.wildcard()?.route.name, "rest");
    assertEquals(routerOf(THREE).wildcard(), undefined);
  });
});

describe("isAuto()", () => {
  it("knows the name in any case, and no other", () => {
    for (const name of ["auto", "Auto", "AUTO"]) assertEquals(isAuto(name), true);
    for (const name of ["", "aut", "auto ", "openrouter/auto"]) assertEquals(isAuto(name), false);
  });
});

describe("Router on a model whose route is off", () => {
  const off = "routes:\n- {name: own, url: https://h, model: a, apiKeyEnv: ABSENT_KEY}\n" +
    '- {name: rest, url: https://i, model: "*"}\n- {name: other, url: https://j, model: b}\n';

  it("does not send it to another route's key, and names the variable", () => {
    const error = assertThrows(() => routerOf(off).plan({ model: "a" }), GatewayError);
    assertEquals(error.status, 404);
    assertEquals(error.message.includes("ABSENT_KEY is not set"), true);
    assertEquals(planned(routerOf(off), "c"), ["rest/c"]);
  });

  it("goes along its chain", () => {
    assertEquals(planned(routerOf(`${off}fallback: {a: [b]}\n`), "a"), ["other/b"]);
  });
});
