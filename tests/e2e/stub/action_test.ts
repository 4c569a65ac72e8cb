/** `action.yml`: its steps run in a shell, as a workflow would run them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parse } from "@std/yaml";
import { fileURLToPath } from "node:url";
import { environmentFor } from "../../../lib/cli/stub_command.ts";
import { eventually } from "../eventually.ts";
import { sharedByTests } from "../shared.ts";
import { PATHS, question } from "./stub_process.ts";
import { look } from "./wire_view.ts";

interface Step {
  id?: string;
  if?: string;
  uses?: string;
  run?: string;
  shell?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}

interface Action {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => parse(Deno.readTextFileSync(ROOT + path));
const action = read("action.yml") as Action;
const workflow = read("examples/github-workflow.yml") as {
  jobs: Record<string, { steps: Step[] }>;
};

/** A runner's folders, with an `npx` that has this Deno. */
const runner = sharedByTests(async (owned) => {
  const folder = await Deno.makeTempDir({ prefix: "gateway_e2e_action_" });
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  const npx = `#!/bin/sh\necho "npx $1 $2" >>"${folder}/npx"\nshift 2\n` +
    `exec "${Deno.execPath()}" "$@"\n`;
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/bin/npx`, npx, { mode: 0o755 });
  return folder;
});

/** Runs the step with an id, with inputs over the defaults. */
async function runStep(
  id: string,
  inputs: Record<string, string> = {},
  env: Record<string, string> = {},
) {
  const step = action.runs.steps.find((one) => one.id === id)!;
  const usual = Object.fromEntries(
    Object.entries(action.inputs).map(([name, one]) => [name, String(one.default)]),
  );
  const values: Record<string, string> = { ...usual, ...inputs };
  const filled = Object.fromEntries(
    Object.entries(step.env ?? {}).map(([name, text]) => [
      name,
      text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => {
        assert(input in values, `action.yml has no input ${input}`);
        return values[input]!;
      }),
    ]),
  );
  const folder = runner();
  const files = { GITHUB_ENV: `${folder}/env`, GITHUB_OUTPUT: `${folder}/output` };
  for (const path of Object.values(files)) await Deno.writeTextFile(path, "");
  // As the runner does it: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run!],
    cwd: folder,
    env: {
      ...files,
      ...filled,
      ...env,
      PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
      GITHUB_ACTION_PATH: ROOT.replace(/\/$/, ""),
      RUNNER_TEMP: folder,
    },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    code,
    stdout: text(stdout),
    stderr: text(stderr),
    env: Object.fromEntries(
      Deno.readTextFileSync(files.GITHUB_ENV).trim().split("\n").filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    ),
    output: Deno.readTextFileSync(files.GITHUB_OUTPUT),
  };
}

const CURL = 'curl -fsS "$OPENAI_BASE_URL/chat/completions" -H "content-type: application/json"' +
  ` -d '{"model":"gpt-5","messages":[{"role":"user","content":"hello"}]}'`;

describe("action.yml", () => {
  it("is a composite action whose steps say when they run, and in which shell", () => {
    assertEquals(action.runs.using, "composite");
    for (const step of action.runs.steps) {
      assertEquals(step.shell, "bash");
      assertMatch(step.if ?? "", /inputs\.run/);
    }
    assertEquals(action.outputs.url!.value, "${{ steps.start.outputs.url }}");
  });

  it("starts a stub, sets what stub exec sets, and reports and ends it", async () => {
    const started = await runStep("start", { scenario: `${ROOT}examples/stub/rate_limits.yml` });
    assertEquals(started.code, 0, started.stdout + started.stderr);
    const [, url] = /^url=(http:\/\/127\.0\.0\.1:\d+)\n$/.exec(started.output)!;
    try {
      assertEquals(started.env, environmentFor(url!));
      const view = await look(url!, PATHS.openai_chat, question("openai_chat"));
      assertEquals(view.status, 429);
    } finally {
      const reported = await runStep("report", {}, started.env);
      assertEquals(reported.code, 0, reported.stderr);
      assertStringIncludes(reported.stdout, '"rule":"patience","fault":"rate-limit"');
    }
    await eventually(
      "the end of the stub",
      async () => (await look(url!, "/v1/models", {})).ending === "refused",
    );
    assertStringIncludes(Deno.readTextFileSync(`${runner()}/npx`), "npx -y deno@2.9.6");
  });

  it("says why a stub does not start", async () => {
    await Deno.writeTextFile(`${runner()}/wrong.yml`, "- falt: fail\n");
    const { code, stdout } = await runStep("start", { scenario: "wrong.yml" });
    assertEquals(code, 1);
    assertStringIncludes(stdout, "wrong.yml:1:3: rules[0].falt: unknown key");
    assertStringIncludes(stdout, "::error::The stub did not start");
  });

  it("runs a command with a stub around it, with its exit code and a log", async () => {
    const log = `${runner()}/asked.jsonl`;
    const { code, stdout } = await runStep("run", {
      run: `${CURL} | grep -o "You said: hello"`,
      log,
    });
    assertEquals([code, stdout], [0, "You said: hello\n"]);
    assertStringIncludes(await Deno.readTextFile(log), '"content":"hello"');
    assertEquals((await runStep("run", { run: "false | true" })).code, 1);
  });

  it("takes a binary in the place of Deno", async () => {
    const binary = `${runner()}/bin/openclaw-autoproxy`;
    const script = `#!/bin/sh\nexec "${Deno.execPath()}" run -A "${ROOT}main.ts" "$@"\n`;
    await Deno.writeTextFile(binary, script, { mode: 0o755 });
    const { code, stdout } = await runStep("run", { run: "echo $OPENAI_API_KEY", binary });
    assertEquals([code, stdout], [0, "stub-key\n"]);
  });
});

describe("examples/github-workflow.yml", () => {
  it("gives the action only inputs that it has", () => {
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    const own = steps.filter(({ uses }) => uses?.includes("openclaw-autoproxy"));
    assert(own.length >= 3);
    for (const step of own) {
      const unknown = Object.keys(step.with ?? {}).filter((name) => !(name in action.inputs));
      assertEquals(unknown, []);
    }
  });
});
