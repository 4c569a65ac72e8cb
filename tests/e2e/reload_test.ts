/** A configuration that changes under a running gateway. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "./eventually.ts";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import { answeringUpstream, failingUpstream, listen } from "./scripted_upstream.ts";

const HELLO = [{ role: "user", content: "hello" }];

/** Routes of stub models. */
function stubs(...models: string[]): string {
  return JSON.stringify({
    routes: models.map((model) => ({ name: `route-${model}`, url: "stub:ok", model })),
  });
}

async function models(gateway: GatewayProcess): Promise<string[]> {
  const { data } = await (await gateway.fetch("/v1/models")).json();
  return data.map(({ id }: { id: string }) => id);
}

/** Waits until a model is served; gives how long it took, in milliseconds. */
async function live(gateway: GatewayProcess, model: string): Promise<number> {
  const beganMs = performance.now();
  await eventually(`${model} to be live`, async () => (await models(gateway)).includes(model));
  return performance.now() - beganMs;
}

async function health(gateway: GatewayProcess) {
  return await (await gateway.fetch("/health?format=json")).json();
}

/** Problems in `/health`, once there are any. */
async function problems(gateway: GatewayProcess): Promise<string[]> {
  return await eventually("a problem in /health", async () => {
    const { config } = await health(gateway);
    return config.problems.length > 0 && config.problems;
  });
}

/** Every way in which a chat client asks, and what its answer must hold to be whole. */
const ASKING = [
  { path: "/v1/chat/completions", body: { messages: HELLO }, end: "[DONE]", whole: '"choices"' },
  {
    path: "/v1/responses",
    body: { input: HELLO },
    end: "response.completed",
    whole: '"completed"',
  },
  {
    path: "/anthropic/v1/messages",
    body: { messages: HELLO, max_tokens: 100 },
    end: "message_stop",
    whole: '"end_turn"',
  },
].flatMap(({ path, body, end, whole }) => [
  { path, body: { ...body, stream: true }, end },
  { path, body, end: whole },
]);

/** Clients that ask without a pause until they are told to stop. */
class Load {
  readonly failures: string[] = [];
  requestCount = 0;
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(gateway: GatewayProcess) {
    this.#clients = ASKING.map((asking) => this.#ask(gateway, asking));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #ask(gateway: GatewayProcess, { path, body, end }: typeof ASKING[number]): Promise<void> {
    const names = ["auto", "steady", "native"];
    for (let turn = 0; !this.#isOver; turn++) {
      this.requestCount++;
      const model = names[turn % names.length]!;
      try {
        const response = await gateway.post(path, { ...body, model });
        const text = await response.text();
        if (response.status === 200 && text.includes(end)) continue;
        this.failures.push(`${path} ${model}: ${response.status} ${text.slice(-300)}`);
      } catch (error) {
        this.failures.push(`${path} ${model}: ${error}`);
      }
    }
  }
}

/** Every way in which a file comes to say something else. */
const WAYS: Record<string, (path: string, text: string, gateway: GatewayProcess) => Promise<void>> =
  {
    "an atomic rename": async (path, text) => {
      await Deno.writeTextFile(`${path}.new`, text);
      await Deno.rename(`${path}.new`, path);
    },
    "a write in place": (path, text) => Deno.writeTextFile(path, text),
    "a write and SIGHUP": async (path, text, gateway) => {
      await Deno.writeTextFile(path, text);
      gateway.signal("SIGHUP");
    },
    "a half, then the whole": async (path, text) => {
      const half = text.length / 2;
      await Deno.writeTextFile(path, text.slice(0, half));
      await Deno.writeTextFile(path, text.slice(half), { append: true });
    },
    "a removal, then a new file": async (path, text) => {
      await Deno.remove(path);
      await Deno.writeTextFile(path, text);
    },
  };

describe("100 reloads under load", () => {
  it("fail no request, and each is live within 2 s", async () => {
    await using chat = answeringUpstream({ protocol: "openai_chat" });
    await using messages = answeringUpstream({ protocol: "anthropic_messages" });
    const steady = [
      { name: "steady", url: chat.url, model: "steady", apiKey: "sk-steady-0123456789" },
      { name: "native", url: messages.url, model: "native", protocol: "anthropic", apiKey: "key" },
    ];
    const text = (model: string) =>
      JSON.stringify({ routes: [{ name: "live", url: "stub:ok", model }, ...steady] });
    await using gateway = await startGateway({ config: text("live-0") });
    const path = `${gateway.folder}/routes.yml`;
    const load = new Load(gateway);
    const slowest = new Map<string, number>();
    const ways = Object.entries(WAYS);
    for (let turn = 1; turn <= 100; turn++) {
      const [name, write] = ways[turn % ways.length]!;
      await write(path, text(`live-${turn}`), gateway);
      const ms = await live(gateway, `live-${turn}`);
      slowest.set(name, Math.max(ms, slowest.get(name) ?? 0));
    }
    await load.end();
    const rounded = [...slowest].map(([name, ms]) => `${name} ${Math.round(ms)} ms`).join(", ");
    console.log(`${load.requestCount} requests; the slowest by ${rounded}`);
    assertEquals(load.failures, []);
    assert(load.requestCount > 100);
    assert([...slowest.values()].every((ms) => ms < 2_000), rounded);
    assertEquals((await health(gateway)).config.problems, []);
  });
});

describe("A reload", () => {
  it("follows a symbolic link whose target's folder is swapped, as ConfigMaps are", async () => {
    await using gateway = await startGateway({ config: stubs("one") });
    const { folder } = gateway;
    for (const model of ["two", "three"]) {
      await Deno.mkdir(`${folder}/..${model}`);
      await Deno.writeTextFile(`${folder}/..${model}/routes.yml`, stubs(model));
      await Deno.symlink(`..${model}`, `${folder}/..data_tmp`);
      await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
      if (model === "two") {
        await Deno.remove(`${folder}/routes.yml`);
        await Deno.symlink("..data/routes.yml", `${folder}/routes.yml`);
      }
      assert(await live(gateway, model) < 2_000);
    }
  });

  it("follows the file of the user's configuration folder when that is in use", async () => {
    const home = await Deno.makeTempDir();
    await using _ = { [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }) };
    const path = `${home}/openclaw-autoproxy/routes.yml`;
    await Deno.mkdir(`${home}/openclaw-autoproxy`);
    await Deno.writeTextFile(path, stubs("one"));
    await using gateway = await startGateway({ env: { XDG_CONFIG_HOME: home } });
    await Deno.writeTextFile(path, stubs("two"));
    await live(gateway, "two");
    assertEquals((await health(gateway)).config.source, path);
  });

  it("of a broken file keeps the last good one, and says so once, until it is mended", async () => {
    const BROKEN = `prot: 1\nroutes: [{url: "stub:ok", model: two}]\n`;
    const problem = /routes\.yml:1:1: prot: unknown key, did you mean "port"\?$/;
    await using gateway = await startGateway({ config: stubs("one") });
    await live(gateway, "one");
    await gateway.writeConfig(BROKEN);
    assertMatch((await problems(gateway))[0]!, problem);
    assertEquals(await models(gateway), ["auto", "one"]);
    const text = await (await gateway.fetch("/health")).text();
    const last = text.trimEnd().split("\n").at(-1)!;
    assertMatch(
      last,
      /^Configuration: .*routes\.yml, in use since 2.*Z; what it says now is not: /,
    );
    assertMatch(last, problem);
    // The same text once more is no news, and what follows it shows that it was looked at.
    await gateway.writeConfig(BROKEN);
    const path = `${gateway.folder}/routes.yml`;
    await Deno.remove(path);
    await gateway.logLine("event=config_reload_failed", "Cannot find");
    assertEquals(gateway.logLines("event=config_reload_failed", "prot").length, 1);
    await gateway.writeConfig(stubs("three"));
    await live(gateway, "three");
    assertEquals((await health(gateway)).config.problems, []);
    assertEquals(gateway.logLines("event=config_reloaded").length, 1);
    assertEquals(gateway.logLines("event=config_reload_failed").length, 2);
  });

  it("tells every problem of the file, and no secret", async () => {
    await using gateway = await startGateway({
      config: stubs("one"),
      env: { TELLING: "sk-from-a-variable-1" },
    });
    await gateway.writeConfig(
      "routes:\n  - url: ftp://u:hidden-pass-1@h\n    apiKey: sk-in-the-file-1\n    model: 5\n" +
        '    protocol: ${TELLING}\n    headers: {x-key: "sk-in-a-header\\n1"}\n',
    );
    const told = await problems(gateway);
    assertEquals(told.length, 3, told.join("\n"));
    // Lines that come together are written together, a moment later.
    await eventually("a log line a problem", () => {
      return gateway.logLines("event=config_reload_failed").length === 3;
    });
    for (const secret of ["hidden-pass", "sk-"]) {
      assert(!`${gateway.stderr}${told}`.includes(secret), gateway.stderr);
    }
  });

  it("lets a stream end whose route it took away", async () => {
    const gate = Promise.withResolvers<void>();
    const event = (delta: object, finish: string | null = null) =>
      `data: ${
        JSON.stringify({
          id: "c",
          object: "chat.completion.chunk",
          choices: [{ index: 0, delta, finish_reason: finish }],
        })
      }\n\n`;
    await using upstream = listen(() =>
      new Response(
        ReadableStream.from((async function* () {
          const encoder = new TextEncoder();
          yield encoder.encode(event({ role: "assistant", content: "begun" }));
          await gate.promise;
          yield encoder.encode(event({ content: " and done" }) + event({}, "stop"));
        })()),
        { headers: { "content-type": "text/event-stream" } },
      )
    );
    const routes = [{ name: "gone", url: upstream.url, model: "gone" }];
    await using gateway = await startGateway({ config: { routes } });
    const request = { model: "gone", messages: HELLO, stream: true };
    const response = await gateway.post("/v1/chat/completions", request);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value!;
    await gateway.writeConfig(stubs("here"));
    await live(gateway, "here");
    const refused = await gateway.post("/v1/chat/completions", request);
    assertEquals([refused.status, (await refused.json()).error.code], [404, "model_not_found"]);
    gate.resolve();
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    assertStringIncludes(text, "begun");
    assertStringIncludes(text, " and done");
    assertStringIncludes(text, "[DONE]");
  });

  it("keeps the secrets of requests that began before it", async () => {
    const gate = Promise.withResolvers<void>();
    await using upstream = listen(async () => {
      await gate.promise;
      const error = { message: "Not your key: sk-before-0123456789" };
      return Response.json({ error }, { status: 401 });
    });
    const text = (apiKey: string, ...more: object[]) =>
      JSON.stringify({ routes: [{ name: "r", url: upstream.url, model: "m", apiKey }, ...more] });
    await using gateway = await startGateway({ config: text("sk-before-0123456789") });
    const running = gateway.post("/v1/chat/completions", { model: "m", messages: HELLO });
    await eventually("the request to be under way", () => upstream.postCount === 1);
    await gateway.writeConfig(
      text("sk-after-0123456789", { url: "stub:ok", model: "here" }),
    );
    await live(gateway, "here");
    gate.resolve();
    const told = await (await running).text();
    await gateway.logLine("event=upstream_error");
    assert(!told.includes("sk-before"), told);
    assert(!gateway.stderr.includes("sk-before"), gateway.stderr);
  });

  it("keeps rests and health of what is still there", async () => {
    await using upstream = failingUpstream({ status: 429, headers: { "retry-after": "60" } });
    const tired = { name: "tired", url: upstream.url, model: "tired" };
    const text = (model: string) => JSON.stringify({ routes: [tired, { url: "stub:ok", model }] });
    await using gateway = await startGateway({ config: text("one") });
    const ask = async () => {
      const response = await gateway.post("/v1/chat/completions", {
        model: "tired",
        messages: HELLO,
      });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await ask(), 429);
    await gateway.writeConfig(text("two"));
    await live(gateway, "two");
    assertEquals([await ask(), upstream.postCount], [429, 1]);
    const { modelHealth } = await health(gateway);
    const { count } = modelHealth.find(({ model }: { model: string }) => model === "tired");
    assertEquals(count, 1);
  });

  it("reads .env anew", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    const routes = [{ name: "r", url: upstream.url, model: "m", apiKeyEnv: "SOME_KEY" }];
    await using gateway = await startGateway({ config: { routes }, dotEnv: "SOME_KEY=key-one\n" });
    await Deno.writeTextFile(`${gateway.folder}/.env`, "SOME_KEY=key-two\n");
    gateway.signal("SIGHUP");
    await gateway.logLine("event=config_reloaded", "routes=1", "models=1");
    await (await gateway.post("/v1/chat/completions", { model: "m", messages: HELLO })).text();
    assertEquals(upstream.last.headers.get("authorization"), "Bearer key-two");
  });

  it("says that another host and port need a restart, and takes the rest over", async () => {
    await using gateway = await startGateway({
      flags: [],
      config: stubs("one"),
      env: {},
      dotEnv: "PORT=0\n",
    });
    await Deno.writeTextFile(`${gateway.folder}/.env`, "PORT=1\nHOST=localhost\n");
    await gateway.writeConfig(stubs("two"));
    await live(gateway, "two");
    await gateway.logLine("event=config_needs_restart", "changed=host,port");
  });

  it("by SIGHUP is no end of a gateway that has no file", async () => {
    await using gateway = await startGateway({ flags: ["--stub", "--port", "0"] });
    gateway.signal("SIGHUP");
    await gateway.logLine("event=config_reloaded");
    assertEquals((await health(gateway)).status, "ok");
    assertEquals(await gateway.stop(), 0);
  });
});
