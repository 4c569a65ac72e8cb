/** What every verb looks like: on a narrow terminal, through a pipe, and by its exit code. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { widthOf } from "../../lib/cli/layout.ts";
import { VERBS } from "../../lib/cli/verbs.ts";
import { ALL_ALLOWED, ClientHome } from "./client_home.ts";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import { pickyUpstream } from "./picky_upstream.ts";
import { HAS_TERMINAL, onTerminal, type TerminalResult } from "./pseudo_terminal.ts";
import { deadUpstream } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

const COLUMNS = 80;
const ESCAPE = "\x1b";
const FIXTURES = fileURLToPath(new URL("../fixtures/import", import.meta.url));
const LITELLM = `${FIXTURES}/litellm.yaml`;
const CASSETTES = "nowhere";

interface Scene {
  home: ClientHome;
  gateway: GatewayProcess;
  /** A `routes.yml` before an upstream that can do everything. */
  goodConfig: string;
}

const scene = sharedByTests(async (owned): Promise<Scene> => {
  const home = owned.use(new ClientHome());
  const gateway = owned.use(await startGateway({ flags: ["--stub", "--port", "0"] }));
  const upstream = owned.use(pickyUpstream({ whims: ["writes at most 16384"] }));
  const goodConfig = home.at("good.yml");
  Deno.writeTextFileSync(
    goodConfig,
    `routes: [{name: good, url: "${upstream.url}", model: m, apiKey: dummy-key-0}]`,
  );
  Deno.writeTextFileSync(home.at("broken.yml"), "routes: [{url: x, model: m}]\n");
  return { home, gateway, goodConfig };
});

/** Arguments of a case, once the scene stands. */
type Args = readonly string[] | ((scene: Scene) => readonly string[]);

function argsOf(args: Args): readonly string[] {
  return typeof args === "function" ? args(scene()) : args;
}

const atGateway: Args = ({ gateway }) => ["status", "--url", gateway.address];
const broken = ({ home }: Scene) => ["--config", home.at("broken.yml")];

/** Every verb that ends by itself, done well. */
const WELL: readonly (readonly [title: string, args: Args])[] = [
  ["start", ["start", "--stub", "--print-permissions"]],
  ["stub", ["stub", "exec", "--", "true"]],
  ["init", ["init", "--provider", "openai", "--stdout"]],
  ["import", ["import", LITELLM, "--stdout"]],
  ["setup --print", ["setup", "claude", "--print"]],
  ["setup", ["setup", "codex"]],
  ["setup --undo", ["setup", "opencode", "--undo"]],
  ["check", ["check", "--stub"]],
  ["explain", ["explain", "--model", "auto", "--stub"]],
  ["doctor", ({ goodConfig }) => ["doctor", "--config", goodConfig]],
  ["status", atGateway],
  ["schema", ["schema"]],
  ["completions", ["completions", "bash"]],
  ["help", ["help"]],
];

/** Every verb that can fail, failing. */
const FAILED: readonly (readonly [title: string, args: Args])[] = [
  ["start", (scene) => ["start", ...broken(scene)]],
  ["dev", ["dev", "--config", "nowhere.yml"]],
  ["stub", ["stub", "nowhere.yml"]],
  ["init", ({ goodConfig }) => ["init", "--yes", "--output", goodConfig]],
  ["import", ["import", "nowhere.yml"]],
  ["setup", ["setup", "claude", "--key-env", "NOT_SET_ANYWHERE"]],
  ["run", (scene) => ["run", "claude", ...broken(scene)]],
  ["check", (scene) => ["check", ...broken(scene)]],
  ["explain", ["explain", "nowhere.json", "--stub"]],
  ["doctor", (scene) => ["doctor", ...broken(scene)]],
  ["status", () => ["status", "--url", deadUpstream()]],
  ["record", ({ goodConfig }) => ["record", "--stub", "--to", `${goodConfig}/below`]],
  ["replay", ["replay", "--from", CASSETTES]],
];

/** Every verb, misused. */
const MISUSED: readonly (readonly string[])[] = [
  ["start", "--port", "x"],
  ["dev", "--port", "65536"],
  ["stub", "--port", "1.5"],
  ["stub", "exec"],
  ["init", "--provider", "nobody"],
  ["import"],
  ["import", LITELLM, "--from", "nobody"],
  ["setup"],
  ["setup", "nobody"],
  ["run", "nobody"],
  ["check", "--stub", "--port", "x"],
  ["explain"],
  ["doctor", "--stub", "--timeout", "soon"],
  ["status", "--port", "-1"],
  ["record"],
  ["replay"],
  ["schema", "extra"],
  ["completions", "nobody"],
  ["help", "nobody"],
  ...VERBS.map(({ name }) => [name, "--nothing-like-it"]),
];

describe("An exit code", () => {
  for (const [title, args] of WELL) {
    it(`of ${title} is 0 when it went well, and nothing piped is coloured`, async () => {
      // Nobody asked for plain text here: it is plain as no terminal reads it.
      const { code, stdout, stderr } = await scene().home.run(argsOf(args), {
        env: { NO_COLOR: "", TERM: "xterm-256color" },
      });
      assertEquals(code, 0, stderr);
      assert(!(stdout + stderr).includes(ESCAPE), stdout + stderr);
    });
  }

  for (const [title, args] of FAILED) {
    it(`of ${title} is 1 when it failed, with one line on standard error`, async () => {
      const { code, stdout, stderr } = await scene().home.run(argsOf(args));
      assertEquals([code, stdout], [1, ""], stderr);
      assertMatch(stderr, /^[^\n]+\n$/);
      assert(!/ {2}at |os error/.test(stderr), stderr);
    });
  }

  for (const args of MISUSED) {
    it(`of ${args.join(" ").replace(FIXTURES, "…")} is 2, with one line`, async () => {
      const { code, stdout, stderr } = await scene().home.run(args);
      assertEquals([code, stdout], [2, ""], stderr);
      assertMatch(stderr, /^[^\n]+\n$/);
    });
  }

  for (const verb of [["start", "--stub"], ["record", "--stub", "--to", "cassettes"], ["stub"]]) {
    it(`of ${verb[0]} is 0 after a ctrl-C`, async () => {
      await using running = await startGateway({ verb, program: ALL_ALLOWED });
      running.signal("SIGINT");
      assertEquals(await running.exitCode(), 0, running.stderr);
    });
  }
});

describe("--json", () => {
  const speakers: readonly (readonly [title: string, args: Args])[] = [
    ["check", ["check", "--stub"]],
    ["check of a broken file", (scene) => ["check", ...broken(scene)]],
    ["explain", ["explain", "--model", "auto", "--stub"]],
    ["doctor", ({ goodConfig }) => ["doctor", "--config", goodConfig]],
    ["status", atGateway],
  ];
  for (const [title, args] of speakers) {
    it(`of ${title} is alone on standard output, and standard error is empty`, async () => {
      const { stdout, stderr } = await scene().home.run([...argsOf(args), "--json"]);
      JSON.parse(stdout);
      assertEquals(stderr, "");
    });
  }
});

async function shown(args: Args, env: Record<string, string> = {}): Promise<TerminalResult> {
  const { home } = scene();
  // Quiet, as the runtime itself would draw its progress there.
  const program = [Deno.execPath(), "run", "--quiet", ...ALL_ALLOWED.slice(1)];
  return await onTerminal([...program, ...argsOf(args)], {
    columns: COLUMNS,
    cwd: home.path,
    env: {
      PATH: Deno.env.get("PATH")!,
      HOME: home.path,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      DENO_NO_UPDATE_CHECK: "1",
      ...env,
    },
  });
}

function tooWide(text: string): string[] {
  return text.split("\n").filter((line) => widthOf(line) > COLUMNS);
}

describe("A terminal of 80 columns", () => {
  if (!HAS_TERMINAL) return;
  for (const { name } of VERBS) {
    it(`holds the help of ${name}`, async () => {
      const { code, text } = await shown(["help", name]);
      assertEquals([code, tooWide(text)], [0, []]);
      assertMatch(text, new RegExp(`Usage: [^]*main.ts\\s+${name}`));
    });
  }

  const fitting: readonly (readonly [title: string, args: Args])[] = [
    ["the help of the program", ["help"]],
    ["check", ["check", "--stub"]],
    ["explain", ["explain", "--model", "auto", "--stub"]],
    ["doctor", ({ goodConfig }) => ["doctor", "--config", goodConfig]],
    ["status", atGateway],
    ["setup", ["setup", "claude"]],
    ["import", ["import", LITELLM, "--output", "lite.yml", "--force"]],
    ["init", ["init", "--yes", "--provider", "openai", "--stdout"]],
  ];
  for (const [title, args] of fitting) {
    it(`holds what ${title} says`, async () => {
      const { code, text } = await shown(args, { NO_COLOR: "1" });
      assertEquals([code, tooWide(text)], [0, []]);
    });

    it(`gets no colours from ${title} with NO_COLOR`, async () => {
      const { text } = await shown(args, { NO_COLOR: "1" });
      assert(!text.includes(ESCAPE), text);
    });
  }

  for (const args of [["check", "--stub"], ["explain", "--model", "auto", "--stub"]]) {
    it(`gets colours from ${args[0]} otherwise, and each is taken off on its line`, async () => {
      const { text } = await shown(args);
      assert(text.includes(ESCAPE));
      for (const line of text.split("\n")) {
        // deno-lint-ignore no-control-regex -- the escape character begins every colour
        const codes = [...line.matchAll(/\x1b\[(\d+)m/g)].map(([, code]) => Number(code));
        const [on, off] = [[1, 2, 31, 32, 33, 36], [22, 39]].map((some) =>
          codes.filter((code) => some.includes(code)).length
        );
        assertEquals(on, off, JSON.stringify(line));
      }
    });
  }
});
