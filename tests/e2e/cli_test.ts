import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import denoJson from "../../deno.json" with { type: "json" };
import { eventually } from "./eventually.ts";
import { type CliResult, type GatewayProcess, runCli, startGateway } from "./gateway_process.ts";
import { answeringUpstream, listen, upstreamThatStallsAfter } from "./scripted_upstream.ts";

const STUB_ROUTE = { name: "stub", url: "stub:ok", model: "m" };
const HELLO = { model: "m", messages: [{ role: "user", content: "hello" }] };

/** The only line on standard error of a command that failed with `code`. */
function onlyLine({ code, stdout, stderr }: CliResult, expectedCode: number): string {
  assertEquals([code, stdout], [expectedCode, ""], stderr);
  assertMatch(stderr, /^[^\n]+\n$/);
  return stderr.trimEnd();
}

describe("The command line", () => {
  for (const flag of ["--version", "-v"]) {
    it(`${flag} tells the version`, async () => {
      const { code, stdout, stderr } = await runCli([flag]);
      assertEquals([code, stdout, stderr], [0, `${denoJson.version}\n`, ""]);
    });
  }

  for (const args of [["help"], ["--help"], ["-h"], ["gateway", "help"]]) {
    it(`${args.join(" ")} names every verb and flag`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assertEquals([code, stderr], [0, ""]);
      for (const word of ["start", "dev", "help", "--port", "--config", "--stub", "--host"]) {
        assertStringIncludes(stdout, word);
      }
    });
  }

  for (const args of [["help", "start"], ["start", "--help"], ["gateway", "start", "-h"]]) {
    it(`${args.join(" ")} tells of start alone`, async () => {
      const { code, stdout } = await runCli(args);
      assertEquals(code, 0);
      assertStringIncludes(stdout, "--port");
      assert(!stdout.includes("Verbs:"));
    });
  }

  for (
    const [args, parts] of [
      [["strat"], ["strat", '"start"']],
      [["help", "strat"], ["strat", '"start"']],
      [["start", "--prot", "1"], ["--prot", '"--port"']],
      [["--sub"], ["--sub", '"--stub"']],
      [["gateway", "strt"], ["strt", '"start"']],
      [["start", "--port"], ["--port", "needs a value"]],
      [["start", "extra"], ["extra"]],
      [["completely-else"], ["completely-else", "start"]],
    ] as const
  ) {
    it(`${args.join(" ")} is refused in one line, with exit code 2`, async () => {
      const line = onlyLine(await runCli(args), 2);
      for (const part of parts) assertStringIncludes(line, part);
    });
  }
});

describe("A start that cannot be", () => {
  it("names the port that is in use and --port", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const line = onlyLine(await runCli(["start", "--stub", "--port", String(port)]), 1);
    assertStringIncludes(line, String(port));
    assertStringIncludes(line, "--port");
  });

  it("says in one line that there is no routes.yml, and what to do", async () => {
    const line = onlyLine(await runCli(["start", "--port", "0"]), 1);
    for (const part of ["routes.yml", "--config", "--stub"]) assertStringIncludes(line, part);
  });

  it("names the file that --config asked for and that is not there", async () => {
    const line = onlyLine(await runCli(["start", "--config", "nowhere.yml"]), 1);
    assertStringIncludes(line, "nowhere.yml");
  });

  it("tells every problem of the file with its place, and no secret", async () => {
    const config = [
      "prot: 8080",
      "routes:",
      "  - url: http://127.0.0.1:1/v1",
      "    apiKey: sk-very-secret-0001",
      "    modle: m",
      "  - url: ftp://user:pass-very-secret@example.com",
      "    model: [m, 5]",
      "    headers: {x-token: sk-very-secret-0002, other: [1]}",
      "",
    ].join("\n");
    const { code, stdout, stderr } = await runCli(["start", "--config", "{config}"], { config });
    assertEquals([code, stdout], [1, ""]);
    assert(!stderr.includes("very-secret"), stderr);
    for (const line of stderr.trimEnd().split("\n")) {
      assertMatch(line, /routes\.yml:\d+:\d+: \S/);
    }
    assertMatch(stderr, /routes\.yml:1:1: .*prot.*"port"/);
    assertMatch(stderr, /routes\.yml:5:5: .*modle.*"model"/);
    assertMatch(stderr, /routes\.yml:7:\d+: .*model/);
  });

  it("tells where the file is no YAML", async () => {
    const config = "routes:\n  - url: [\n";
    const result = await runCli(["start", "--config", "{config}"], { config });
    assertMatch(onlyLine(result, 1), /routes\.yml:\d+:\d+: /);
  });

  it("refuses an open address without client keys, and says how to set them", async () => {
    const line = onlyLine(await runCli(["start", "--stub", "--host", "0.0.0.0"]), 1);
    for (const part of ["0.0.0.0", "GATEWAY_API_KEYS", "clients"]) assertStringIncludes(line, part);
  });

  it("names the port that is no port", async () => {
    const line = onlyLine(await runCli(["start", "--stub", "--port", "99999"]), 2);
    assertStringIncludes(line, "99999");
  });

  it("names the variable when it takes the last route away", async () => {
    const config = {
      routes: [{ name: "far", url: "http://127.0.0.1:1", model: "m", apiKeyEnv: "NO_KEY" }],
    };
    const { code, stderr } = await runCli(["start", "--config", "{config}"], { config });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "NO_KEY");
  });
});

describe("start", () => {
  it("--stub works without any file", async () => {
    await using gateway = await startGateway({ flags: ["--stub", "--port", "0"] });
    const response = await gateway.post("/v1/chat/completions", { ...HELLO, model: "auto" });
    assertStringIncludes((await response.json()).choices[0].message.content, "hello");
    assertEquals(await gateway.stop(), 0);
    assertMatch(gateway.stderr, /event=routed/);
  });

  it("is also gateway start, and what is meant without a verb", async () => {
    for (const verb of [["gateway", "start"], []]) {
      await using gateway = await startGateway({ verb, config: { routes: [STUB_ROUTE] } });
      assertEquals((await health(gateway)).enabledRouteCount, 1);
    }
  });

  it("reads ./routes.yml without being told", async () => {
    await using gateway = await startGateway({
      verb: ["start", "--config", "routes.yml"],
      flags: ["--port", "0"],
      config: { routes: [STUB_ROUTE] },
    });
    assertEquals((await health(gateway)).enabledRouteCount, 1);
  });

  it("shows its address, its models and its file, and which routes send on the client's key", async () => {
    await using gateway = await startGateway({
      config: { routes: [STUB_ROUTE, { name: "keyless", url: "http://127.0.0.1:1", model: "n" }] },
    });
    for (const part of [gateway.address, "auto, m, n", "routes.yml", "keyless has no key"]) {
      assertStringIncludes(gateway.stdout, part);
    }
  });

  it("lets a flag win over the environment, the environment over .env, .env over the file", async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const config = { port: taken.addr.port, routes: [STUB_ROUTE] };
    const usual = String(taken.addr.port);
    for (
      const setting of [
        { flags: ["--port", "0"], env: { PORT: usual } },
        { flags: [], env: { PORT: "0" }, dotEnv: `PORT=${usual}\n` },
        { flags: [], dotEnv: "PORT=0\n" },
      ]
    ) {
      await using gateway = await startGateway({ config, ...setting });
      assertEquals((await health(gateway)).status, "ok");
    }
  });

  it("takes a key from .env, and from the environment before it", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    const routes = [{ url: upstream.url, model: "m", apiKeyEnv: "SOME_KEY" }];
    const dotEnv = 'SOME_KEY="key-of-the-file"\n';
    for (
      const [env, key] of [[{}, "key-of-the-file"], [{ SOME_KEY: "key-set" }, "key-set"]] as const
    ) {
      await using gateway = await startGateway({ config: { routes }, dotEnv, env });
      await (await gateway.post("/v1/chat/completions", HELLO)).text();
      assertEquals(upstream.last.headers.get("authorization"), `Bearer ${key}`);
    }
  });

  it("warns of a route whose variable is not set, and goes on with the others", async () => {
    const off = { name: "far", url: "http://127.0.0.1:1", model: "n", apiKey: "${NO_SUCH_KEY}" };
    await using gateway = await startGateway({ config: { routes: [STUB_ROUTE, off] } });
    assertMatch(gateway.stderr, /^warning: .*far.*NO_SUCH_KEY/);
    assertEquals((await health(gateway)).enabledRouteCount, 1);
  });

  it("warns of UPSTREAM_BASE_URL, and sends nothing there", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    await using gateway = await startGateway({
      config: { routes: [STUB_ROUTE] },
      env: { UPSTREAM_BASE_URL: upstream.url },
    });
    assertMatch(gateway.stderr, /^warning: UPSTREAM_BASE_URL .*"\*"/);
    const response = await gateway.post("/v1/chat/completions", { ...HELLO, model: "typo" });
    await response.text();
    assertEquals([response.status, upstream.requests.length], [404, 0]);
  });
});

describe("A signal", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} ends the gateway with exit code 0, however soon it comes`, async () => {
      await using gateway = await startGateway({
        config: { routes: [{ name: "far", url: "http://127.0.0.1:1", model: "m" }] },
      });
      gateway.signal(signal);
      assertEquals(await gateway.exitCode(), 0);
    });
  }

  it("lets a running request finish, and takes no new one", async () => {
    const gate = Promise.withResolvers<void>();
    await using upstream = listen(async () => {
      await gate.promise;
      return Response.json({ choices: [{ message: { content: "at last" } }] });
    });
    const routes = [{ url: upstream.url, model: "m" }];
    await using gateway = await startGateway({ config: { routes } });
    const running = gateway.post("/v1/chat/completions", HELLO);
    await eventually("the request to be under way", () => upstream.postCount === 1);
    gateway.signal("SIGTERM");
    await eventually("new requests to be refused", () => isClosed(gateway));
    gate.resolve();
    const response = await running;
    await response.text();
    assertEquals(response.status, 200);
    assertEquals(await gateway.exitCode(), 0);
  });

  it("ends the gateway at once when it is the second", async () => {
    await using upstream = upstreamThatStallsAfter(3, { protocol: "openai_chat" });
    const routes = [{ url: upstream.url, model: "m" }];
    await using gateway = await startGateway({ config: { routes } });
    const response = await gateway.post("/v1/chat/completions", { ...HELLO, stream: true });
    const reader = response.body!.getReader();
    await reader.read();
    gateway.signal("SIGTERM");
    await eventually("new requests to be refused", () => isClosed(gateway));
    gateway.signal("SIGTERM");
    assert(await gateway.exitCode() > 0);
    await reader.cancel().catch(() => {});
  });
});

describe("dev", () => {
  const config = (model: string) => JSON.stringify({ routes: [{ ...STUB_ROUTE, model }] });

  it("takes a change of its file over without starting anew", async () => {
    await using gateway = await startGateway({ verb: ["dev"], config: config("before") });
    await gateway.writeConfig(config("after"));
    await eventually("the new model", async () => {
      const models = await modelsAt(gateway.address);
      return models?.includes("after");
    });
    assertEquals(gateway.stdout.split("listens on").length, 2);
  });

  it("names a file that is not there in one line", async () => {
    const line = onlyLine(await runCli(["dev", "--config", "nowhere/routes.yml"]), 1);
    assertStringIncludes(line, "nowhere/routes.yml");
  });

  it("waits for a broken file to be mended, and starts then", async () => {
    const folder = await Deno.makeTempDir();
    await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
    const path = `${folder}/routes.yml`;
    await Deno.writeTextFile(path, "routes: [");
    const starting = startGateway({ verb: ["dev", "--config", path] });
    // The banner comes only after it was mended; the file is written anew until it was seen.
    const writing = setInterval(() => Deno.writeTextFileSync(path, config("after")), 500);
    await using gateway = await starting.finally(() => clearInterval(writing));
    assertMatch(gateway.stderr, /routes\.yml:1:\d+: /);
    assertEquals(await modelsAt(gateway.address), ["auto", "after"]);
  });
});

async function health(gateway: GatewayProcess) {
  return await (await gateway.fetch("/health?format=json")).json();
}

/** The model names that a gateway serves; `undefined` while nobody listens there. */
async function modelsAt(address: string): Promise<string[] | undefined> {
  try {
    const { data } = await (await fetch(`${address}/v1/models`)).json();
    return data.map(({ id }: { id: string }) => id);
  } catch {
    return undefined;
  }
}

/** Whether a gateway takes no request any more. */
async function isClosed(gateway: GatewayProcess): Promise<boolean> {
  try {
    const response = await gateway.fetch("/health");
    await response.text();
    return response.status === 503;
  } catch {
    return true;
  }
}
