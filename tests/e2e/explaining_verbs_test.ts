/**
 * The verbs that explain, as their users run them: exit codes, what goes to which stream, JSON
 * that stands alone, and no key anywhere.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { documentSchema } from "../../lib/config/json_schema.ts";
import { VERBS } from "../../lib/cli/verbs.ts";
import { eventually } from "./eventually.ts";
import {
  type CliResult,
  type GatewayProcess,
  PERMISSIONS,
  runCli,
  startGateway,
} from "./gateway_process.ts";
import { deadUpstream, listen } from "./scripted_upstream.ts";

const SECRET = "sk-very-secret-dummy-0001";
const ROUTE = { name: "far", url: "http://127.0.0.1:1/v1", model: "m", apiKeyEnv: "FAR_KEY" };
const GOOD = { config: { routes: [ROUTE] }, env: { FAR_KEY: SECRET } };
const MISSING = { config: { routes: [ROUTE, { name: "near", url: "stub:ok", model: "n" }] } };

/** What a program reads on standard output, when that is all there is. */
function onlyJson({ stdout, stderr }: CliResult): Record<string, unknown> {
  assertEquals(stderr, "");
  return JSON.parse(stdout);
}

function holdsNoKey({ stdout, stderr }: CliResult): void {
  assert(!(stdout + stderr).includes(SECRET));
}

describe("check", () => {
  it("says on standard output what a good file amounts to, with code 0", async () => {
    const result = await runCli(["check", "--config", "{config}"], GOOD);
    assertEquals([result.code, result.stderr], [0, ""]);
    for (
      const part of [
        "http://127.0.0.1:1/v1/chat/completions",
        "authorization: Bearer (from FAR_KEY)",
        "no problem, 1 route, 1 model",
      ]
    ) assertStringIncludes(result.stdout, part);
    assert(!result.stdout.includes("\x1b"));
    holdsNoKey(result);
  });

  it("finds ./routes.yml, and needs no port, when told nothing", async () => {
    const { code } = await runCli(["check"], GOOD);
    assertEquals(code, 0);
  });

  it("fails on a route without its variable, and names route, place and variable", async () => {
    const result = await runCli(["check"], MISSING);
    assertEquals(result.code, 1);
    assertMatch(result.stderr, /^routes\.yml:\d+:\d+: .*far.*FAR_KEY.*\n$/);
    assertStringIncludes(result.stdout, "off: FAR_KEY is not set");
    assertStringIncludes(result.stdout, "routes.yml: 1 problem");
  });

  it("tells every problem of a broken file on standard error, in the words of start", async () => {
    const config = "prot: 1\nroutes:\n  - {url: 'stub:ok', modle: m}\n";
    const checked = await runCli(["check", "-c", "{config}"], { config });
    const started = await runCli(["start", "-c", "{config}"], { config });
    assertEquals([checked.code, checked.stdout], [1, ""]);
    const withoutFolder = (text: string) => text.replaceAll(/^.*(?=routes\.yml)/gm, "");
    assertEquals(withoutFolder(checked.stderr), withoutFolder(started.stderr));
  });

  it("does not fail because of a warning", async () => {
    const env = { ...GOOD.env, UPSTREAM_BASE_URL: "http://127.0.0.1:1" };
    const { code, stderr } = await runCli(["check"], { ...GOOD, env });
    assertEquals(code, 0);
    assertMatch(stderr, /^warning: UPSTREAM_BASE_URL .*"\*"[^\n]*\n$/);
  });

  it("fails where start would refuse to listen", async () => {
    const { code, stderr } = await runCli(["check", "--host", "0.0.0.0"], GOOD);
    assertEquals(code, 1);
    assertMatch(stderr, /^[^\n]*0\.0\.0\.0[^\n]*GATEWAY_API_KEYS[^\n]*\n$/);
  });

  it("says in one line that there is no file", async () => {
    const { code, stdout, stderr } = await runCli(["check"]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^[^\n]*routes\.yml[^\n]*\n$/);
  });

  it("--json prints JSON and nothing else, for good files, broken ones and none", async () => {
    const good = await runCli(["check", "--json"], GOOD);
    const { ok, problems, models } = onlyJson(good);
    assertEquals([good.code, ok, problems], [0, true, []]);
    assertEquals(models, [{
      name: "m",
      candidates: [{ model: "m", route: "far" }],
      fallback: [],
    }]);
    holdsNoKey(good);
    const off = await runCli(["check", "--json"], MISSING);
    assertEquals([off.code, onlyJson(off).ok], [1, false]);
    const broken = await runCli(["check", "--json"], { config: "routes:\n  - {urll: x}\n" });
    const told = onlyJson(broken).problems as { line: number; column: number; message: string }[];
    const unknown = told.find(({ message }) => message.includes("urll"));
    assertEquals([broken.code, unknown?.line, unknown?.column], [1, 2, 6]);
    const none = await runCli(["check", "--json"]);
    assertEquals([none.code, onlyJson(none).ok], [1, false]);
  });
});

describe("explain", () => {
  const body = JSON.stringify({
    model: "m",
    max_tokens: 9,
    system: "s",
    top_k: 1,
    messages: [{ role: "user", content: "hello" }],
  });

  it("sends nothing, and says where a request would go", async () => {
    await using upstream = listen(() => new Response("never asked"));
    const config = { routes: [{ ...ROUTE, url: upstream.url }] };
    const result = await runCli(["explain", "--model", "m"], { ...GOOD, config });
    assertEquals([result.code, result.stderr], [0, ""]);
    assertStringIncludes(result.stdout, `${upstream.url}/chat/completions`);
    assertStringIncludes(result.stdout, "Bearer (from FAR_KEY)");
    assertStringIncludes(result.stdout, "Nothing was sent.");
    assertEquals(upstream.requests.length, 0);
    holdsNoKey(result);
  });

  it("reads a body from a file, and guesses who sends such ones", async () => {
    // The file is the folder's .env, the only one that is not the configuration.
    const result = await runCli(["explain", ".env"], { ...GOOD, dotEnv: body });
    assertEquals(result.code, 0, result.stderr);
    assertStringIncludes(result.stdout, "a request in anthropic");
    assertStringIncludes(result.stdout, "top_k is dropped");
  });

  it("--json prints JSON and nothing else", async () => {
    const result = await runCli(["explain", ".env", "--json", "--body"], { ...GOOD, dotEnv: body });
    const { candidates } = onlyJson(result) as { candidates: { url: string; body: unknown }[] };
    assertEquals(candidates.map(({ url }) => url), ["http://127.0.0.1:1/v1/chat/completions"]);
    assert(candidates[0]!.body);
    holdsNoKey(result);
  });

  it("of an unknown model shows the refusal and near names, with code 1", async () => {
    const { code, stdout } = await runCli(["explain", "--model", "stub-stedy"], {
      config: "- {url: 'stub:ok', model: stub-steady}",
    });
    assertEquals(code, 1);
    assertStringIncludes(stdout, '404: Unknown model "stub-stedy"; near names: stub-steady');
  });

  const misuses: { args: string[]; says: string; code: number }[] = [
    { args: ["explain"], says: "--model NAME", code: 2 },
    { args: ["explain", "-m", "m", "--protocol", "opnai"], says: '"openai"', code: 2 },
    { args: ["explain", "-m", "m", "--header", "x"], says: "name: value", code: 2 },
    { args: ["explain", "nowhere.json"], says: "nowhere.json", code: 1 },
    { args: ["explain", ".env"], says: "JSON", code: 1 },
  ];
  for (const { args, says, code } of misuses) {
    it(`${args.slice(1).join(" ") || "without a word"} is told in one line`, async () => {
      const result = await runCli(args, { ...GOOD, dotEnv: "A=b\n" });
      assertEquals([result.code, result.stdout], [code, ""]);
      assertMatch(result.stderr, /^[^\n]+\n$/);
      assertStringIncludes(result.stderr, says);
    });
  }
});

async function answered(gateway: GatewayProcess): Promise<void> {
  const messages = [{ role: "user", content: "hello" }];
  const response = await gateway.post("/v1/chat/completions", { model: "m", messages });
  assertEquals((await response.json()).choices.length, 1);
}

describe("status", () => {
  it("shows a running gateway, which it finds by the configuration", async () => {
    await using gateway = await startGateway({
      config: { routes: [{ url: "stub:ok", model: "m" }] },
    });
    await answered(gateway);
    const { port } = new URL(gateway.address);
    const shown = await runCli(["status"], { env: { PORT: port } });
    assertEquals([shown.code, shown.stderr], [0, ""]);
    assertMatch(shown.stdout, /1 +m +stub:ok +200 +100 +1 /);
    const byFlags = await runCli(["status", "--host", "127.0.0.1", "--port", port]);
    assertEquals([byFlags.code, byFlags.stdout], [0, shown.stdout]);
    const json = onlyJson(await runCli(["status", "--url", gateway.address, "--json"]));
    assertEquals(json.status, "ok");
  });

  const misuses: { args: string[]; says: string }[] = [
    { args: ["--url", "ftp://127.0.0.1"], says: "Flag --url" },
    { args: ["--url", "8787"], says: "Flag --url" },
    { args: ["--port", "99999"], says: "99999" },
  ];
  for (const { args, says } of misuses) {
    it(`${args.join(" ")} is refused in one line, with code 2`, async () => {
      const { code, stdout, stderr } = await runCli(["status", ...args]);
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, /^[^\n]+\n$/);
      assertStringIncludes(stderr, says);
    });
  }

  it("says in one line, with code 1, that no gateway runs", async () => {
    const { code, stdout, stderr } = await runCli(["status", "--url", deadUpstream()]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^No gateway answers at [^\n]+refused\n$/);
  });

  it("shows a client key to the gateway, and never to anybody who reads", async () => {
    const env = { GATEWAY_API_KEYS: SECRET };
    await using gateway = await startGateway({
      config: { routes: [{ url: "stub:ok", model: "m" }] },
      env,
    });
    const refused = await runCli(["status", "--url", gateway.address]);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "GATEWAY_API_KEYS");
    const shown = await runCli(["status", "--url", gateway.address], { env });
    assertEquals(shown.code, 0, shown.stderr);
    holdsNoKey(shown);
  });

  it("follows no redirect with its key", async () => {
    await using elsewhere = listen(() => new Response("never asked"));
    await using gone = listen(() =>
      new Response(null, { status: 302, headers: { location: elsewhere.url } })
    );
    const result = await runCli(["status", "--url", gone.url], {
      env: { GATEWAY_API_KEYS: SECRET },
    });
    assertEquals([result.code, elsewhere.requests.length], [1, 0]);
    assertStringIncludes(result.stderr, "status 302");
    holdsNoKey(result);
  });

  it("--watch tells what changed, and ends with code 0 when it is interrupted", async () => {
    await using gateway = await startGateway({
      config: { routes: [{ url: "stub:ok", model: "m" }] },
    });
    await using watching = new Watching(["status", "--watch", "--url", gateway.address]);
    await eventually("the first table", () => /1 +m +stub:ok +- /.test(watching.stdout));
    await answered(gateway);
    await eventually("a table with the request", () => /stub:ok +200/.test(watching.stdout));
    await gateway.stop();
    await eventually("the end of the gateway", () => /No gateway answers/.test(watching.stderr));
    assertEquals(await watching.interrupted(), 0);
    assertEquals(watching.stdout.match(/MODEL/g)!.length, 2);
  });
});

describe("status --watch", () => {
  it("asks again and again, and says nothing while nothing changes", async () => {
    await using gateway = listen(() =>
      Response.json({ status: "ok", modelHealthWindowHours: 12, modelHealth: [] })
    );
    await using watching = new Watching(["status", "--watch", "--url", gateway.url]);
    await eventually("the third question", () => gateway.requests.length >= 3);
    assertEquals(await watching.interrupted(), 0);
    assertEquals(watching.stdout.match(/MODEL/g)!.length, 1);
  });
});

/** A command line that goes on until it is interrupted. */
class Watching implements AsyncDisposable {
  stdout = "";
  stderr = "";
  readonly #child;
  readonly #ended = Promise.withResolvers<number>();
  #isOver = false;

  constructor(args: readonly string[]) {
    const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
    this.#child = spawn(Deno.execPath(), ["run", ...PERMISSIONS, main, ...args], {
      env: { ...Deno.env.toObject(), NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout!.on("data", (data) => this.stdout += data);
    this.#child.stderr!.on("data", (data) => this.stderr += data);
    this.#child.on("close", (code) => {
      this.#isOver = true;
      this.#ended.resolve(code ?? -1);
    });
  }

  async interrupted(): Promise<number> {
    if (!this.#isOver) Deno.kill(this.#child.pid!, "SIGINT");
    return await this.#ended.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupted();
  }
}

describe("schema", () => {
  it("prints the JSON Schema and nothing else", async () => {
    const result = await runCli(["schema"]);
    assertEquals([result.code, onlyJson(result)], [0, documentSchema()]);
  });
});

describe("completions", () => {
  it("prints a script, and refuses shells that it does not know", async () => {
    const { code, stdout, stderr } = await runCli(["completions", "bash"]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "complete -o filenames -F");
    const other = await runCli(["completions", "zhs"]);
    assertEquals([other.code, other.stdout], [2, ""]);
    assertStringIncludes(other.stderr, '"zsh"');
    assertEquals((await runCli(["completions"])).code, 2);
  });
});

describe("help", () => {
  it("of the program shows one example for each verb", async () => {
    const { stdout } = await runCli(["help"]);
    const [, examples] = stdout.split("Examples:\n");
    assertEquals(examples!.trimEnd().split("\n").length, VERBS.length);
  });

  it("of start names the variables of the environment", async () => {
    const { stdout } = await runCli(["help", "start"]);
    for (const name of ["GATEWAY_API_KEYS", "UPSTREAM_API_KEY", "LOG_FORMAT"]) {
      assertStringIncludes(stdout, name);
    }
  });
});
