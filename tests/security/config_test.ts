/**
 * Configurations that are weapons: bombs, prototype keys, hostile names. Each ends the start at once, in
 * plain lines, or is harmless.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runCli, startGateway } from "../e2e/gateway_process.ts";
import { eventually } from "../e2e/eventually.ts";

const ROUTE = 'routes: [{url: "stub:ok", model: m}]\n';

/** Each name stands for ten of the one before it: ten levels of it are ten thousand million. */
function aliases(levels: number, each: (name: string) => string, first: string): string {
  const lines = [`x0: &x0 ${first}`];
  for (let level = 1; level <= levels; level++) {
    lines.push(`x${level}: &x${level} ${each(`*x${level - 1}`)}`);
  }
  return lines.join("\n") + "\n";
}

const list = (name: string) => `[${Array(10).fill(name).join(", ")}]`;
const map = (name: string) =>
  `{${Array.from({ length: 10 }, (_, at) => `k${at}: ${name}`).join(", ")}}`;

const bombs: Readonly<Record<string, string>> = {
  "aliases of lists": aliases(9, list, "[a, a, a]") + ROUTE,
  "aliases of maps": aliases(9, map, "{a: 1}") + ROUTE,
  "aliases of a variable": aliases(9, list, '"${HOME}"') + ROUTE,
  "aliases in a field that exists": aliases(9, list, "[a, a]") + `routes: *x9\n`,
  "aliases in headers": aliases(9, map, "{a: b}") +
    'routes: [{url: "stub:ok", model: m, headers: *x9}]\n',
  "an alias of itself": `a: &a [*a]\n${ROUTE}`,
  "merge keys of aliases": `b: &b {${Array.from({ length: 500 }, (_, at) => `k${at}: 1`)}}\n` +
    `a: {<<: [${Array(500).fill("*b").join(", ")}]}\n${ROUTE}`,
  "lists in lists": `x: ${"[".repeat(100_000)}${"]".repeat(100_000)}\n${ROUTE}`,
  "lists that never end": `x: ${"[".repeat(100_000)}`,
  "maps in maps": `x: ${"{a: ".repeat(50_000)}1${"}".repeat(50_000)}\n${ROUTE}`,
  "indents in indents": Array.from({ length: 2_000 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"),
  "dashes": `x: ${"- ".repeat(50_000)}a`,
  "quotes that never end": `x: "${"a\\".repeat(100_000)}`,
  "variables in variables": `x: "${"${".repeat(100_000)}"\n${ROUTE}`,
  "very many problems": Array.from({ length: 20_000 }, (_, at) => `unknown${at}: 1`).join("\n"),
  "very many routes of nothing": `routes: [${"{}, ".repeat(20_000)}{}]`,
  "a very long name": `${"k".repeat(1_000_000)}: 1\n${ROUTE}`,
};

describe("A configuration that is a bomb", () => {
  for (const [what, config] of Object.entries(bombs)) {
    for (const verb of ["start", "check"]) {
      it(`ends ${verb} soon, in plain lines: ${what}`, async () => {
        const flags = verb === "start" ? ["--port", "0"] : [];
        const startMs = performance.now();
        const { code, stdout, stderr } = await runCli([verb, ...flags, "--config", "{config}"], {
          config,
        });
        assertEquals(code, 1, stderr.slice(0, 500));
        assert(performance.now() - startMs < 8_000);
        const told = stdout + stderr;
        assert(told.length < 5_000_000, `${told.length} characters`);
        assertStringIncludes(told, "routes.yml");
        assert(
          !/\n\s+at \S+|Uncaught|RangeError|Maximum call stack|heap/.test(told),
          told.slice(0, 500),
        );
      });
    }
  }
});

describe("A configuration's key of a prototype", () => {
  for (const key of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]) {
    it(`is an unknown key: ${key}`, async () => {
      for (
        const config of [
          `${key}: {clients: []}\n${ROUTE}`,
          `routes: [{url: "stub:ok", model: m, ${key}: {apiKey: x}}]\n`,
          `timeouts: {${key}: 1}\n${ROUTE}`,
          `limits: {${key}: {depth: 1}}\n${ROUTE}`,
        ]
      ) {
        const { code, stderr } = await runCli(["start", "--port", "0", "--config", "{config}"], {
          config,
        });
        assertEquals(code, 1, config);
        assertStringIncludes(stderr, key);
      }
    });

    it(`is a name like any other as model, fallback or header: ${key}`, async () => {
      const config = {
        fallback: JSON.parse(`{"${key}": ["m"]}`),
        routes: [{ url: "stub:ok", model: [key, "m"], headers: JSON.parse(`{"${key}": "x"}`) }],
      };
      const env = { MODEL_FALLBACK_MAP: `{"${key}": ["m"]}` };
      await using gateway = await startGateway({ config, env });
      const body = { model: key, messages: [{ role: "user", content: "hello" }] };
      const response = await gateway.post("/v1/chat/completions", body);
      await response.text();
      assertEquals([response.status, response.headers.get("x-gateway-model-used")], [200, key]);
    });
  }
});

describe("A configuration's text", () => {
  it("cannot write lines or colours of its own into the terminal", async () => {
    const config = `"evil\\n[gateway] event=forged \\e[31m": 1\n${ROUTE}`;
    const { code, stdout, stderr } = await runCli(
      ["start", "--port", "0", "--config", "{config}"],
      { config },
    );
    assertEquals(code, 1);
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(stdout + stderr), stderr);
    assert(!/^\[gateway\] event=forged/m.test(stderr), stderr);
  });

  it("cannot put a header of its own into a request", async () => {
    for (const value of ["a\\r\\nx-forged: 1", "a\\nb", "a\\0b"]) {
      const config = `routes: [{url: "stub:ok", model: m, headers: {x-a: "${value}"}}]\n`;
      const { code, stderr } = await runCli(["start", "--port", "0", "--config", "{config}"], {
        config,
      });
      assertEquals(code, 1, stderr);
      assertMatch(stderr, /x-a/);
    }
  });
});

describe("A file that becomes a bomb while the gateway runs", () => {
  for (
    const what of ["aliases of lists", "aliases of a variable", "lists in lists", "maps in maps"]
  ) {
    it(`leaves it running as it was: ${what}`, async () => {
      await using gateway = await startGateway({ config: ROUTE });
      const before = gateway.residentMiB;
      await gateway.writeConfig(bombs[what]!);
      await eventually("the refusal of the new file", () => gateway.stderr.includes("routes.yml"));
      const body = { model: "m", messages: [{ role: "user", content: "hello" }] };
      const response = await gateway.post("/v1/chat/completions", body);
      await response.text();
      assertEquals(response.status, 200);
      assert(gateway.residentMiB - before < 250);
    });
  }
});
