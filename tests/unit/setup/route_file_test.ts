import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadConfig } from "../../../lib/config/load.ts";
import { firstFile, modelsIn, providersWithKeys } from "../../../lib/setup/first_file.ts";
import { LOCAL_SERVERS, PROVIDERS } from "../../../lib/setup/providers.ts";
import { routeFileText } from "../../../lib/setup/route_file.ts";

const EVERY_KEY = new Set(PROVIDERS.flatMap(({ keyVariables }) => keyVariables));

function load(text: string) {
  return loadConfig(text, {
    read: (name) => EVERY_KEY.has(name) ? `key-of-${name}` : undefined,
    checkStubUrl: () => undefined,
  });
}

describe("firstFile()", () => {
  it("firstFile() names every provider once, whose variables all belong to one alone", () => {
    const variables = PROVIDERS.flatMap(({ keyVariables }) => keyVariables);
    assertEquals(new Set(variables).size, variables.length);
    const names = [...PROVIDERS, ...LOCAL_SERVERS].map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
  });

  it("firstFile() with every key is a file that loads without a word", () => {
    const providers = providersWithKeys((name) => EVERY_KEY.has(name) ? "a-key" : undefined);
    const servers = LOCAL_SERVERS.map((server) => ({
      server,
      models: [`model-of-${server.name}`],
    }));
    const text = routeFileText(firstFile({ providers, servers }));
    const { config, problems, warnings } = load(text);
    assertEquals([problems, warnings], [[], []]);
    assertEquals(config!.routes.length, PROVIDERS.length + LOCAL_SERVERS.length);
    assertEquals(config!.routes.at(-1)!.isWildcard, true);
    assert(config!.routes.every((route) => !route.forwardsClientAuth));
  });

  it("firstFile() with nothing serves a stub, and its comments are routes that load", () => {
    const text = routeFileText(firstFile({ providers: [], servers: [] }));
    assertEquals(load(text).config!.routes.map(({ url }) => url.href), ["stub:ok"]);
    const { config, problems } = load(text.replace(/^ {2}# (?=- | {2})/gm, "  "));
    assertEquals(problems, []);
    assertEquals(config!.routes.length, PROVIDERS.length + 2);
  });

  it("firstFile() names variables, never the keys in them", () => {
    const providers = providersWithKeys((name) => name === "Z_AI_API_KEY" ? "secret-value" : "");
    const text = routeFileText(firstFile({ providers, servers: [] }));
    assertStringIncludes(text, "apiKeyEnv: Z_AI_API_KEY");
    assert(!text.includes("secret-value"));
  });
});

describe("modelsIn()", () => {
  it("modelsIn() gives the models that can hold a conversation", () => {
    const data = [{ id: "qwen3:8b" }, { id: "nomic-embed-text" }, { id: 7 }, {}, null, { id: "" }];
    assertEquals(modelsIn({ object: "list", data }), ["qwen3:8b"]);
  });

  it("modelsIn() gives none for what is no list of models, and not too many", () => {
    for (const answer of [undefined, null, "x", [], {}, { data: {} }]) {
      assertEquals(modelsIn(answer), []);
    }
    const data = Array.from({ length: 500 }, (_, index) => ({ id: `m${index}` }));
    assertEquals(modelsIn({ data }).length, 30);
  });
});

describe("routeFileText()", () => {
  it("routeFileText() keeps a comment a comment, whatever it says", () => {
    const text = routeFileText({
      about: ["one\nroutes: []", "two\u2028three"],
      settings: {},
      routes: [{ name: "r", url: "stub:ok", model: "m", comments: ["a\r\n- name: x"] }],
    });
    assertEquals(load(text).config!.routes.map(({ name }) => name), ["r"]);
  });
});
