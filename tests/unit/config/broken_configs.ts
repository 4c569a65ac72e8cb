/**
 * Configurations that must be refused, and every word of what is said of them.
 *
 * @module
 */

/** A file that is refused. */
export interface BrokenConfig {
  name: string;
  text: string;
  /** Each as `line:column message`, in the order of the file; one that ends in "…" only begins so. */
  problems: string[];
}

/** The variables with which the files are read. */
export const VARIABLES: Readonly<Record<string, string>> = {
  TEXT: "a-text",
  NUMBER: "7",
  SECRET: "sk-hidden-0123456789",
};

type Row = readonly [line: string, ...problems: string[]];

/** A first line above a route that is right. */
const TOP_LEVEL: readonly Row[] = [
  ["host: 1", "1:7 host: expected a non-empty string, got a number"],
  ['host: ""', "1:8 host: expected a non-empty string, got an empty one"],
  ["host: [a]", "1:7 host: expected a non-empty string, got a list"],
  ["port: abc", "1:7 port: expected a whole number from 0 to 65535, got a string"],
  ["port: 70000", "1:7 port: expected a whole number from 0 to 65535, got 70000"],
  ["port: -1", "1:7 port: expected a whole number from 0 to 65535, got -1"],
  ["port: 80.5", "1:7 port: expected a whole number from 0 to 65535, got 80.5"],
  ["port: true", "1:7 port: expected a whole number from 0 to 65535, got a boolean"],
  ['port: "8080"', "1:8 port: expected a whole number from 0 to 65535, got a string"],
  ["port: [1]", "1:7 port: expected a whole number from 0 to 65535, got a list"],
  ["defaults: 1", "1:11 defaults: expected a mapping, got a number"],
  ["defaults: [a]", "1:11 defaults: expected a mapping, got a list"],
  ["global: x", "1:9 global: expected a mapping, got a string"],
  ["auth: true", "1:7 auth: expected a mapping, got a boolean"],
  ["retryStatusCodes: 429", "1:19 retryStatusCodes: expected a list, got a number"],
  [
    'retryStatusCodes: [429, "500"]',
    "1:26 retryStatusCodes[1]: expected a whole number from 100 to 599, got a string",
  ],
  [
    "retryStatusCodes: [99]",
    "1:20 retryStatusCodes[0]: expected a whole number from 100 to 599, got 99",
  ],
  ["retryStatusCodes: {a: 1}", "1:19 retryStatusCodes: expected a list, got a mapping"],
  ["strictRetryList: yes", "1:18 strictRetryList: expected true or false, got a string"],
  ["strictRetryList: 1", "1:18 strictRetryList: expected true or false, got a number"],
  ['replayAmbiguous: "true"', "1:19 replayAmbiguous: expected true or false, got a string"],
  ["emptyIsFailure: []", "1:17 emptyIsFailure: expected true or false, got a list"],
  ["fallback: m", "1:11 fallback: expected a list or a mapping, got a string"],
  ["fallback: 5", "1:11 fallback: expected a list or a mapping, got a number"],
  ["fallback: [5]", "1:12 fallback[0]: expected a non-empty string, got a number"],
  ["fallback: [x]", '1:12 fallback[0]: no route serves "x", did you mean "m"?'],
  ["fallback: {m: x}", "1:15 fallback.m: expected a list, got a string"],
  ["fallback: {m: [x]}", '1:16 fallback.m[0]: no route serves "x", did you mean "m"?'],
  ["fallback: {x: [m]}", '1:15 fallback.x: no route serves "x", did you mean "m"?'],
  ['fallback: {"*": [mm]}', '1:18 fallback.*[0]: no route serves "mm", did you mean "m"?'],
  ["maxAttempts: 0", "1:14 maxAttempts: expected a whole number from 1 to 100, got 0"],
  ["maxAttempts: 101", "1:14 maxAttempts: expected a whole number from 1 to 100, got 101"],
  ["maxAttempts: many", "1:14 maxAttempts: expected a whole number from 1 to 100, got a string"],
  ["auto: ordered", "1:7 auto: expected a mapping, got a string"],
  ["auto: {models: m}", "1:16 auto.models: expected a list, got a string"],
  ["auto: {models: [x]}", '1:17 auto.models[0]: no route serves "x", did you mean "m"?'],
  ['auto: {models: [""]}', "1:18 auto.models[0]: expected a non-empty string, got an empty one"],
  [
    "auto: {policy: orderd}",
    '1:16 auto.policy: expected one of round-robin, ordered, weighted, least-latency, got "orderd", did you mean "ordered"?',
  ],
  [
    "auto: {policy: 1}",
    "1:16 auto.policy: expected one of round-robin, ordered, weighted, least-latency, got a number",
  ],
  ["auto: {sticky: 1}", "1:16 auto.sticky: expected true or false, got a number"],
  ["auto: {stiky: true}", '1:8 auto.stiky: unknown key, did you mean "sticky"?'],
  ["notice: loud", '1:9 notice: expected one of comment, event, off, got "loud"'],
  ["notice: true", "1:9 notice: expected one of comment, event, off, got a boolean"],
  ["notice: of", '1:9 notice: expected one of comment, event, off, got "of", did you mean "off"?'],
  ["forwardClientAuth: 0", "1:20 forwardClientAuth: expected true or false, got a number"],
  ["clients: me", "1:10 clients: expected a list, got a string"],
  ["clients: [me]", "1:11 clients[0]: expected a mapping, got a string"],
  ["clients: [{name: me}]", "1:11 clients[0]: expected key or keyEnv"],
  ["clients: [{key: k}]", "1:11 clients[0].name: missing"],
  [
    "clients: [{name: 1, key: k}]",
    "1:18 clients[0].name: expected a non-empty string, got a number",
  ],
  [
    "clients: [{name: me, key: 5}]",
    "1:27 clients[0].key: expected a non-empty string, got a number",
  ],
  [
    "clients: [{name: me, keyEnv: NO_SUCH_VARIABLE}]",
    "1:11 clients[0]: the environment variable NO_SUCH_VARIABLE is not set",
  ],
  ["clients: [{name: me, kei: k}]", '1:22 clients[0].kei: unknown key, did you mean "key"?'],
  ["allowedHosts: gateway", "1:15 allowedHosts: expected a list, got a string"],
  ["allowedHosts: [1]", "1:16 allowedHosts[0]: expected a non-empty string, got a number"],
  ["timeouts: 5", "1:11 timeouts: expected a mapping, got a number"],
  [
    "timeouts: {connectMs: 0}",
    "1:23 timeouts.connectMs: expected a whole number from 1 to 86400000, got 0",
  ],
  [
    "timeouts: {firstByteMs: 1s}",
    "1:25 timeouts.firstByteMs: expected a whole number from 1 to 86400000, got a string",
  ],
  [
    "timeouts: {requestMs: 86400001}",
    "1:23 timeouts.requestMs: expected a whole number from 1 to 86400000, got 86400001",
  ],
  [
    "timeouts: {idleMs: null, bodyMs: [1]}",
    "1:34 timeouts.bodyMs: expected a whole number from 1 to 86400000, got a list",
  ],
  ["timeouts: {conectMs: 5}", '1:12 timeouts.conectMs: unknown key, did you mean "connectMs"?'],
  ["limits: 1", "1:9 limits: expected a mapping, got a number"],
  [
    "limits: {bodyBytes: 0}",
    "1:21 limits.bodyBytes: expected a whole number from 1 to 536870912, got 0",
  ],
  [
    "limits: {depth: deep}",
    "1:17 limits.depth: expected a whole number from 1 to 1000, got a string",
  ],
  [
    "limits: {headerCount: 101}",
    "1:23 limits.headerCount: expected a whole number from 1 to 100, got 101",
  ],
  ["limits: {bodyByte: 5}", '1:10 limits.bodyByte: unknown key, did you mean "bodyBytes"?'],
  ["prot: 8080", '1:1 prot: unknown key, did you mean "port"?'],
  ["Port: 8080", '1:1 Port: unknown key, did you mean "port"?'],
  ["route: []", '1:1 route: unknown key, did you mean "routes"?'],
  ["defaults: {weight: 0}", "1:20 defaults.weight: expected a whole number from 1 to 1000, got 0"],
  ["defaults: {urll: x}", "1:12 defaults.urll: unknown key"],
  [
    "defaults: {timeouts: {idleMS: 5}}",
    '1:23 defaults.timeouts.idleMS: unknown key, did you mean "idleMs"?',
  ],
  [
    "defaults: {fallback: [x]}",
    '1:23 defaults.fallback[0]: no route serves "x", did you mean "m"?',
  ],
  ["host: ${NO_SUCH_VARIABLE}", "1:7 host: the environment variable NO_SUCH_VARIABLE is not set"],
  [
    "maxAttempts: ${NO_SUCH_VARIABLE}",
    "1:14 maxAttempts: the environment variable NO_SUCH_VARIABLE is not set",
  ],
  ["port: ${TEXT}", "1:7 port: expected a whole number from 0 to 65535, got a string"],
  ["port: ${SECRET}", "1:7 port: expected a whole number from 0 to 65535, got a string"],
  ["strictRetryList: ${TEXT}", "1:18 strictRetryList: expected true or false, got a string"],
  ["port: 9${NUMBER}", "1:7 port: expected a whole number from 0 to 65535, got a string"],
  ["<<: 5", "1:1 <<: expected a mapping whose fields are taken over"],
];

/** A field of the only route; those that it needs besides are added below. */
const IN_ROUTE: readonly Row[] = [
  ["name: 5", "2:11 routes[0].name: expected a non-empty string, got a number"],
  ['name: ""', "2:12 routes[0].name: expected a non-empty string, got an empty one"],
  ["name: [a]", "2:11 routes[0].name: expected a non-empty string, got a list"],
  ["url: 5", "2:10 routes[0].url: expected a non-empty string, got a number"],
  ['url: ""', "2:11 routes[0].url: expected a non-empty string, got an empty one"],
  [
    "url: nowhere",
    "2:10 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
  ],
  [
    "url: ftp://h.example",
    "2:10 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
  ],
  [
    "url: api.example/v1",
    "2:10 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
  ],
  [
    'url: "http://"',
    "2:11 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
  ],
  ["url: [stub:ok]", "2:10 routes[0].url: expected a non-empty string, got a list"],
  ["url: stub:okay", '2:10 routes[0].url: unknown stub "okay", expected one of …'],
  ['url: "stub:ok?after=x"', '2:11 routes[0].url: unknown option "after"'],
  ["url: stub:status", '2:10 routes[0].url: unknown stub "status", expected one of …'],
  ["model: 5", "2:12 routes[0].model: expected a non-empty string, got a number"],
  ['model: ""', "2:13 routes[0].model: expected a non-empty string, got an empty one"],
  ["model: []", "2:12 routes[0].model: missing"],
  ["model: {a: 1}", "2:12 routes[0].model: expected a non-empty string, got a mapping"],
  ["model: [m, 5]", "2:16 routes[0].model[1]: expected a non-empty string, got a number"],
  ["models: 5", "2:13 routes[0].models: expected a non-empty string, got a number"],
  ['models: [""]', "2:15 routes[0].models[0]: expected a non-empty string, got an empty one"],
  [
    "protocol: opnai",
    '2:15 routes[0].protocol: expected one of openai, anthropic, responses, got "opnai", did you mean "openai"?',
  ],
  [
    "protocol: 1",
    "2:15 routes[0].protocol: expected one of openai, anthropic, responses, got a number",
  ],
  [
    "protocol: [openai, anthropc]",
    '2:24 routes[0].protocol[1]: expected one of openai, anthropic, responses, got "anthropc", did you mean "anthropic"?',
  ],
  ["authHeader: 1", "2:17 routes[0].authHeader: expected a non-empty string, got a number"],
  ['authHeader: ""', "2:18 routes[0].authHeader: expected a non-empty string, got an empty one"],
  ["authPrefix: 1", "2:17 routes[0].authPrefix: expected a string, got a number"],
  ["authPrefix: [x]", "2:17 routes[0].authPrefix: expected a string, got a list"],
  ["apiKey: 12345", "2:13 routes[0].apiKey: expected a non-empty string, got a number"],
  ['apiKey: ""', "2:14 routes[0].apiKey: expected a non-empty string, got an empty one"],
  [
    'apiKey: "sk-hidden-1\\nsk-hidden-2"',
    "2:14 routes[0].apiKey: the key cannot be sent as a header: it holds a line break or such a character",
  ],
  ["apiKeyEnv: 1", "2:16 routes[0].apiKeyEnv: expected a non-empty string, got a number"],
  ['apiKeyEnv: ""', "2:17 routes[0].apiKeyEnv: expected a non-empty string, got an empty one"],
  ["headers: x", "2:14 routes[0].headers: expected a mapping, got a string"],
  ["headers: [x]", "2:14 routes[0].headers: expected a mapping, got a list"],
  ["headers: {x-a: 1}", "2:20 routes[0].headers.x-a: expected a string, got a number"],
  ['headers: {"x a": b}', '2:14 routes[0].headers: "x a" and its value cannot be sent as a header'],
  [
    'headers: {x-a: "b\\nc"}',
    '2:14 routes[0].headers: "x-a" and its value cannot be sent as a header',
  ],
  ["isBaseUrl: 1", "2:16 routes[0].isBaseUrl: expected true or false, got a number"],
  ['enabled: "no"', "2:15 routes[0].enabled: expected true or false, got a string"],
  ["enabled: 0", "2:14 routes[0].enabled: expected true or false, got a number"],
  ["weight: 0", "2:13 routes[0].weight: expected a whole number from 1 to 1000, got 0"],
  ["weight: 1.5", "2:13 routes[0].weight: expected a whole number from 1 to 1000, got 1.5"],
  ["weight: 1001", "2:13 routes[0].weight: expected a whole number from 1 to 1000, got 1001"],
  ["weight: heavy", "2:13 routes[0].weight: expected a whole number from 1 to 1000, got a string"],
  ["fallback: m", "2:15 routes[0].fallback: expected a list, got a string"],
  ["fallback: [x]", '2:16 routes[0].fallback[0]: no route serves "x", did you mean "m"?'],
  ["fallback: [5]", "2:16 routes[0].fallback[0]: expected a non-empty string, got a number"],
  ["fallback: {m: [m]}", "2:15 routes[0].fallback: expected a list, got a mapping"],
  [
    "forwardClientAuth: 1",
    "2:24 routes[0].forwardClientAuth: expected true or false, got a number",
  ],
  ["forwardHeaders: x", "2:21 routes[0].forwardHeaders: expected a list, got a string"],
  [
    "forwardHeaders: [1]",
    "2:22 routes[0].forwardHeaders[0]: expected a non-empty string, got a number",
  ],
  ["timeouts: 1", "2:15 routes[0].timeouts: expected a mapping, got a number"],
  [
    "timeouts: {connectMs: x}",
    "2:27 routes[0].timeouts.connectMs: expected a whole number from 1 to 86400000, got a string",
  ],
  [
    "timeouts: {bodyMs: -5}",
    "2:24 routes[0].timeouts.bodyMs: expected a whole number from 1 to 86400000, got -5",
  ],
  ["timeouts: {idle: 5}", '2:16 routes[0].timeouts.idle: unknown key, did you mean "idleMs"?'],
  [
    "maxTokensField: max_token",
    '2:21 routes[0].maxTokensField: expected one of max_tokens, max_completion_tokens, got "max_token", did you mean "max_tokens"?',
  ],
  [
    "maxTokensField: 5",
    "2:21 routes[0].maxTokensField: expected one of max_tokens, max_completion_tokens, got a number",
  ],
  ["reasoningContent: 1", "2:23 routes[0].reasoningContent: expected true or false, got a number"],
  ["dropParams: temperature", "2:17 routes[0].dropParams: expected a list, got a string"],
  ["dropParams: [1]", "2:18 routes[0].dropParams[0]: expected a non-empty string, got a number"],
  ["toolIdPattern: 1", "2:20 routes[0].toolIdPattern: expected a non-empty string, got a number"],
  ['toolIdPattern: "["', "2:21 routes[0].toolIdPattern: expected a regular expression"],
  ["vision: 1", "2:13 routes[0].vision: expected true or false, got a number"],
  ["vision: maybe", "2:13 routes[0].vision: expected true or false, got a string"],
  [
    "defaultMaxTokens: 0",
    "2:23 routes[0].defaultMaxTokens: expected a whole number from 1 to 10000000, got 0",
  ],
  [
    "defaultMaxTokens: many",
    "2:23 routes[0].defaultMaxTokens: expected a whole number from 1 to 10000000, got a string",
  ],
  ["strict: 1", "2:13 routes[0].strict: expected true or false, got a number"],
  ['strict: "false"', "2:14 routes[0].strict: expected true or false, got a string"],
  ["urll: x", '2:5 routes[0].urll: unknown key, did you mean "url"?'],
  ["modle: m", '2:5 routes[0].modle: unknown key, did you mean "model"?'],
  ["apikey: k", '2:5 routes[0].apikey: unknown key, did you mean "apiKey"?'],
  ["api_key: k", '2:5 routes[0].api_key: unknown key, did you mean "apiKey"?'],
  ["baseUrl: x", '2:5 routes[0].baseUrl: unknown key, did you mean "isBaseUrl"?'],
  [
    "weight: ${TEXT}",
    "2:13 routes[0].weight: expected a whole number from 1 to 1000, got a string",
  ],
  ["enabled: ${TEXT}", "2:14 routes[0].enabled: expected true or false, got a string"],
  [
    'timeouts: {idleMs: "${TEXT}"}',
    "2:25 routes[0].timeouts.idleMs: expected a whole number from 1 to 86400000, got a string",
  ],
];

const WHOLE_FILES: readonly BrokenConfig[] = [
  {
    name: "an empty file",
    text: "",
    problems: ["1:1 the file: expected a mapping, got nothing"],
  },
  {
    name: "only comments",
    text: "# nothing yet\n",
    problems: ["1:1 the file: expected a mapping, got nothing"],
  },
  {
    name: "a text",
    text: "hello\n",
    problems: ["1:1 the file: expected a mapping, got a string"],
  },
  {
    name: "a number",
    text: "42\n",
    problems: ["1:1 the file: expected a mapping, got a number"],
  },
  {
    name: "nothing but null",
    text: "~\n",
    problems: ["1:1 the file: expected a mapping, got nothing"],
  },
  {
    name: "no routes",
    text: "port: 1\n",
    problems: ["1:1 routes: missing"],
  },
  {
    name: "routes without a value",
    text: "routes:\n",
    problems: ["1:1 routes: missing"],
  },
  {
    name: "no route in the list",
    text: "routes: []\n",
    problems: ["1:9 routes: no route is left to answer anything"],
  },
  {
    name: "an entry without a value",
    text: "routes:\n  -\n",
    problems: ["1:1 routes[0]: expected a mapping, got nothing"],
  },
  {
    name: "routes as a mapping",
    text: 'routes:\n  openai: {url: "stub:ok", model: m}\n',
    problems: ["2:3 routes: expected a list, got a mapping"],
  },
  {
    name: "routes as a text",
    text: "routes: openai\n",
    problems: ["1:9 routes: expected a list, got a string"],
  },
  {
    name: "texts as routes",
    text: "routes: [openai, anthropic]\n",
    problems: [
      "1:10 routes[0]: expected a mapping, got a string",
      "1:18 routes[1]: expected a mapping, got a string",
    ],
  },
  {
    name: "a dash that sticks to its key",
    text: "routes:\n  -url: stub:ok\n",
    problems: ["2:3 routes: expected a list, got a mapping"],
  },
  {
    name: "a route without url",
    text: "routes:\n  - model: m\n",
    problems: ["2:5 routes[0].url: missing"],
  },
  {
    name: "a route without model",
    text: "routes:\n  - url: stub:ok\n",
    problems: ["2:5 routes[0].model: missing"],
  },
  {
    name: "an empty route",
    text: "routes:\n  - {}\n",
    problems: ["2:5 routes[0].url: missing"],
  },
  {
    name: "a bare list with a mistake",
    text: "- url: stub:ok\n  modle: m\n",
    problems: [
      "1:3 routes[0].model: missing",
      '2:3 routes[0].modle: unknown key, did you mean "model"?',
    ],
  },
  {
    name: "a route that is switched off alone",
    text: 'routes:\n  - {url: "stub:ok", model: m, enabled: false}\n',
    problems: ["2:3 routes: no route is left to answer anything"],
  },
  {
    name: "a tab for indentation",
    text: "routes:\n\t- url: stub:ok\n",
    problems: ["2:1 indented by a tab: use spaces"],
  },
  {
    name: "a key that is there twice",
    text: 'port: 1\nport: 2\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ["2:1 this key stands there twice"],
  },
  {
    name: "a field of a route that is there twice",
    text: "routes:\n  - url: stub:ok\n    url: stub:ok\n    model: m\n",
    problems: ["3:5 this key stands there twice"],
  },
  {
    name: "two documents",
    text: 'routes:\n  - {url: "stub:ok", model: m}\n---\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ["4:1 expected one document, got several"],
  },
  {
    name: "a list that is not closed",
    text: "routes: [\n",
    problems: ['2:1 indented too little, or a quote, "[" or "{" above is not closed'],
  },
  {
    name: "a mapping that is not closed",
    text: 'routes:\n  - {url: "stub:ok", model: m\nport: 1\n',
    problems: ['3:1 indented too little, or a quote, "[" or "{" above is not closed'],
  },
  {
    name: "a quote that is not closed",
    text: 'host: "abc\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ['2:1 indented too little, or a quote, "[" or "{" above is not closed'],
  },
  {
    name: "a single quote that is not closed",
    text: 'host: \'abc\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ['2:1 indented too little, or a quote, "[" or "{" above is not closed'],
  },
  {
    name: "an entry indented too far",
    text: "routes:\n  - url: stub:ok\n     model: m\n",
    problems: ['3:11 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "an entry indented too little",
    text: "routes:\n  - url: stub:ok\n   model: m\n",
    problems: ['3:4 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "a colon left out",
    text: "routes:\n  - url: stub:ok\n    model m\n",
    problems: ["3:12 expected ':' after a mapping key"],
  },
  {
    name: "a colon left out behind routes",
    text: "routes\n  - url: stub:ok\n",
    problems: ['2:8 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "a value that begins with @",
    text: 'host: @x\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ['1:7 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "a value that begins with a backtick",
    text: 'host: `x`\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ['1:7 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "a star without quotes",
    text: "routes:\n  - url: stub:ok\n    model: *\n",
    problems: ['3:13 "*" needs quotes'],
  },
  {
    name: "an alias without an anchor",
    text: "routes: *routes\n",
    problems: [
      '1:10 no "&" above names what this "*" stands for; a text that begins with "*" needs quotes',
    ],
  },
  {
    name: "a tag of a language",
    text: 'routes: !!js/function "x"\n',
    problems: ["1:9 unknown scalar tag"],
  },
  {
    name: "a list that holds itself",
    text: "routes: &a [*a]\n",
    problems: ["1:14 routes[0]: expected a mapping, got a list"],
  },
  {
    name: "a bomb of aliases",
    text:
      "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\nroutes: *f\n",
    problems: ["1:1 the file: it holds more than 100000 values"],
  },
  {
    name: "a merge of what is no mapping",
    text: "routes:\n  - <<: [1]\n    url: stub:ok\n",
    problems: ["2:5 <<: expected a mapping whose fields are taken over"],
  },
  {
    name: "a mistake that a merge brings in",
    text: "defaults: &d {wieght: 2}\nroutes:\n  - <<: *d\n    url: stub:ok\n    model: m\n",
    problems: [
      '1:15 defaults.wieght: unknown key, did you mean "weight"?',
      '3:5 routes[0].wieght: unknown key, did you mean "weight"?',
    ],
  },
  {
    name: "Windows line ends",
    text: 'prot: 1\r\nroutes:\r\n  - {url: "stub:ok", model: m}\r\n',
    problems: ['1:1 prot: unknown key, did you mean "port"?'],
  },
  {
    name: "a byte order mark",
    text: '\ufeffprot: 1\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ['1:1 prot: unknown key, did you mean "port"?'],
  },
  {
    name: "a null byte",
    text: 'host: a\u0000b\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ["1:8 null byte is not allowed in input"],
  },
  {
    name: "more behind the end of the document",
    text: 'routes:\n  - {url: "stub:ok", model: m}\n...\nport: 1\n',
    problems: ["4:1 expected one document, got several"],
  },
  {
    name: "a list as a key",
    text: '? [a]\n: 1\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ["1:1 expected a key that is plain text"],
  },
  {
    name: "a variable in braces without quotes",
    text: '{port: ${NUMBER}, routes: [{url: "stub:ok", model: m}]}\n',
    problems: ['1:9 expected "," between entries; within [ ] and { } a ${NAME} needs quotes'],
  },
  {
    name: "a spare bracket",
    text: 'routes: [{url: "stub:ok", model: m}]]\n',
    problems: ['1:37 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "two values in a line",
    text: 'port: 1: 2\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ['1:8 unexpected text: check the indentation, the ":" above, and the quotes'],
  },
  {
    name: "an escape that is none",
    text: 'host: "\\q"\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ["1:9 unknown escape sequence"],
  },
  {
    name: "a key of the language",
    text: '__proto__: 1\nconstructor: 2\nroutes:\n  - {url: "stub:ok", model: m}\n',
    problems: ["1:1 __proto__: unknown key", "2:1 constructor: unknown key"],
  },
  {
    name: "200 lists in each other",
    text:
      "routes: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
    problems: ["1:108 too many lists and mappings in each other"],
  },
  {
    name: "a JSON file with a spare comma and a mistake",
    text: '{"prot": 1, "routes": [{"url": "stub:ok", "model": "m",}],}\n',
    problems: ['1:3 prot: unknown key, did you mean "port"?'],
  },
  {
    name: "several mistakes",
    text:
      "prot: 1\nroutes:\n  - url: ftp://h\n    model: m\n    wieght: 2\n  - url: stub:ok\n  - nothing\nport: many\nauto: {models: [x]}\n",
    problems: [
      '1:1 prot: unknown key, did you mean "port"?',
      "3:10 routes[0].url: expected an http:, https: or stub: URL such as https://api.openai.com/v1",
      '5:5 routes[0].wieght: unknown key, did you mean "weight"?',
      "6:5 routes[1].model: missing",
      "7:5 routes[2]: expected a mapping, got a string",
      "8:7 port: expected a whole number from 0 to 65535, got a string",
      '9:17 auto.models[0]: no route serves "x", did you mean "m"?',
    ],
  },
];

const RIGHT_ROUTE = 'routes:\n  - {url: "stub:ok", model: m}\n';
const NEEDED = { url: '"stub:ok"', model: "m" };

function withRoute(field: string): string {
  const key = field.slice(0, field.indexOf(":"));
  const others = Object.entries(NEEDED).filter(([name]) => name !== key);
  return `routes:\n  - ${field}\n${others.map(([name, one]) => `    ${name}: ${one}\n`).join("")}`;
}

/** Every file of these tables. */
export const BROKEN_CONFIGS: readonly BrokenConfig[] = [
  ...TOP_LEVEL.map(([line, ...problems]) => ({
    name: line,
    text: `${line}\n${RIGHT_ROUTE}`,
    problems,
  })),
  ...IN_ROUTE.map(([field, ...problems]) => ({
    name: `a route with ${field}`,
    text: withRoute(field),
    problems,
  })),
  ...WHOLE_FILES,
];
