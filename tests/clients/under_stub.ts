/**
 * Programs under `stub exec`, each twice, that ask the same both times: agents that do one task with
 * a tool, and the tests of `examples/stub` on Node.js.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { claudeCode } from "./claude_code.ts";
import { runClient } from "./client_process.ts";
import { codex } from "./codex.ts";
import { install, type Installed } from "./packages.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const EXAMPLES = new URL("../../examples/stub/", import.meta.url);

const PROMPT = "Run the command `echo gateway-$((40 + 2))` and tell me what it prints.";
const PRINTED = "gateway-42";
const COMMAND = "echo gateway-$((40 + 2))";
const REPORT = "The command said what it should";

/** The tools by which the two run a command, and what each is given. */
const SCENARIO = JSON.stringify({
  rules: [
    { name: "report", when: { anywhere: PRINTED, afterTool: true }, answer: REPORT },
    {
      name: "Bash",
      when: { tool: "Bash", text: COMMAND },
      answer: { toolCalls: [{ name: "Bash", input: { command: COMMAND, description: "echo" } }] },
    },
    {
      name: "exec_command",
      when: { tool: "exec_command", text: COMMAND },
      answer: { toolCalls: [{ name: "exec_command", input: { cmd: COMMAND } }] },
    },
  ],
});

/** A program, and how it is run with nothing but the variables that `stub exec` sets. */
interface Agent {
  name: string;
  packageName: string;
  /** Packages that it needs beside its own. */
  beside?: readonly string[];
  prepare?: (installed: Installed) => Promise<void>;
  scenario: string;
  /** What it prints when all went well. */
  report: string;
  /** Puts into the folder that it works in what it finds there. */
  lay?: (work: string, installed: Installed) => Promise<void>;
  /** A line of the shell. */
  line(installed: Installed): string;
  env: Readonly<Record<string, string>>;
  /** What it makes up anew in every run, beside ids and dates. */
  varies?: RegExp;
}

const AGENTS: readonly Agent[] = [
  {
    name: "claude under stub",
    packageName: claudeCode.packageName,
    prepare: claudeCode.prepare!,
    scenario: SCENARIO,
    report: REPORT,
    line: ({ modules }) =>
      `"${modules}/.bin/claude" -p "$PROMPT" --output-format json --allowedTools Bash`,
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1" },
  },
  {
    name: "codex under stub",
    packageName: codex.packageName,
    scenario: SCENARIO,
    report: REPORT,
    line: ({ modules, node }) =>
      [
        `"${node}" "${modules}/@openai/codex/bin/codex.js" exec --skip-git-repo-check`,
        "--dangerously-bypass-approvals-and-sandbox --model gpt-5",
        `-c 'model_provider="stub"' -c 'model_providers.stub.name="stub"'`,
        `-c "model_providers.stub.base_url=\\"$OPENAI_BASE_URL\\""`,
        `-c 'model_providers.stub.wire_api="responses"'`,
        `-c 'model_providers.stub.env_key="OPENAI_API_KEY"' "$PROMPT"`,
      ].join(" "),
    env: {},
    varies: /Chunk ID: \w+|Wall time: [\d.]+ seconds/g,
  },
  nodeTests("openai", "openai"),
  nodeTests("anthropic", "@anthropic-ai/sdk"),
  nodeTests("ai_sdk", "ai", ["@ai-sdk/openai", "@ai-sdk/anthropic"]),
];

/** The tests of `examples/stub` for one SDK, as somebody runs them who copied them. */
function nodeTests(name: string, packageName: string, beside: readonly string[] = []): Agent {
  return {
    name: `node under stub ${name}`,
    packageName,
    beside,
    scenario: Deno.readTextFileSync(new URL("sdk_tests.yml", EXAMPLES)),
    report: "\n# fail 0\n",
    lay: async (work, { modules }) => {
      await Deno.symlink(modules, `${work}/node_modules`);
      await Deno.copyFile(new URL(`${name}.test.mjs`, EXAMPLES), `${work}/${name}.test.mjs`);
    },
    line: ({ node }) => `"${node}" --test-reporter=tap ${name}.test.mjs`,
    env: {},
  };
}

/** What came of an agent's two runs. */
export interface StubOutcome {
  name: string;
  version: string;
  /** What is wrong; none when it passed. */
  problems: string[];
  /** How many requests each run sent. */
  requests: number;
}

/** Runs the agents whose names begin with `only`. */
export async function underStub(
  { only, cache, keep }: { only: string; cache: string; keep?: string | undefined },
): Promise<StubOutcome[]> {
  const outcomes: StubOutcome[] = [];
  for (const agent of AGENTS.filter(({ name }) => name.startsWith(only))) {
    const installed = await install(agent.packageName, cache, agent.beside);
    await agent.prepare?.(installed);
    const runs = [await runOnce(agent, installed), await runOnce(agent, installed)];
    const [first, second] = runs.map(({ log }) => log);
    if (keep !== undefined) await keepLogs(`${keep}/${agent.name}`, [first!, second!]);
    const problems = runs.flatMap((run) => run.problems);
    if (first !== second) problems.push(`asked differently: ${difference(first!, second!)}`);
    const requests = first!.split("\n").length - 1;
    outcomes.push({ name: agent.name, version: installed.version, problems, requests });
  }
  return outcomes;
}

async function runOnce(agent: Agent, installed: Installed) {
  const scene = await Deno.makeTempDir({ prefix: "gateway_stub_" });
  try {
    const place = { home: `${scene}/home`, work: `${scene}/work`, output: scene };
    await Deno.mkdir(place.home);
    await Deno.mkdir(place.work);
    await agent.lay?.(place.work, installed);
    await Deno.writeTextFile(`${scene}/scenario.yml`, agent.scenario);
    const log = `${scene}/asked.jsonl`;
    const words = ["stub", "exec", `${scene}/scenario.yml`, "--log", log];
    const { code, stdout, stderr } = await runClient({
      program: Deno.execPath(),
      args: ["run", "-A", MAIN, ...words, "--", "sh", "-c", agent.line(installed)],
      env: { ...agent.env, PROMPT, DENO_DIR: packageCache() },
    }, place);
    const isGood = code === 0 && stdout.includes(agent.report);
    const text = await Deno.readTextFile(log).catch(() => "");
    return {
      problems: isGood ? [] : [`ended with ${code}: ${(stdout + stderr).slice(-800)}`],
      log: agent.varies === undefined ? text : text.replace(agent.varies, "<varies>"),
    };
  } finally {
    await Deno.remove(scene, { recursive: true });
  }
}

/** Where this Deno keeps its packages, so that a new home does not fetch them anew. */
function packageCache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function keepLogs(folder: string, logs: readonly string[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [index, log] of logs.entries()) {
    await Deno.writeTextFile(`${folder}/asked_${index + 1}.jsonl`, log);
  }
}

/** The first place where two logs differ, and a little around it. */
function difference(first: string, second: string): string {
  let at = 0;
  while (at < first.length && first[at] === second[at]) at++;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 80), at + 80));
  return `${around(first)} and ${around(second)}`;
}
