import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ALL_ALLOWED, ClientHome } from "./client_home.ts";
import { eventually } from "./eventually.ts";
import type { ClientReport } from "./fake_client.ts";
import { startGateway } from "./gateway_process.ts";
import { answeringUpstream } from "./scripted_upstream.ts";

/** Each client's settings, as somebody has them. */
const SETTINGS = {
  claude: [
    ".claude/settings.json",
    '{\n  // mine\n  "env": { "FOO": "1" },\n  "model": "opus",\n}\n',
  ],
  codex: [".codex/config.toml", 'model = "gpt-6-sol" # mine\n\n[tools]\nweb_search = true\n'],
  openclaw: [
    ".openclaw/openclaw.json",
    "{\n  agents: { defaults: { model: 'a/b' } }, // mine\n}\n",
  ],
  opencode: [".config/opencode/opencode.jsonc", '{ "theme": "x", /* mine */ }'],
} as const;

type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];

const CLIENT_KEY = "client-key-0123456789";
const STUB = { name: "stub", url: "stub:ok", model: "m" };

describe("setup", () => {
  for (const name of NAMES) {
    const [file, text] = SETTINGS[name];

    it(`${name} puts the gateway into its settings and keeps the rest, a copy and the mode`, async () => {
      await using home = new ClientHome();
      home.write(file, text);
      Deno.chmodSync(home.at(file), 0o640);
      const { code, stdout, stderr } = await home.run([
        "setup",
        name,
        "--url",
        "127.0.0.1:9999/v1/",
      ]);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(home.read(file), "http://127.0.0.1:9999/");
      assertStringIncludes(home.read(file), "mine");
      assertStringIncludes(stdout, home.at(file));
      assertEquals(home.read(`${file}.before-autoproxy`), text);
      for (const one of [file, `${file}.before-autoproxy`]) {
        assertEquals(Deno.statSync(home.at(one)).mode! & 0o777, 0o640);
      }
      assertEquals(home.list(file.replace(/[^/]*$/, "")).length, 2);
    });

    it(`${name} --undo leaves its settings to the byte as they were, also after a second setup`, async () => {
      await using home = new ClientHome();
      home.write(file, text);
      for (const url of ["http://127.0.0.1:9999", "http://127.0.0.1:9998"]) {
        assertEquals((await home.run(["setup", name, "--url", url])).code, 0);
      }
      const { code, stdout } = await home.run(["setup", name, "--undo"]);
      assertEquals([code, home.read(file)], [0, text], stdout);
      assertEquals(home.list(file.replace(/[^/]*$/, "")).length, 1);
      const again = await home.run(["setup", name, "--undo"]);
      assertStringIncludes(again.stdout, "nothing that setup put there");
      assertEquals(home.read(file), text);
    });

    it(`${name} makes a file for its owner alone where there is none, and --undo removes it`, async () => {
      await using home = new ClientHome();
      const made = file.replace("jsonc", "json");
      assertEquals((await home.run(["setup", name])).code, 0);
      assertEquals(Deno.statSync(home.at(made)).mode! & 0o777, 0o600);
      assertStringIncludes(home.read(made), "http://127.0.0.1:8787/");
      assertEquals((await home.run(["setup", name, "--undo"])).code, 0);
      assertEquals(home.list(made.replace(/[^/]*$/, "")), []);
    });

    it(`${name} --print shows what there would be, and writes nothing`, async () => {
      await using home = new ClientHome();
      const { code, stdout, stderr } = await home.run(["setup", name, "--print"]);
      assertEquals(code, 0);
      assertStringIncludes(stdout, "http://127.0.0.1:8787/");
      assertStringIncludes(stderr, home.at(file.replace("jsonc", "json")));
      assertEquals(home.list("."), []);
    });
  }

  it("takes address, key and models from the configuration, and shows no key", async () => {
    await using home = new ClientHome();
    const config = {
      port: 9123,
      clients: [{ name: "a", key: "other-key-0123456789" }, { name: "b", keyEnv: "B_KEY" }],
      routes: [STUB],
    };
    const env = { B_KEY: CLIENT_KEY };
    const args = ["setup", "opencode", "--config", "{config}", "--client", "b", "--model", "m"];
    const { code, stdout, stderr } = await home.run(args, { config, env });
    assertEquals(code, 0, stdout + stderr);
    const { provider: { autoproxy }, model } = JSON.parse(
      home.read(".config/opencode/opencode.json"),
    );
    assertEquals(autoproxy.options, { baseURL: "http://127.0.0.1:9123/v1", apiKey: CLIENT_KEY });
    assertEquals([Object.keys(autoproxy.models), model], [["m", "auto"], "autoproxy/m"]);
    const printed = await home.run([...args, "--print"], { config, env });
    assertStringIncludes(printed.stdout, "YOUR-CLIENT-KEY");
  });

  it("follows a link to the file that it stands for", async () => {
    await using home = new ClientHome();
    home.write("dotfiles/claude.json", "{}\n");
    Deno.mkdirSync(home.at(".claude"));
    Deno.symlinkSync(home.at("dotfiles/claude.json"), home.at(".claude/settings.json"));
    assertEquals((await home.run(["setup", "claude"])).code, 0);
    assert(Deno.lstatSync(home.at(".claude/settings.json")).isSymlink);
    assertStringIncludes(home.read("dotfiles/claude.json"), "ANTHROPIC_BASE_URL");
    assertEquals((await home.run(["setup", "claude", "--undo"])).code, 0);
    assertEquals(home.read("dotfiles/claude.json"), "{}\n");
    assertEquals(home.list("dotfiles"), ["claude.json"]);
  });

  for (
    const [args, code, part] of [
      [["setup", "claud"], 2, 'Unknown client claud, did you mean "claude"?'],
      [["setup"], 2, "setup needs CLIENT"],
      [["setup", "claude", "--url", "ftp://x"], 1, "Flag --url"],
      [["setup", "claude", "--key-env", "NO_SUCH_KEY"], 1, "NO_SUCH_KEY"],
      [["setup", "claude", "--config", "nowhere.yml"], 1, "nowhere.yml"],
      [["setup", "claude", "--config", "{config}", "--model", "nn"], 1, "Unknown model nn"],
      [["setup", "claude", "--config", "{config}", "--client", "x"], 1, "Unknown client x"],
    ] as const
  ) {
    it(`is refused in one line as ${args.join(" ")}`, async () => {
      await using home = new ClientHome();
      const result = await home.run(args, { config: { routes: [STUB] } });
      assertEquals([result.code, result.stdout], [code, ""]);
      assertMatch(result.stderr, /^[^\n]+\n$/);
      assertStringIncludes(result.stderr, part);
      assertEquals(home.list("."), []);
    });
  }

  it("asks for the port where the configuration takes any", async () => {
    await using home = new ClientHome();
    const config = { port: 0, routes: [STUB] };
    const { code, stderr } = await home.run(["setup", "claude", "--config", "{config}"], {
      config,
    });
    assertEquals(code, 1);
    assertMatch(stderr, /^[^\n]*--url[^\n]*\n$/);
  });

  it("opencode --undo finds the file that it went into, also beside a newer one", async () => {
    await using home = new ClientHome();
    assertEquals((await home.run(["setup", "opencode"])).code, 0);
    home.write(".config/opencode/opencode.jsonc", "{}");
    assertEquals((await home.run(["setup", "opencode", "--undo"])).code, 0);
    assertEquals(home.list(".config/opencode"), ["opencode.jsonc"]);
  });

  it("leaves settings alone that it cannot read, and says where they break", async () => {
    await using home = new ClientHome();
    const broken = '{\n  "env": {,}\n}\n';
    home.write(".claude/settings.json", broken);
    const { code, stderr } = await home.run(["setup", "claude"]);
    assertEquals([code, home.read(".claude/settings.json")], [1, broken]);
    assertMatch(stderr, /^Cannot edit .*settings\.json: line 2, column 11: expected a key\n$/);
    assertEquals(home.list(".claude"), ["settings.json"]);
  });
});

describe("run", () => {
  /** Runs a fake client through `run`, and gives its report with the result. */
  async function runFake(
    home: ClientHome,
    name: Name,
    { flags = [], args = [], env = {}, config }: {
      flags?: string[];
      args?: string[];
      env?: Record<string, string>;
      config?: Record<string, unknown>;
    },
  ) {
    const PATH = home.withFakeClient(name);
    const REPORT = home.at("report.json");
    const line = ["run", name, ...flags, "--", ...args];
    const result = await home.run(line, {
      env: { PATH, REPORT, ...env },
      ...(config ? { config } : {}),
    });
    const report = JSON.parse(home.read("report.json")) as ClientReport;
    return { result, report };
  }

  it("starts a gateway of its own where none listens, and ends with the client's code", async () => {
    await using home = new ClientHome();
    const { result, report } = await runFake(home, "claude", {
      flags: ["--stub", "--log", home.at("gateway.log")],
      args: ["-p", "--help", "two words"],
      env: { END: "7", ANTHROPIC_API_KEY: "key-of-the-user-0001" },
    });
    assertEquals(result, {
      code: 7,
      stdout: "the client's own words\n",
      stderr: "the client's own complaints\n",
    });
    assertEquals(report.answer!.status, 200);
    assertStringIncludes(report.answer!.text, "hello");
    assertEquals(report.args.slice(2), ["-p", "--help", "two words"]);
    assertEquals(report.env["ANTHROPIC_API_KEY"], undefined);
    assertMatch(home.read("gateway.log"), /^\[gateway\] .*event=routed/m);
    assertEquals(home.list(".claude"), []);
  });

  it("goes through the gateway that listens where the configuration says", async () => {
    await using upstream = answeringUpstream({ protocol: "openai_chat" });
    const routes = [{ url: upstream.url, model: "m", apiKey: "key-of-the-route-0001" }];
    const clients = [{ name: "me", key: CLIENT_KEY }];
    await using gateway = await startGateway({ config: { clients, routes } });
    const port = Number(new URL(gateway.address).port);
    await using home = new ClientHome();
    const { result, report } = await runFake(home, "claude", {
      flags: ["--config", "{config}"],
      config: { port, clients, routes },
    });
    assertEquals([result.code, report.answer!.status], [0, 200]);
    assertEquals(report.env["ANTHROPIC_BASE_URL"], `${gateway.address}/anthropic`);
    assertEquals(gateway.logLines("event=routed").length, 1);
    const path = report.args[report.args.indexOf("--settings") + 1]!;
    assertEquals(JSON.parse(report.files[path]!).env.ANTHROPIC_AUTH_TOKEN, CLIENT_KEY);
    assertEquals(exists(path), false);
  });

  it("starts one of its own where something else listens", async () => {
    await using other = answeringUpstream({ protocol: "openai_chat" });
    await using home = new ClientHome();
    const { report } = await runFake(home, "claude", {
      flags: ["--config", "{config}"],
      config: { port: Number(new URL(other.url).port), routes: [STUB] },
    });
    assertEquals(report.answer!.status, 200);
    assert(new URL(report.env["ANTHROPIC_BASE_URL"]!).origin !== new URL(other.url).origin);
  });

  it("leaves the settings of each client as they are", async () => {
    for (const name of NAMES) {
      await using home = new ClientHome();
      const [file, text] = SETTINGS[name];
      home.write(file, text);
      const { result, report } = await runFake(home, name, { flags: ["--stub"] });
      assertEquals([result.code, home.read(file)], [0, text]);
      assertEquals(home.list(file.replace(/[^/]*$/, "")).length, 1);
      const told = JSON.stringify([report.args, report.env, report.files]);
      assertMatch(told, /http:\/\/127\.0\.0\.1:\d+/);
      for (const path of Object.keys(report.files)) assertEquals(exists(path), false);
    }
  });

  it("names the settings that it cannot add to", async () => {
    await using home = new ClientHome();
    home.write(".openclaw/openclaw.json", "{ a: }");
    const { code, stderr } = await home.run(["run", "openclaw", "--stub"]);
    assertEquals(code, 1);
    assertMatch(stderr, /^[^\n]*OpenClaw \(.*openclaw\.json\): line 1, column 6: [^\n]*\n$/);
  });

  it("hands standard input on", async () => {
    await using home = new ClientHome();
    const PATH = home.withFakeClient("codex");
    const child = new Deno.Command(Deno.execPath(), {
      args: [...ALL_ALLOWED, "run", "codex", "--stub"],
      env: { HOME: home.path, PATH, REPORT: home.at("report.json") },
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("what the user types"));
    await writer.close();
    assertEquals((await child.status).code, 0);
    assertEquals(JSON.parse(home.read("report.json")).stdin, "what the user types");
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`passes ${signal} on, and ends as the client does`, async () => {
      await using home = new ClientHome();
      const child = new Deno.Command(Deno.execPath(), {
        args: [...ALL_ALLOWED, "run", "claude", "--stub"],
        env: {
          HOME: home.path,
          PATH: home.withFakeClient("claude"),
          REPORT: home.at("report.json"),
          END: "wait",
        },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await eventually("the client to be ready", () => exists(home.at("report.json")));
      child.kill(signal);
      assertEquals((await child.status).code, 9);
      assertEquals(JSON.parse(home.read("report.json")).signal, signal);
    });
  }

  for (
    const [args, code, part] of [
      [["run", "claude", "--stub"], 1, "npm install -g @anthropic-ai/claude-code"],
      [["run", "codex", "--stub"], 1, "npm install -g @openai/codex"],
      [["run", "opencoed"], 2, 'did you mean "opencode"?'],
      [["run", "claude"], 1, "No routes.yml here"],
      [["run", "claude", "--stub", "--log", "/nowhere/at/all"], 1, "/nowhere/at/all"],
    ] as const
  ) {
    it(`is refused in one line as ${args.join(" ")}`, async () => {
      await using home = new ClientHome();
      const result = await home.run(args, { env: { PATH: "/nowhere" } });
      assertEquals([result.code, result.stdout], [code, ""]);
      assertMatch(result.stderr, /^[^\n]+\n$/);
      assertStringIncludes(result.stderr, part);
    });
  }
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
