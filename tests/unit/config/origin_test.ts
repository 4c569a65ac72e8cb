/** Where a route's protocol, key and headers came from. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { RouteOrigin } from "../../../lib/config/config.ts";
import { configOf } from "../../example_config.ts";

const VARIABLES = {
  OWN: "own-value-1",
  SHARED: "shared-value",
  UPSTREAM_API_KEY: "last-resort",
};

function originOf(route: string, top = ""): RouteOrigin {
  const text = `${top}\nroutes:\n  - {url: "https://h.example/v1", model: m, ${route}}\n`;
  return configOf(text, VARIABLES).routes[0]!.origin;
}

const keys: { name: string; route: string; top?: string; variable: string | undefined }[] = [
  { name: "apiKeyEnv of the route", route: "apiKeyEnv: OWN", variable: "OWN" },
  { name: "${NAME} in apiKey", route: 'apiKey: "${OWN}"', variable: "OWN" },
  { name: "a part of apiKey", route: 'apiKey: "a-${OWN}"', variable: "OWN" },
  { name: "the file itself", route: "apiKey: literal-key", variable: undefined },
  {
    name: "apiKeyEnv of the defaults",
    route: "",
    top: "defaults: {apiKeyEnv: SHARED}",
    variable: "SHARED",
  },
  {
    name: "${NAME} in apiKey of the defaults, by their other name",
    route: "",
    top: 'auth: {apiKey: "${SHARED}"}',
    variable: "SHARED",
  },
  {
    name: "the route's literal key before the variable of the defaults",
    route: "apiKey: literal-key",
    top: 'defaults: {apiKey: "${SHARED}"}',
    variable: undefined,
  },
  { name: "UPSTREAM_API_KEY at last", route: "", variable: "UPSTREAM_API_KEY" },
];

describe("The origin of a route", () => {
  for (const { name, route, top, variable } of keys) {
    it(`names ${name}`, () => assertEquals(originOf(route, top).keyVariable, variable));
  }

  it("names the variables within headers, by names in lower case", () => {
    const { headerVariables } = originOf(
      'headers: {X-Own: "t ${OWN}", X-Plain: p}',
      'defaults: {headers: {X-All: "${SHARED}"}}',
    );
    assertEquals(headerVariables, { "x-all": "SHARED", "x-own": "OWN" });
  });

  it("tells whether route or defaults say the protocol", () => {
    assertEquals(originOf("").isProtocolSaid, false);
    assertEquals(originOf("protocol: openai").isProtocolSaid, true);
    assertEquals(originOf("", "defaults: {protocol: [openai]}").isProtocolSaid, true);
  });
});

describe("The secrets of a route", () => {
  it("hold a key in the path of its URL, and no host", () => {
    const text = '- {url: "https://${HOST_NAME}/${URL_TOKEN}/v1", model: m}';
    const variables = { HOST_NAME: "h.example", URL_TOKEN: "dummy-token-0001" };
    assertEquals(configOf(text, variables).secrets, ["dummy-token-0001"]);
  });
});

describe("The routes that are off", () => {
  it("are told with their variable, or without one when the file switches them off", () => {
    const { offRoutes, offModels } = configOf(`
- {name: on, url: "stub:ok", model: a}
- {name: unset, url: "stub:ok", model: [a, b], apiKeyEnv: NOWHERE}
- {url: "stub:ok", model: c, enabled: false}
`);
    assertEquals(offRoutes, [
      {
        index: 1,
        name: "unset",
        models: ["a", "b"],
        variable: "NOWHERE",
        position: { line: 3, column: 3 },
      },
      { index: 2, name: "routes[2]", models: ["c"], position: { line: 4, column: 3 } },
    ]);
    assertEquals([...offModels], [["b", "NOWHERE"]]);
  });
});
