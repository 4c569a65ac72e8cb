import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Access, ANY_KEY } from "../../../lib/setup/client.ts";
import { CLIENTS } from "../../../lib/setup/clients.ts";
import { readJson5 } from "../../../lib/setup/json5.ts";
import { withSettings } from "../../../lib/setup/settings_text.ts";
import { changesBetween } from "../../../lib/setup/summary.ts";

const OPEN: Access = { url: "http://127.0.0.1:8787", key: ANY_KEY, model: "auto", others: ["m"] };
const KEY = "client-key-0123456789";
const CLOSED: Access = { ...OPEN, key: KEY };
const NOTHING = { settings: "", read: () => undefined, args: [] };

function named(name: string) {
  return CLIENTS.find((one) => one.name === name)!;
}

describe("A client", () => {
  for (const client of CLIENTS) {
    it(`${client.name} finds the gateway, its key and the model in its settings`, () => {
      const text = withSettings("", client.settings(CLOSED), client.format);
      for (const part of ["http://127.0.0.1:8787/", KEY, "auto"]) assertStringIncludes(text, part);
    });

    it(`${client.name} has its settings in its user's home`, () => {
      const paths = client.paths("/home/u", () => undefined);
      assert(paths.length > 0 && paths.every((path) => path.startsWith("/home/u/.")));
    });

    it(`${client.name} is started without a secret on its command line`, () => {
      const { args, env, file } = client.launch(CLOSED, NOTHING);
      assert(!args.join(" ").includes(KEY));
      assertStringIncludes([...Object.values(env), file?.text].join(" "), KEY);
    });

    it(`${client.name} has changes shown without the keys among them`, () => {
      const { format } = client;
      const settings = client.settings(CLOSED);
      const before = withSettings(
        "",
        client.settings({ ...CLOSED, key: "older-key-9876543210" }),
        format,
      );
      const after = withSettings(before, settings, format);
      for (const [from, to] of [["", after], [before, after], [after, ""]] as const) {
        const shown = JSON.stringify(changesBetween(from, to, { settings, format }));
        assert(!shown.includes(KEY) && !shown.includes("older-key"), shown);
        assert(shown.length > 10);
      }
    });
  }

  for (
    const [name, variables, path] of [
      ["claude", { CLAUDE_CONFIG_DIR: "/c" }, "/c/settings.json"],
      ["codex", { CODEX_HOME: "/x" }, "/x/config.toml"],
      ["openclaw", { OPENCLAW_STATE_DIR: "/s" }, "/s/openclaw.json"],
      ["openclaw", { OPENCLAW_HOME: "/h" }, "/h/.openclaw/openclaw.json"],
      ["openclaw", { OPENCLAW_CONFIG_PATH: "/p.json", OPENCLAW_HOME: "/h" }, "/p.json"],
      ["opencode", { XDG_CONFIG_HOME: "/g" }, "/g/opencode/opencode.json"],
      ["opencode", { OPENCODE_CONFIG: "/o.json" }, "/o.json"],
    ] as const
  ) {
    it(`${name} has its settings where ${Object.keys(variables)[0]} says`, () => {
      const read = (one: string) => (variables as Record<string, string>)[one];
      assertEquals(named(name).paths("/home/u", read).at(-1), path);
    });
  }
});

describe("Starting a client", () => {
  it("gives Claude Code settings that stand above its own, unless its user gives some", () => {
    const { launch } = named("claude");
    const { args, env, unset } = launch(OPEN, NOTHING);
    assertEquals(args[0], "--settings");
    assertEquals(JSON.parse(args[1]!).env, env);
    assertEquals(env["ANTHROPIC_BASE_URL"], "http://127.0.0.1:8787/anthropic");
    assert(unset.includes("ANTHROPIC_API_KEY"));
    assertEquals(launch(OPEN, { ...NOTHING, args: ["--settings", "x.json"] }).args, []);
    assertEquals(launch(CLOSED, { ...NOTHING, args: ["--settings=x.json"] }).file, undefined);
    assertEquals(launch(CLOSED, NOTHING).file?.tell, { flag: "--settings" });
  });

  it("gives Codex its provider on the command line, and its key in a variable", () => {
    const { args, env } = named("codex").launch(CLOSED, NOTHING);
    const values = args.filter((one) => one !== "-c");
    assert(values.includes('model_providers.autoproxy.base_url="http://127.0.0.1:8787/v1"'));
    const [variable] = Object.keys(env);
    assert(values.includes(`model_providers.autoproxy.env_key="${variable}"`));
  });

  it("adds to what somebody has opencode read already", () => {
    const read = (name: string) =>
      name === "OPENCODE_CONFIG_CONTENT" ? '{"theme": "x"}' : undefined;
    const { env } = named("opencode").launch(OPEN, { ...NOTHING, read });
    const content = JSON.parse(env["OPENCODE_CONFIG_CONTENT"]!);
    assertEquals([content.theme, content.model], ["x", "autoproxy/auto"]);
  });

  it("gives OpenClaw its own settings with ours in them, beside it when they name other files", () => {
    const settings = "{ agents: { $include: './agents.json5' }, channels: { a: 1 } }";
    const { file } = named("openclaw").launch(OPEN, { ...NOTHING, settings });
    assertEquals(file!.isBeside, true);
    // deno-lint-ignore no-explicit-any -- whatever is there
    const value = readJson5(file!.text) as any;
    assertEquals([value.channels.a, value.agents.$include], [1, "./agents.json5"]);
    assertEquals(value.agents.defaults.model.primary, "autoproxy/auto");
  });
});

describe("Notes", () => {
  it("name variables that would lead Claude Code elsewhere", () => {
    const notes = named("claude").notes!(
      "",
      (name) => name === "ANTHROPIC_API_KEY" ? "k" : undefined,
    );
    assertEquals(notes.length, 1);
    assertStringIncludes(notes[0]!, "ANTHROPIC_API_KEY");
  });

  it("name a profile of Codex, and a closed list of models of OpenClaw", () => {
    assertEquals(named("codex").notes!('profile = "x"\n', () => undefined).length, 1);
    assertEquals(named("codex").notes!('[t]\nprofile = "x"\n', () => undefined), []);
    const closed = "{ agents: { defaults: { modelPolicy: { allow: ['openai/*'] } } } }";
    assertEquals(named("openclaw").notes!(closed, () => undefined).length, 1);
    for (const text of ["", "{", "{}", closed.replace("openai", "autoproxy")]) {
      assertEquals(named("openclaw").notes!(text, () => undefined), []);
    }
  });
});
