/**
 * The JSON Schema of `routes.yml`, held against a real validator, and against the loader.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parse } from "@std/yaml";
import { Ajv2020 } from "ajv/2020";
import { documentSchema } from "../../lib/config/json_schema.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { DOCUMENT, ROUTES } from "../../lib/config/schema.ts";
import { SAMPLE_CONFIG } from "../../lib/stub/sample_config.ts";
import { forSeeds } from "../properties/budget.ts";
import type { Random } from "../properties/random.ts";

const root = new URL("../../", import.meta.url);
// `properties` beside `anyOf` of `required` alone is meant: the strict mode wants them repeated.
const validate = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  formats: { regex: isPattern },
})
  .compile(documentSchema());

function isPattern(source: string): boolean {
  try {
    return Boolean(new RegExp(source));
  } catch {
    return false;
  }
}

/** The places that the validator refuses. */
function refused(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const SAMPLES: readonly { name: string; text: string }[] = [
  { name: "routes.yml", text: Deno.readTextFileSync(new URL("routes.yml", root)) },
  { name: "the built-in sample", text: SAMPLE_CONFIG },
  {
    name: "routes.yml with every provider taken in",
    text: Deno.readTextFileSync(new URL("routes.yml", root)).replace(
      /^ {2}# (?=- | {2}\w)/gm,
      "  ",
    ),
  },
];

/** What a file may say, once. */
const FULL: unknown = parse(`
host: 127.0.0.1
port: 8787
defaults: {apiKey: dummy-key-0001, weight: 2, headers: {X-A: b}, timeouts: {connectMs: 9}}
retryStatusCodes: [412, 429]
strictRetryList: false
fallback: {a: [b], "*": [c]}
maxAttempts: 3
auto: {models: [a, b], policy: weighted, sticky: true}
notice: comment
clients: [{name: me, key: client-key}, {name: you, key: other-key}]
allowedHosts: [gateway.example]
timeouts: {requestMs: 1000, idleMs: 10}
routes:
  - {name: one, url: "stub:ok", model: a, fallback: [b, c], enabled: true}
  - name: two
    url: https://api.example/v1
    models: [b, c]
    protocol: [openai, responses]
    authHeader: x-key
    authPrefix: ""
    vision: false
    maxTokensField: max_tokens
    dropParams: [temperature]
    defaultMaxTokens: 5
  - {url: "http://127.0.0.1:11434", model: "*", protocol: openai, isBaseUrl: true}
`);

const rows: { name: string; document: unknown; isRight: boolean }[] = [
  { name: "everything that a file can say", document: FULL, isRight: true },
  { name: "a bare list", document: [{ url: "stub:ok", model: "m" }], isRight: true },
  { name: "keys without a value", document: { host: null, routes: [] }, isRight: true },
  {
    name: "numbers, switches and words in variables",
    document: {
      port: "${PORT}",
      notice: "${NOTICE}",
      routes: [{ url: "${URL}", model: "m", enabled: "${ON}", weight: "${WEIGHT}" }],
    },
    isRight: true,
  },
  {
    name: "a number that is only partly a variable",
    document: { port: "1${PORT}", routes: [] },
    isRight: false,
  },
  { name: "an unknown key", document: { prot: 1, routes: [] }, isRight: false },
  { name: "an unknown key of a route", document: [{ url: "u", modle: "m" }], isRight: false },
  { name: "no routes", document: { port: 1 }, isRight: false },
  { name: "routes without a value", document: { routes: null }, isRight: false },
  { name: "a port that is none", document: { port: 65_536, routes: [] }, isRight: false },
  { name: "a port in words", document: { port: "8787", routes: [] }, isRight: false },
  { name: "a route without a url", document: [{ model: "m" }], isRight: false },
  { name: "a route without a model", document: [{ url: "stub:ok" }], isRight: false },
  {
    name: "a protocol that nobody speaks",
    document: [{ url: "stub:ok", model: "m", protocol: "openapi" }],
    isRight: false,
  },
  {
    name: "a client without a key",
    document: { routes: [], clients: [{ name: "me" }] },
    isRight: false,
  },
  { name: "a text", document: "routes", isRight: false },
  { name: "an empty file", document: null, isRight: false },
];

describe("The JSON Schema of routes.yml", () => {
  for (const { name, text } of SAMPLES) {
    it(`takes ${name}`, () => assertEquals(refused(parse(text)), []));
  }

  for (const { name, document, isRight } of rows) {
    it(`${isRight ? "takes" : "refuses"} ${name}`, () => {
      assertEquals(refused(document).length === 0, isRight, JSON.stringify(refused(document)));
    });
  }

  it("knows a default as a value wherever there is one", () => {
    const { else: file, $defs } = documentSchema() as {
      else: { properties: Record<string, { default?: unknown }> };
      $defs: Record<string, { properties: Record<string, { default?: unknown }> }>;
    };
    assertEquals(file.properties.port!.default, 8787);
    assertEquals(file.properties.retryStatusCodes!.default, [412, 429, 500, 502, 503, 504]);
    assertEquals($defs.auto!.properties.policy!.default, "round-robin");
    assertEquals($defs.auto!.properties.models!.default, undefined);
  });

  it("says the same of a changed document as the loader's own table", () => {
    let wrong = 0;
    forSeeds((random) => {
      const document = mutated(FULL, random);
      const isTaken = refused(document).length === 0;
      const isRight =
        (Array.isArray(document) ? ROUTES : DOCUMENT).check(document, []).length === 0;
      if (!isRight) wrong++;
      // What the schema asks for beyond the table is that something is there to be served.
      if (isRight && hasNeeded(document)) assert(isTaken, told(document));
      if (!isRight) assert(!isTaken, told(document));
      if (!isTaken) assert(problemsOf(document) > 0, told(document));
    });
    assert(wrong > 10, `only ${wrong} documents were wrong`);
  });
});

function told(document: unknown): string {
  return `${JSON.stringify(document)}\n${refused(document).join("\n")}`;
}

/** How many problems the loader has with it, JSON being YAML. */
function problemsOf(document: unknown): number {
  const read = () => undefined;
  return loadConfig(JSON.stringify(document), { read, checkStubUrl: read }).problems.length;
}

type Json = Record<string, unknown>;

function hasNeeded(document: unknown): boolean {
  const { routes, clients } = (Array.isArray(document) ? { routes: document } : document) as Json;
  const each = (list: unknown) => (list ?? []) as Json[];
  return each(routes).every((route) => "model" in route || "models" in route) &&
    each(clients).every((client) => "key" in client || "keyEnv" in client);
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  429,
  70_000,
  1e300,
  "",
  " ",
  "a",
  "openai",
  "weighted",
  "off",
  [],
  ["a"],
  [""],
  [1],
  [null],
  {},
  { a: ["b"] },
  { a: "b" },
  { name: "x", key: "y" },
];
const KEYS = ["url", "model", "name", "port", "timeouts", "extra", "apiKey", "weight", "host"];

/** The document with one to three values changed, left out or added. */
function mutated(document: unknown, random: Random): unknown {
  let changed = structuredClone(document);
  for (let edits = 1 + random.below(3); edits > 0; edits--) changed = edited(changed, random);
  return changed;
}

function edited(node: unknown, random: Random): unknown {
  const isLeaf = typeof node !== "object" || node === null || Object.keys(node).length === 0;
  if (isLeaf || random.oneIn(8)) return valueOf(random);
  const holder = node as Json;
  const key = random.pick(Object.keys(holder));
  if (Array.isArray(node) || !random.oneIn(3)) holder[key] = edited(holder[key], random);
  else if (random.oneIn(2)) delete holder[key];
  else holder[random.pick(KEYS)] = valueOf(random);
  return node;
}

/** A copy, as later edits change what they are given. */
function valueOf(random: Random): unknown {
  return structuredClone(random.pick(VALUES));
}
