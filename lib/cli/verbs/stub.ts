/**
 * `stub`: a test double for programs that ask models.
 *
 * @module
 */
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/config.ts";
import { stubUrlProblem } from "../../stub/behaviour.ts";
import { STUB_CONFIG } from "../../stub/sample_config.ts";
import { writerSink } from "../line_writer.ts";
import { Log, type LogSink } from "../log.ts";
import { allowedCommandLine } from "../own_command.ts";
import { dropPermissions } from "../permissions.ts";
import { withFlags } from "../served_config.ts";
import { stopOnSignals } from "../server.ts";
import { runCommand, summaryOf } from "../stub_command.ts";
import { PORT_FLAG } from "../serving_flags.ts";
import { readScenario, type RunningStub, startStub } from "../stub_server.ts";
import { tellingProblems, ToldProblem } from "../told_problem.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";
import { removeFile, replaceFile } from "../written_file.ts";

/** `stub`. */
export const stub: Verb = {
  name: "stub",
  summary: "serve a test double: answers and faults from a script, without a key or a network",
  flags: [
    { name: "host", value: "ADDRESS", doc: "listen here instead of 127.0.0.1" },
    { ...PORT_FLAG, doc: "listen on this port instead of 8787; 0: any" },
    { name: "print-url", doc: "print the URL, and nothing else" },
    { name: "ready-file", value: "FILE", doc: "write the URL there once it listens" },
    { name: "exit-with-parent", doc: "end when standard input does" },
    { name: "log", value: "FILE", doc: "at the end, write there what was asked" },
  ],
  operands: [
    {
      name: "exec",
      doc: "run COMMAND with a stub for every provider, and end with its exit code",
      words: ["exec"],
    },
    { name: "SCENARIO", doc: "a file with rules: what is answered, and what goes wrong" },
  ],
  rest: "COMMAND [ARGUMENTS]",
  examples: [
    "stub examples/stub/rate_limits.yml --port 9000",
    "stub exec examples/stub/rate_limits.yml -- npm test",
  ],
  run: (invocation) => tellingProblems("stub", () => serveOrExecute(invocation)),
};

async function serveOrExecute(invocation: Invocation): Promise<ExitCode> {
  const { operands: [first, second], rest } = invocation;
  if (first === "exec") return await execute(invocation, second);
  const stray = second ?? rest[0];
  if (stray === undefined) return await serve(invocation, first);
  console.error(`Unexpected argument ${stray} for stub: only \`stub exec\` takes a command`);
  return 2;
}

/** Listens until it is told to stop. */
async function serve(invocation: Invocation, path: string | undefined): Promise<ExitCode> {
  const { flags } = invocation;
  const scenario = readScenario(path);
  const readyFile = flags.get("ready-file") as string | undefined;
  // One that is left over from a stub that was killed would send its reader to nobody.
  if (readyFile !== undefined) removeReadyFile(readyFile);
  beginLog(flags);
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  stopOnSignals(stop);
  const running = await startStub({
    scenario,
    ...settingsOf(invocation, writerSink(Deno.stderr)),
  });
  const ready = `${running.address}\n`;
  const stubText = flags.has("print-url")
    ? running.address
    : bannerText(running, { path, rules: scenario.rules.length });
  console.log(stubText);
  try {
    if (readyFile !== undefined) writeFile(readyFile, ready);
    dropPermissions(["write"]);
    if (flags.has("exit-with-parent")) void endOfInput().then(stop);
    await stopped;
  } finally {
    if (readyFile !== undefined) removeReadyFile(readyFile, ready);
    await running.stop();
  }
  writeLog(running, flags.get("log"));
  return 0;
}

/** Runs a command with a stub around it. */
async function execute(invocation: Invocation, path: string | undefined): Promise<ExitCode> {
  const { flags, rest } = invocation;
  if (rest.length === 0) {
    console.error(`stub exec needs a command: ${allowedCommandLine("stub exec -- COMMAND")}`);
    return 2;
  }
  const scenario = readScenario(path);
  beginLog(flags);
  // The terminal is the command's; what was asked is told when it is over. A bug of ours is not.
  const settings = settingsOf(invocation, (line) => {
    if (line.includes("internal_error")) Deno.stderr.writeSync(new TextEncoder().encode(line));
  });
  const port = flags.has("port") ? settings.config.port : 0;
  const running = await startStub({
    scenario,
    ...settings,
    config: { ...settings.config, port },
  });
  let code: number;
  try {
    code = await runCommand(rest, running.address);
  } finally {
    await running.stop();
  }
  console.error(summaryOf(running.app.log.requests));
  writeLog(running, flags.get("log"));
  return code;
}

/** Of the environment only what says where to listen: no file and no key has a part in a test. */
const VARIABLES: ReadonlySet<string> = new Set([
  "HOST",
  "PORT",
  "GATEWAY_API_KEYS",
  "REQUEST_BODY_TIMEOUT_MS",
]);

function settingsOf(
  { flags, version }: Invocation,
  sink: LogSink,
): { config: Config; log: Log; version: string } {
  const read = (name: string) => VARIABLES.has(name) ? Deno.env.get(name) : undefined;
  const loaded = loadConfig(STUB_CONFIG, { read, checkStubUrl: stubUrlProblem });
  const served = withFlags(loaded, { source: "the stub", flags });
  if ("problems" in served) throw new ToldProblem(served.problems.join("\n"));
  const log = new Log(sink, Deno.env.get("LOG_FORMAT") === "json");
  return { config: served.config, log, version };
}

function bannerText(
  { address }: RunningStub,
  { path, rules }: { path: string | undefined; rules: number },
): string {
  const scenario = path === undefined
    ? "none: it answers by itself"
    : `${path}, ${rules === 1 ? "1 rule" : `${rules} rules`}`;
  return [
    `openclaw-autoproxy stub listens on ${address}`,
    "",
    `  OpenAI clients   export OPENAI_BASE_URL=${address}/v1 OPENAI_API_KEY=any`,
    `  Anthropic        export ANTHROPIC_BASE_URL=${address}/anthropic ANTHROPIC_AUTH_TOKEN=any`,
    `  Scenario         ${scenario}`,
    `  What was asked   ${address}/gateway/stub/requests`,
    "",
  ].join("\n");
}

/** An empty log: one that cannot be written is told before anything runs, and no old one stays. */
function beginLog(flags: Invocation["flags"]): void {
  const path = flags.get("log");
  if (typeof path === "string") writeFile(path, "");
}

function writeLog({ app }: RunningStub, path: string | true | undefined): void {
  if (typeof path === "string") writeFile(path, app.log.text());
}

function writeFile(path: string, text: string): void {
  try {
    replaceFile(path, text);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new ToldProblem(`Cannot write ${path}: ${(error as Error).name}`);
  }
}

/** Removes a file that tells of readiness, but not that of a stub that came after. */
function removeReadyFile(path: string, own?: string): void {
  try {
    const isLeft = own === undefined
      ? !Deno.statSync(path).isDirectory
      : Deno.readTextFileSync(path) === own;
    if (isLeft) removeFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // It is gone, or what stands there is told when it cannot be written.
  }
}

/** Resolves when whoever holds the other end of standard input is gone. */
async function endOfInput(): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while (await Deno.stdin.read(buffer) !== null);
  } catch {
    // Not to be read any more: the same as its end.
  }
}
