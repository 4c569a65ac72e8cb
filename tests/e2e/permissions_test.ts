/**
 * The gateway under the narrowest permissions, and what it gives back of wider ones.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { eventually } from "./eventually.ts";
import { PERMISSIONS, runCli, startGateway } from "./gateway_process.ts";
import { answeringUpstream, listen } from "./scripted_upstream.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const CERTIFICATES = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const HELLO = { messages: [{ role: "user", content: "hello" }] };
const WITHOUT_A_KEY = { forwardClientAuth: false };

/** A folder with a `routes.yml`, which a line that names it still finds in a later process. */
function configFolder(config: unknown) {
  const folder = Deno.makeTempDirSync({ prefix: "gateway e2e, permissions " });
  const path = `${folder}/routes.yml`;
  const write = (content: unknown) => Deno.writeTextFileSync(path, JSON.stringify(content));
  write(config);
  return { path, write, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

/** The words of a line, as a shell reads them. */
function wordsOf(line: string): string[] {
  return [...line.trim().matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\'/g, (_, inner) => inner ?? "'")
  );
}

/** The line that `start` prints for `flags`. */
async function printedLine(flags: readonly string[], env: Record<string, string> = {}) {
  const args = ["start", "--print-permissions", ...flags];
  const { code, stdout, stderr } = await runCli(args, { env });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^deno run [^\n]*\n$/);
  return wordsOf(stdout);
}

/** How a gateway is started by exactly the words that were printed. */
function startedBy(words: readonly string[]) {
  assertEquals(words[0], "deno");
  const at = words.indexOf(MAIN);
  return { program: words.slice(1, at + 1), verb: words.slice(at + 1), flags: [] };
}

function listOf(words: readonly string[], flag: string): string[] {
  return words.find((word) => word.startsWith(`${flag}=`))!.slice(flag.length + 1)
    .split(/(?<!,),(?!,)/);
}

async function ask(
  gateway: { post(path: string, body: unknown): Promise<Response> },
  model: string,
) {
  const response = await gateway.post("/v1/chat/completions", { model, ...HELLO });
  return { status: response.status, text: await response.text() };
}

describe("The line of start --print-permissions", () => {
  it("names the listener, the upstreams, the files and the variables, and nothing else", async () => {
    using config = configFolder({
      clients: [{ name: "known", keyEnv: "CLIENT_VARIABLE" }],
      routes: [
        { url: "https://api.one.example/v1", model: "a", apiKeyEnv: "ROUTE_VARIABLE" },
        { url: "http://two.example:11434", model: "b", apiKey: "${VALUE_VARIABLE}" },
        { url: "http://[::1]/v1", model: "c", ...WITHOUT_A_KEY },
        { url: "stub:ok", model: "d" },
      ],
    });
    const env = {
      CLIENT_VARIABLE: "dummy-1",
      ROUTE_VARIABLE: "dummy-2",
      VALUE_VARIABLE: "dummy-3",
    };
    const words = await printedLine(["--config", config.path, "--port", "9000"], env);
    assertEquals(listOf(words, "--allow-net"), [
      "127.0.0.1:9000",
      "api.one.example:443",
      "two.example:11434",
      "[::1]:80",
    ]);
    assertStringIncludes(listOf(words, "--allow-read").join(), ".env");
    const variables = listOf(words, "--allow-env");
    for (const name of [...Object.keys(env), "PORT", "NO_COLOR", "LOG_FORMAT"]) {
      assert(variables.includes(name), name);
    }
    const lower = variables.filter((name) => !/^[A-Z_]+$/.test(name));
    assertEquals(lower, ["http_proxy", "https_proxy", "no_proxy"]);
    for (const flag of ["-A", "--allow-all", "--allow-run", "--allow-write", "--allow-sys"]) {
      assert(!words.some((word) => word.split("=")[0] === flag), flag);
    }
    for (const secret of Object.values(env)) assert(!words.join(" ").includes(secret), secret);
  });

  it("names the proxy", async () => {
    const env = { HTTPS_PROXY: "http://name:proxy-password@proxy.example:3128" };
    const words = await printedLine(["--stub", "--port", "9000"], env);
    assertEquals(listOf(words, "--allow-net"), ["127.0.0.1:9000", "proxy.example:3128"]);
    assert(!words.join(" ").includes("proxy-password"));
  });

  it("has the unstable features of deno.json, which a bundle runs without", async () => {
    const words = await printedLine(["--stub", "--port", "0"]);
    const features = words.filter((word) => word.startsWith("--unstable-"));
    assertEquals(features, denoJson.unstable.map((name) => `--unstable-${name}`));
  });

  it("allows a stub no host at all, and starts it", async () => {
    const words = await printedLine(["--stub", "--port", "0"]);
    assertEquals(listOf(words, "--allow-net"), ["127.0.0.1:0"]);
    await using gateway = await startGateway(startedBy(words));
    assertStringIncludes((await ask(gateway, "stub-steady")).text, "You said: hello");
    assertEquals(await gateway.stop(), 0);
  });

  it("starts a gateway that reaches the upstreams of its configuration and no other", async () => {
    await using known = answeringUpstream({ protocol: "openai_chat" });
    let connections = 0;
    await using other = listen(() => (connections++, new Response("{}")));
    const route = { name: "known", url: known.url, model: "known", ...WITHOUT_A_KEY };
    using config = configFolder({ routes: [route] });
    const words = await printedLine(["--config", config.path, "--port", "0"]);
    await using gateway = await startGateway(startedBy(words));
    const { status, text } = await ask(gateway, "known");
    assertEquals(status, 200, text);
    assertStringIncludes(text, "you said: hello");
    config.write({
      routes: [route, { name: "other", url: other.url, model: "other", ...WITHOUT_A_KEY }],
    });
    const refused = await eventually("the other route", async () => {
      const answer = await ask(gateway, "other");
      return answer.status === 404 ? undefined : answer;
    });
    assertEquals(refused.status, 502);
    assertEquals(typeof JSON.parse(refused.text).error.message, "string");
    assertEquals(connections, 0);
    assertEquals((await ask(gateway, "known")).status, 200);
    assertEquals(await gateway.stop(), 0);
  });

  it("names every variable that a start asks for", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    using config = configFolder({
      routes: [{ url: upstream.url, model: "m", apiKeyEnv: "ROUTE_VARIABLE" }],
    });
    const env = { ROUTE_VARIABLE: "dummy-key" };
    const flags = ["--config", config.path, "--port", "0"];
    const words = await printedLine(flags, env);
    const audit = `${config.path}.audit`;
    await using gateway = await startGateway({
      program: ["run", ...PERMISSIONS, MAIN],
      flags,
      env: { ...env, DENO_AUDIT_PERMISSIONS: audit },
    });
    assertEquals((await ask(gateway, "m")).status, 200);
    assertEquals(await gateway.stop(), 0);
    const asked = Deno.readTextFileSync(audit).trim().split("\n").map((line) => JSON.parse(line));
    const of = (kind: string) =>
      new Set(asked.filter(({ permission }) => permission === kind).map(({ value }) => value));
    const variables = new Set(listOf(words, "--allow-env"));
    assert(of("env").size >= 15, String([...of("env")]));
    assertEquals([...of("env")].filter((name) => !variables.has(name)), []);
    assertEquals([...of("run"), ...of("sys"), ...of("ffi")], []);
  });

  it("is of a program that starts although the variables that were not foreseen are set", async () => {
    using config = configFolder({ routes: [{ url: "stub:ok", model: "one" }] });
    const words = await printedLine(["--config", config.path, "--port", "0"]);
    config.write({
      routes: [
        { url: "stub:ok", model: "one" },
        { name: "late", url: "stub:ok", model: "two", apiKeyEnv: "LATE_VARIABLE" },
      ],
    });
    const env = { LATE_VARIABLE: "dummy-key" };
    await using gateway = await startGateway({ ...startedBy(words), env });
    assertStringIncludes(gateway.stderr, "late is off: the environment variable LATE_VARIABLE");
    assertEquals((await ask(gateway, "one")).status, 200);
  });

  it("names the file that was found in the user's folder, and starts with it", async () => {
    const home = Deno.makeTempDirSync({ prefix: "gateway_e2e_home_" });
    const folder = `${home}/openclaw-autoproxy`;
    Deno.mkdirSync(folder);
    const config = JSON.stringify({ routes: [{ url: "stub:ok", model: "found" }] });
    Deno.writeTextFileSync(`${folder}/routes.yml`, config);
    const env = { XDG_CONFIG_HOME: home };
    const words = await printedLine(["--port", "0"], env);
    assertEquals(listOf(words, "--allow-read").at(-1), `${folder}/routes.yml`);
    {
      await using gateway = await startGateway({ ...startedBy(words), env });
      assertEquals((await ask(gateway, "found")).status, 200);
    }
    Deno.removeSync(home, { recursive: true });
  });

  it("is not printed for a configuration that would not start", async () => {
    const config = { routes: [{ url: "ftp://x.example", model: "m" }] };
    const args = ["start", "--print-permissions", "--config", "{config}"];
    const { code, stdout, stderr } = await runCli(args, { config });
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "routes[0].url");
  });
});

describe("An upstream over TLS", () => {
  it("whose authority is named by NODE_EXTRA_CA_CERTS is reached with narrow permissions", async () => {
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: Deno.readTextFileSync(`${CERTIFICATES}localhost.pem`),
      key: Deno.readTextFileSync(`${CERTIFICATES}localhost_key.pem`),
      onListen: () => {},
    }, () => Response.json({ object: "list", data: ["over TLS"] }));
    const url = `https://localhost:${server.addr.port}/v1`;
    using config = configFolder({ routes: [{ url, model: "m", ...WITHOUT_A_KEY }] });
    const words = await printedLine(["--config", config.path, "--port", "0"]);
    {
      const env = { NODE_EXTRA_CA_CERTS: `${CERTIFICATES}authority.pem` };
      await using gateway = await startGateway({ ...startedBy(words), env });
      const response = await gateway.post("/v1/embeddings", { model: "m", input: "x" });
      assertStringIncludes(await response.text(), "over TLS");
    }
    {
      await using gateway = await startGateway(startedBy(words));
      const response = await gateway.post("/v1/embeddings", { model: "m", input: "x" });
      assertStringIncludes(await response.text(), "could not be reached: tls");
    }
    await server.shutdown();
  });
});

describe("A gateway that was allowed everything", () => {
  for (const verb of ["start", "dev"]) {
    it(`gives back, by ${verb}, what serving does not need`, async () => {
      // A module that the runtime loads before the program, and that looks on from inside.
      const watcher = `data:text/javascript,${
        encodeURIComponent(`
          const timer = setInterval(() => {
            const granted = ["run", "write", "ffi", "sys", "read", "net", "env"]
              .filter((name) => Deno.permissions.querySync({ name }).state === "granted");
            if (granted.length > 3) return;
            clearInterval(timer);
            console.log("still granted: " + granted);
          }, 5);
          Deno.unrefTimer(timer);
        `)
      }`;
      await using gateway = await startGateway({
        program: ["run", "-A", "--preload", watcher, MAIN],
        verb: [verb],
        config: { routes: [{ url: "stub:ok", model: "m" }] },
      });
      const line = await eventually(
        "what is still granted",
        () => /still granted: .*/.exec(gateway.stdout)?.[0],
      );
      assertEquals(line, "still granted: read,net,env");
      assertEquals((await ask(gateway, "m")).status, 200);
    });
  }
});
