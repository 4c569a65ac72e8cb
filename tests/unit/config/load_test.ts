/** `routes.yml` text → a checked configuration, or everything that is wrong with it. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Config, Route } from "../../../lib/config/config.ts";
import { loadConfig, type LoadedConfig } from "../../../lib/config/load.ts";

type Variables = Record<string, string>;

function load(text: string, variables: Variables = {}): LoadedConfig {
  return loadConfig(text, {
    read: (name) => variables[name],
    checkStubUrl: ({ pathname }) => pathname === "ok" ? undefined : `unknown stub ${pathname}`,
  });
}

/** The configuration of a text in which nothing is wrong. */
function good(text: string, variables: Variables = {}): Config {
  const { config, problems } = load(text, variables);
  assertEquals(problems, []);
  return config!;
}

function route(fields: string, variables: Variables = {}): Route {
  return good(`- model: m\n  url: https://h.example/v1\n${indented(fields)}`, variables).routes[0]!;
}

function indented(fields: string): string {
  return fields.split("\n").filter((line) => line !== "").map((line) => `  ${line}\n`).join("");
}

/** Each problem as `line:column message`. */
function problems(text: string, variables: Variables = {}): string[] {
  const { config, problems } = load(text, variables);
  assertEquals(config, undefined);
  return problems.map(({ position, message }) =>
    position ? `${position.line}:${position.column} ${message}` : message
  );
}

const STUB = "routes:\n  - url: stub:ok\n    model: m\n";

describe("loadConfig()", () => {
  it("has a default for everything but the routes", () => {
    const { routes: [only], ...rest } = good(STUB);
    assertEquals(rest as unknown, {
      host: "127.0.0.1",
      port: 8787,
      offRoutes: [],
      offModels: new Map(),
      routeCount: 1,
      auto: { models: ["m"], policy: "round-robin", sticky: true },
      retryStatusCodes: new Set([412, 429, 500, 502, 503, 504]),
      strictRetryList: false,
      replayAmbiguous: true,
      emptyIsFailure: true,
      chains: new Map(),
      maxAttempts: 10,
      notice: "comment",
      clients: [],
      allowedHosts: [],
      timeouts: { connectMs: 5_000, idleMs: 60_000, bodyMs: 15_000 },
      limits: { bodyBytes: 52_428_800, depth: 512 },
      connections: {},
      secrets: [],
    });
    assertEquals(only as unknown, {
      index: 0,
      name: "stub:ok",
      url: new URL("stub:ok"),
      isFixed: false,
      protocols: ["openai_chat", "openai_responses", "anthropic_messages"],
      models: ["m"],
      isWildcard: false,
      forwardsClientAuth: false,
      headers: [],
      forwardHeaders: [],
      weight: 1,
      fallback: [],
      timeouts: { connectMs: 5_000, idleMs: 60_000, bodyMs: 15_000 },
      quirks: {},
      origin: { isProtocolSaid: false, headerVariables: {} },
    });
  });

  it("takes a bare list of routes", () => {
    const { routes } = good("- url: stub:ok\n  model: a\n- url: https://h\n  model: b\n");
    assertEquals(routes.map(({ models }) => models), [["a"], ["b"]]);
  });

  it("takes every field of the top level", () => {
    const { routes: _, ...rest } = good(`
host: 0.0.0.0
port: 0
retryStatusCodes: [418]
strictRetryList: true
replayAmbiguous: false
emptyIsFailure: false
fallback: [b]
maxAttempts: 3
auto: {models: [b, a], policy: ordered, sticky: false}
notice: off
forwardClientAuth: false
clients: [{name: me, key: client-key}]
allowedHosts: [Gateway.Example]
timeouts: {connectMs: 1, firstByteMs: 2, requestMs: 3, idleMs: 4, bodyMs: 5}
limits: {bodyBytes: 1000, headerCount: 40, depth: 20}
routes:
  - {url: "stub:ok", model: [a, b]}
`);
    assertEquals(rest as unknown, {
      host: "0.0.0.0",
      port: 0,
      offRoutes: [],
      offModels: new Map(),
      routeCount: 1,
      auto: { models: ["b", "a"], policy: "ordered", sticky: false },
      retryStatusCodes: new Set([418]),
      strictRetryList: true,
      replayAmbiguous: false,
      emptyIsFailure: false,
      chains: new Map([["a", ["b"]], ["*", ["b"]]]),
      maxAttempts: 3,
      notice: "off",
      clients: [{ name: "me", key: "client-key" }],
      allowedHosts: ["gateway.example"],
      timeouts: { connectMs: 1, firstByteMs: 2, requestMs: 3, idleMs: 4, bodyMs: 5 },
      limits: { bodyBytes: 1_000, headerCount: 40, depth: 20 },
      connections: {},
      secrets: ["client-key"],
    });
  });

  it("takes every field of a route", () => {
    const one = good(`
routes:
  - name: one
    url: https://user:password@h.example/v1?api-version=2025-01-01
    model: [a, "*"]
    models: b
    protocol: [responses, openai, openai]
    authHeader: X-Key
    authPrefix: "Token "
    apiKey: own-api-key
    headers: {X-Title: t}
    isBaseUrl: false
    enabled: true
    weight: 3
    fallback: [c]
    forwardClientAuth: true
    forwardHeaders: [X-Trace]
    timeouts: {connectMs: 7}
    maxTokensField: max_completion_tokens
    reasoningContent: true
    dropParams: [top_k]
    toolIdPattern: "^a$"
    vision: false
    defaultMaxTokens: 9
    strict: true
`).routes[0];
    assertEquals(one as unknown, {
      index: 0,
      name: "one",
      url: new URL("https://user:password@h.example/v1?api-version=2025-01-01"),
      isFixed: true,
      protocols: ["openai_responses", "openai_chat"],
      models: ["a", "b"],
      isWildcard: true,
      credentials: { key: "own-api-key", header: "x-key", prefix: "Token " },
      forwardsClientAuth: false,
      headers: [["x-title", "t"]],
      forwardHeaders: ["x-trace"],
      weight: 3,
      fallback: ["c"],
      timeouts: { connectMs: 7, idleMs: 60_000, bodyMs: 15_000 },
      quirks: {
        maxTokensField: "max_completion_tokens",
        reasoningContent: true,
        dropParams: ["top_k"],
        toolIdPattern: "^a$",
        vision: false,
        defaultMaxTokens: 9,
        strict: true,
      },
      origin: { isProtocolSaid: true, headerVariables: {} },
    });
  });

  it("takes fields without a value for fields that are left out, wherever they stand", () => {
    const empty = good(`
host:
auto: {models: , policy: }
timeouts: {idleMs: }
fallback:
clients:
defaults: {authHeader: , isBaseUrl: , vision: , protocol: , timeouts: {connectMs: }, headers: }
global: {apiKey: shared-api-key}
routes:
  - {url: https://h.example/v1, model: m, authHeader: , weight: , timeouts: {connectMs: }}
`);
    assertEquals(
      empty,
      good(`
global: {apiKey: shared-api-key}
routes:
  - {url: https://h.example/v1, model: m}
`),
    );
  });
});

describe("loadConfig() on allowedHosts", () => {
  it("takes names in any case, with or without a port", () => {
    const hosts = "[Gateway.Example, other.example:8787, '[fe80::1]:80', 10.0.0.7]";
    assertEquals(good(`allowedHosts: ${hosts}\n${STUB}`).allowedHosts, [
      "gateway.example",
      "other.example",
      "[fe80::1]",
      "10.0.0.7",
    ]);
  });
});

describe("loadConfig() on precedence", () => {
  const text = `
host: file
port: 1
retryStatusCodes: [418]
timeouts: {connectMs: 1, idleMs: 1}
defaults: {timeouts: {idleMs: 2}}
routes:
  - {url: "stub:ok", model: a, timeouts: {bodyMs: 3}}
`;
  it("puts a route's deadlines above the defaults' and the file's", () => {
    assertEquals(good(text).routes[0]!.timeouts, { connectMs: 1, idleMs: 2, bodyMs: 3 });
  });

  it("puts the environment above the file", () => {
    const config = good(text, {
      HOST: "variable",
      PORT: "2",
      RETRY_STATUS_CODES: "429",
      CONNECT_TIMEOUT_MS: "10",
      STREAM_IDLE_TIMEOUT_MS: "20",
      REQUEST_BODY_TIMEOUT_MS: "30",
      REQUEST_TIMEOUT_MS: "40",
      FIRST_BYTE_TIMEOUT_MS: "50",
    });
    const timeouts = { connectMs: 10, idleMs: 20, bodyMs: 30, requestMs: 40, firstByteMs: 50 };
    const { host, port, retryStatusCodes } = config;
    assertEquals({ host, port, retryStatusCodes, timeouts: config.timeouts }, {
      host: "variable",
      port: 2,
      retryStatusCodes: new Set([429]),
      timeouts,
    });
    assertEquals(config.routes[0]!.timeouts, timeouts);
  });

  it("hands the settings of connections through", () => {
    const variables = { UPSTREAM_MAX_CONNECTIONS: "4", UPSTREAM_KEEPALIVE_TIMEOUT_MS: "9" };
    assertEquals(good(STUB, variables).connections, { maxConnections: 4, keepAliveMs: 9 });
  });

  it("does not send unknown models to UPSTREAM_BASE_URL, and goes on", () => {
    const { config, warnings } = load(STUB, { UPSTREAM_BASE_URL: "https://h" });
    assertEquals(config!.routes.length, 1);
    assertEquals(warnings.length, 1);
  });
});

describe("loadConfig() on defaults", () => {
  for (const name of ["defaults", "global", "auth"]) {
    it(`reads them under the name ${name}`, () => {
      const { routes } = good(`
${name}:
  apiKey: shared-key
  protocol: anthropic
  weight: 2
  headers: {X-A: shared, X-B: shared}
  fallback: [n]
  vision: false
routes:
  - {url: https://h, model: m, weight: 5, headers: {x-a: own}}
  - {url: https://i, model: n}
`);
      const [one, other] = routes;
      assertEquals(one!.credentials, { key: "shared-key" });
      assertEquals(one!.protocols, ["anthropic_messages"]);
      assertEquals([one!.weight, other!.weight], [5, 2]);
      assertEquals(one!.headers, [["x-a", "own"], ["x-b", "shared"]]);
      assertEquals(other!.headers, [["x-a", "shared"], ["x-b", "shared"]]);
      assertEquals(one!.fallback, ["n"]);
      assertEquals(one!.quirks, { vision: false });
    });
  }

  it("turns routes off that do not say otherwise", () => {
    const { routes, routeCount } = good(`
defaults: {enabled: false}
routes:
  - {url: "stub:ok", model: a}
  - {url: "stub:ok", model: b, enabled: true}
`);
    assertEquals(routes.map(({ models, index }) => [models, index]), [[["b"], 1]]);
    assertEquals(routeCount, 2);
  });
});

describe("loadConfig() on credentials", () => {
  it("gives a route without any the client's own, unless it is told not to", () => {
    assertEquals(route("").forwardsClientAuth, true);
    assertEquals(route("forwardClientAuth: false").forwardsClientAuth, false);
    assertEquals(
      good(`forwardClientAuth: false\nroutes: [{url: https://h, model: m}]`).routes[0]!
        .forwardsClientAuth,
      false,
    );
  });

  for (const header of ["Authorization", "x-api-key", "api-key", "X-Goog-Api-Key", "Cookie"]) {
    it(`takes a route with the header ${header} for one that has its own`, () => {
      assertEquals(route(`headers: {${header}: abc}`).forwardsClientAuth, false);
    });
  }

  it("never forwards the client's own beside a key", () => {
    assertEquals(route("apiKey: abc\nforwardClientAuth: true").forwardsClientAuth, false);
  });

  it("never forwards what clients send when that is a key of the gateway's own", () => {
    const gatewayKeys = { GATEWAY_API_KEYS: "a-client-key" };
    assertEquals(route("", gatewayKeys).forwardsClientAuth, false);
    assertEquals(route("forwardClientAuth: true", gatewayKeys).forwardsClientAuth, false);
  });

  it("takes the key of UPSTREAM_API_KEY for a route that has none", () => {
    const { credentials, forwardsClientAuth } = route("", { UPSTREAM_API_KEY: "last-resort" });
    assertEquals(credentials, { key: "last-resort" });
    assertEquals(forwardsClientAuth, false);
  });

  it("keeps an empty prefix", () => {
    assertEquals(route('apiKey: abc\nauthPrefix: ""').credentials, { key: "abc", prefix: "" });
  });

  it("remembers every secret", () => {
    const { secrets } = good(
      `
clients: [{name: me, keyEnv: CLIENT}]
routes:
  - {url: "https://us%C3%A9r:pass%2Fword@h/?token=query-secret", model: a, apiKey: "\${KEY}"}
  - url: https://h
    model: b
    apiKeyEnv: OTHER
    headers: {x-auth-token: "Basic abcdef==", cookie: session=1, x-title: shown}
`,
      { CLIENT: "client-secret", KEY: "file-secret", OTHER: "variable-secret" },
    );
    assertEquals(secrets.toSorted(), [
      "abcdef==",
      "client-secret",
      "file-secret",
      "pass/word",
      "query-secret",
      "session=1",
      "usér",
      "variable-secret",
    ]);
  });

  it("takes the client keys of the environment beside the file's", () => {
    const text = `clients: [{name: me, key: k0}]\n${STUB}`;
    assertEquals(good(text, { GATEWAY_API_KEYS: "k1, k2" }).clients, [
      { name: "me", key: "k0" },
      { name: "client-1", key: "k1" },
      { name: "client-2", key: "k2" },
    ]);
  });
});

describe("loadConfig() on variables that are not set", () => {
  const two = (fields: string) =>
    `routes:\n  - {name: one, url: https://h, model: a, ${fields}}\n  - {url: "stub:ok", model: b}\n`;

  for (const fields of ["apiKeyEnv: NONE", 'apiKey: "${NONE}"', 'headers: {x-a: "${NONE}"}']) {
    it(`turns off a route with ${fields}, says so, and goes on`, () => {
      const { config, problems, warnings } = load(two(fields), { UPSTREAM_API_KEY: "other" });
      assertEquals(problems, []);
      assertEquals(config!.routes.map((one) => one.models), [["b"]]);
      assertEquals(config!.routeCount, 2);
      assertEquals(warnings, ["Route one is off: the environment variable NONE is not set"]);
    });
  }

  it("turns off a route whose url asks for one", () => {
    const { warnings } = load(
      `- {url: "https://\${NONE}/v1", model: a}\n- {url: stub:ok, model: b}`,
    );
    assertEquals(warnings, ["Route routes[0] is off: the environment variable NONE is not set"]);
  });

  it("turns off every route that has none but the defaults' variable", () => {
    const text = `defaults: {apiKeyEnv: NONE}\n${two("apiKey: own")}`;
    assertEquals(load(text).config!.routes.map(({ models }) => models), [["a"]]);
  });

  it("says nothing of a route that is off anyway", () => {
    assertEquals(load(two("apiKeyEnv: NONE, enabled: false")).warnings, []);
  });

  it("fails when no route is left", () => {
    const text = "routes:\n  - {url: https://h, model: a, apiKeyEnv: NONE}\n";
    assertEquals(problems(text), ["2:3 routes: no route is left to answer anything"]);
  });

  it("fails for one outside a route", () => {
    assertEquals(problems(`host: \${NONE}\n${STUB}`), [
      "1:7 host: the environment variable NONE is not set",
    ]);
    assertEquals(problems(`defaults:\n  apiKey: \${NONE}\n${STUB}`), [
      "2:11 defaults.apiKey: the environment variable NONE is not set",
    ]);
  });

  it("fails for the key of a client", () => {
    assertEquals(problems(`clients:\n  - {name: me, keyEnv: NONE}\n  - {name: you}\n${STUB}`), [
      "2:5 clients[0]: the environment variable NONE is not set",
      "3:5 clients[1]: expected key or keyEnv",
    ]);
  });
});

describe("loadConfig() on the same model in several routes", () => {
  it("keeps them all, in file order", () => {
    const { routes } = good(`
- {name: one, url: https://h, model: m, apiKey: first}
- {name: two, url: https://h, model: m, apiKey: second}
- {name: three, url: https://i, model: m, apiKey: first}
`);
    assertEquals(routes.map(({ name }) => name), ["one", "two", "three"]);
  });

  it("counts a model once that has the same url and key, and warns", () => {
    const { config, warnings } = load(`
- {name: one, url: https://h, model: [m, n], apiKey: same-key}
- {name: two, url: https://h/, model: [m, o], apiKey: same-key}
`);
    assertEquals(config!.routes.map(({ models }) => models), [["m", "n"], ["o"]]);
    assertEquals(warnings, ["Route two repeats m with the same url and key: counted once"]);
  });

  it("counts a model once that one route names twice, and warns", () => {
    const { config, warnings } = load("- {name: one, url: https://h, model: [m, m], models: m}");
    assertEquals(config!.routes[0]!.models, ["m"]);
    assertEquals(warnings.length, 2);
  });

  it("counts a route once that catches the rest at the same url with the same key", () => {
    const { config, warnings } = load(`
- {name: one, url: https://h, model: "*"}
- {name: two, url: https://h, model: "*"}
`);
    assertEquals(config!.routes.map(({ name }) => name), ["one"]);
    assertEquals(warnings, ["Route two repeats * with the same url and key: counted once"]);
  });
});

describe("loadConfig() on auto", () => {
  it("takes all enabled models but the one that catches the rest", () => {
    const { auto } = good(`
- {url: "stub:ok", model: [a, "*"]}
- {url: https://h, model: b, enabled: false}
- {url: https://i, model: [c, a]}
`);
    assertEquals(auto.models, ["a", "c"]);
  });

  it("takes each model of its list once", () => {
    assertEquals(good(`auto: {models: [m, m]}\n${STUB}`).auto.models, ["m"]);
  });

  it("may name a model of a route that is off, and any where one route catches the rest", () => {
    const off = "  - {url: https://h, model: z, enabled: false}\n";
    assertEquals(good(`auto: {models: [m, z]}\n${STUB}${off}`).auto.models, ["m", "z"]);
    const rest = '  - {url: https://h, model: "*"}\n';
    assertEquals(good(`auto: {models: [m, any]}\n${STUB}${rest}`).auto.models, ["m", "any"]);
  });

  it("may not name a model that no route serves", () => {
    assertEquals(problems(`auto:\n  models: [m, gtp-5]\n${STUB}  - {url: stub:ok, model: gpt-5}`), [
      '2:15 auto.models[1]: no route serves "gtp-5", did you mean "gpt-5"?',
    ]);
  });
});

const THREE = `
routes:
  - {url: "stub:ok", model: [a, d], fallback: [b]}
  - {url: https://h, model: [b, c]}
`;

const chains: {
  name: string;
  text: string;
  variables?: Variables;
  chains: [string, string[]][];
}[] = [
  { name: "a route's own", text: THREE, chains: [["a", ["b"]], ["d", ["b"]]] },
  {
    name: "a list of the file for all",
    text: `fallback: [c]${THREE}`,
    chains: [["a", ["b", "c"]], ["d", ["b", "c"]], ["b", ["c"]], ["*", ["c"]]],
  },
  {
    name: "a list of the file per model, and one for all others",
    text: `fallback: {b: [a], "*": [c]}${THREE}`,
    chains: [["a", ["b", "c"]], ["d", ["b", "c"]], ["b", ["a"]], ["*", ["c"]]],
  },
  {
    name: "the two variables, then the route's, then the file's",
    text: `fallback: [d]${THREE}`,
    variables: { MODEL_FALLBACK_MAP: '{"a": "c"}', GLOBAL_FALLBACK_MODELS: "b" },
    chains: [
      ["a", ["c", "b", "d"]],
      ["d", ["b"]],
      ["b", ["d"]],
      ["c", ["b", "d"]],
      ["*", ["b", "d"]],
    ],
  },
  {
    name: "a variable's list for all others",
    text: THREE,
    variables: { MODEL_FALLBACK_MAP: '{"b": "a", "*": ["c"]}' },
    chains: [["a", ["c", "b"]], ["d", ["c", "b"]], ["b", ["a"]], ["*", ["c"]]],
  },
  {
    name: "two models that name each other",
    text: `fallback: {b: [c], c: [b]}${THREE}`,
    chains: [["a", ["b"]], ["d", ["b"]], ["b", ["c"]], ["c", ["b"]]],
  },
  {
    name: "no model behind itself",
    text: `fallback: {c: [c, b, c, b]}${THREE}`,
    chains: [["a", ["b"]], ["d", ["b"]], ["c", ["b"]]],
  },
];

describe("loadConfig() on chains", () => {
  for (const row of chains) {
    it(`reads ${row.name}`, () => {
      assertEquals(good(row.text, row.variables).chains, new Map(row.chains));
    });
  }

  it("may not name a model that no route serves, wherever the file names it", () => {
    assertEquals(
      problems(`
fallback: {a: [x1]}
defaults: {fallback: [x2]}
routes:
  - {url: "stub:ok", model: a, fallback: [x3]}
`),
      [
        '2:16 fallback.a[0]: no route serves "x1"',
        '3:23 defaults.fallback[0]: no route serves "x2"',
        '5:43 routes[0].fallback[0]: no route serves "x3"',
      ],
    );
  });

  it("may not be of a model that no route serves", () => {
    assertEquals(problems(`fallback: {mm: [m]}\n${STUB}`), [
      '1:16 fallback.mm: no route serves "mm", did you mean "m"?',
    ]);
  });

  it("may name a model of a route that is off", () => {
    const text = `fallback: [z]\n${STUB}  - {url: https://h, model: z, enabled: false}\n`;
    assertEquals(load(text).problems, []);
  });

  it("warns of no model where one route catches the rest, nor of the name for all", () => {
    const variables = { MODEL_FALLBACK_MAP: '{"*": ["m"]}', GLOBAL_FALLBACK_MODELS: "m" };
    assertEquals(load(STUB, variables).warnings, []);
    const rest = `${STUB}  - {url: https://h, model: "*"}\n`;
    assertEquals(load(rest, { GLOBAL_FALLBACK_MODELS: "any" }).warnings, []);
  });

  it("warns of models that only the two variables know", () => {
    const variables = { MODEL_FALLBACK_MAP: '{"x": ["m"]}', GLOBAL_FALLBACK_MODELS: "m,y" };
    const { config, warnings } = load(STUB, variables);
    assert(config);
    assertEquals(warnings, [
      "GLOBAL_FALLBACK_MODELS names y, which no route serves",
      "MODEL_FALLBACK_MAP names x, which no route serves",
    ]);
  });
});

const wrong: { name: string; text: string; problems: string[] }[] = [
  {
    name: "an unknown key, with the nearest known one",
    text: `prot: 1\n${STUB}`,
    problems: ['1:1 prot: unknown key, did you mean "port"?'],
  },
  {
    name: "an unknown key of a route",
    text: "routes:\n  - urll: x\n    model: m\n    url: stub:ok\n",
    problems: ['2:5 routes[0].urll: unknown key, did you mean "url"?'],
  },
  {
    name: "an unknown key in the short form",
    text: "- url: stub:ok\n  modle: m\n  model: m\n",
    problems: ['2:3 routes[0].modle: unknown key, did you mean "model"?'],
  },
  {
    name: "an unknown key of auto",
    text: `auto: {polcy: ordered}\n${STUB}`,
    problems: ['1:8 auto.polcy: unknown key, did you mean "policy"?'],
  },
  {
    name: "name, url and model among the defaults",
    text: `defaults: {name: a, url: b, model: c}\n${STUB}`,
    problems: [
      "1:12 defaults.name: unknown key",
      '1:21 defaults.url: unknown key, did you mean "isBaseUrl"?',
      "1:29 defaults.model: unknown key",
    ],
  },
  { name: "an empty file", text: "", problems: ["1:1 the file: expected a mapping, got nothing"] },
  { name: "a word", text: "hello", problems: ["1:1 the file: expected a mapping, got a string"] },
  { name: "a file without routes", text: "port: 1\n", problems: ["1:1 routes: missing"] },
  {
    name: "an empty list of routes",
    text: "routes: []\n",
    problems: ["1:9 routes: no route is left to answer anything"],
  },
  {
    name: "a route without url and model",
    text: "routes:\n  - name: a\n",
    problems: ["2:5 routes[0].url: missing"],
  },
  {
    name: "a route without a model",
    text: "routes:\n  - url: stub:ok\n",
    problems: ["2:5 routes[0].model: missing"],
  },
  {
    name: "an empty list of models",
    text: "- {url: stub:ok, model: []}\n",
    problems: ["1:25 routes[0].model: missing"],
  },
  {
    name: "a url of another scheme",
    text: "- {url: ftp://h, model: m}\n",
    problems: [
      "1:9 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
    ],
  },
  {
    name: "a url without a scheme",
    text: "- {url: api.openai.com/v1, model: m}\n",
    problems: [
      "1:9 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
    ],
  },
  {
    name: "an unknown stub",
    text: "- {url: stub:okk, model: m}\n",
    problems: ["1:9 routes[0].url: unknown stub okk"],
  },
  {
    name: "an unknown protocol",
    text: "- {url: stub:ok, model: m, protocol: [openai, antropic]}\n",
    problems: [
      "1:47 routes[0].protocol[1]: expected one of openai, anthropic, responses, " +
      'got "antropic", did you mean "anthropic"?',
    ],
  },
  {
    name: "a port out of bounds",
    text: `port: 65536\n${STUB}`,
    problems: ["1:7 port: expected a whole number from 0 to 65535, got 65536"],
  },
  {
    name: "a status that is none",
    text: `retryStatusCodes: [429, 42]\n${STUB}`,
    problems: ["1:25 retryStatusCodes[1]: expected a whole number from 100 to 599, got 42"],
  },
  {
    name: "a header's name that HTTP does not allow",
    text: "- {url: stub:ok, model: m, headers: {x a: b}}\n",
    problems: ['1:37 routes[0].headers: "x a" and its value cannot be sent as a header'],
  },
  {
    name: "a header's value that HTTP does not allow",
    text: "- {url: stub:ok, model: m, headers: {x-a: 你好}}\n",
    problems: ['1:37 routes[0].headers: "x-a" and its value cannot be sent as a header'],
  },
  {
    name: "a key that no header can carry",
    text: '- {url: stub:ok, model: m, apiKey: "a\\nb"}\n',
    problems: [
      "1:37 routes[0].apiKey: the key cannot be sent as a header: " +
      "it holds a line break or such a character",
    ],
  },
];

describe("loadConfig() refuses", () => {
  for (const { name, text, problems: expected } of wrong) {
    it(name, () => assertEquals(problems(text), expected));
  }

  it("all that is wrong at once: types, what they say, and the environment", () => {
    const text = `
port: x
auto: {models: [none]}
routes:
  - url: ftp://h
    modl: m
    model: m
  - just a word
  - url: 1
    model: m
    fallback: [none]
  - url: https://h
    weight: 0
`;
    assertEquals(problems(text, { REQUEST_TIMEOUT_MS: "x" }).toSorted(), [
      '11:16 routes[2].fallback[0]: no route serves "none"',
      "12:5 routes[3].model: missing",
      "13:13 routes[3].weight: expected a whole number from 1 to 1000, got 0",
      "2:7 port: expected a whole number from 0 to 65535, got a string",
      '3:17 auto.models[0]: no route serves "none"',
      "5:10 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
      '6:5 routes[0].modl: unknown key, did you mean "model"?',
      "8:5 routes[1]: expected a mapping, got a string",
      "9:10 routes[2].url: expected a non-empty string, got a number",
      "REQUEST_TIMEOUT_MS: expected a whole number from 1 to 86400000",
    ]);
  });

  it("what cannot be read as YAML, by its place", () => {
    assertEquals(problems("routes:\n  - url: [\n"), [
      '3:1 indented too little, or a quote, "[" or "{" above is not closed',
    ]);
  });

  it("no more than once what is wrong with one field", () => {
    assertEquals(problems("- {url: 1, models: 2}\n"), [
      "1:9 routes[0].url: expected a non-empty string, got a number",
      "1:20 routes[0].models: expected a non-empty string, got a number",
    ]);
  });
});

describe("loadConfig() never shows a secret:", () => {
  const SECRET = "sk-0123456789";
  const texts = [
    `apiKey: ${SECRET}\n${STUB}`,
    `- {url: "stub:ok", model: m, apiKey: [${SECRET}]}`,
    `- {url: "ftp://user:${SECRET}@h", model: m}`,
    `- {url: "https://h", model: m, headers: {authorization: "Bearer ${SECRET}\\nx"}}`,
    `- {url: "https://h", model: m, apiKey: "${SECRET}\\u4f60"}`,
    `- {url: "https://h", model: m, authHeader: "a b", apiKey: ${SECRET}}`,
    `- {url: "https://h", model: [m, m], apiKey: ${SECRET}}`,
    `clients: [{name: me, key: ${SECRET}, extra: 1}]\n${STUB}`,
    `- {url: "https://h", model: m, apiKey: ${SECRET}`,
    `- {url: "https://h", model: m, protocol: "\${UPSTREAM_API_KEY}"}`,
    `- {url: "stub:\${UPSTREAM_API_KEY}", model: m, fallback: ["\${UPSTREAM_API_KEY}"]}`,
  ];
  for (const text of texts) {
    it(text.split("\n")[0]!, () => {
      const { problems, warnings } = load(text, { UPSTREAM_API_KEY: SECRET });
      const told = [...problems.map(({ message }) => message), ...warnings];
      assert(told.length > 0);
      assert(!told.some((one) => one.includes(SECRET)), told.join("\n"));
    });
  }
});
