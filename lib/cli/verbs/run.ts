/**
 * `run`: starts a client that goes through the gateway, and leaves its own settings as they are.
 *
 * @module
 */
import type { Access, Client, Launch } from "../../setup/client.ts";
import { SettingsProblem } from "../../setup/settings_text.ts";
import { httpTransport } from "../../upstream/send.ts";
import { ACCESS_FLAGS, findAccess, type Found } from "../client_access.ts";
import { runProgram } from "../client_program.ts";
import { askLocally, isGateway } from "../json_answer.ts";
import { startQuietly } from "../quiet_gateway.ts";
import { STUB_FLAG } from "../serving_flags.ts";
import { settingsFileOf } from "../settings_file.ts";
import { tellingProblems, ToldProblem } from "../told_problem.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";
import { folderOf } from "../written_file.ts";
import { CLIENT_OPERAND, clientNamed } from "./setup.ts";

/** `run`. */
export const run: Verb = {
  name: "run",
  summary: "run a client through the gateway, without a change to its settings",
  flags: [
    ...ACCESS_FLAGS,
    STUB_FLAG,
    { name: "log", value: "FILE", doc: "write the gateway's log there; otherwise it is not kept" },
  ],
  operands: [CLIENT_OPERAND],
  rest: "ARGUMENTS",
  examples: ["run claude", 'run codex -- exec "say hello"'],
  run: (invocation) => tellingProblems("run", () => runClient(invocation)),
};

/** A gateway to go through. */
interface Way extends AsyncDisposable {
  access: Access;
}

async function runClient(invocation: Invocation): Promise<ExitCode> {
  const client = clientNamed(invocation.operands[0]);
  if (client === undefined) return 2;
  const found = await findAccess(invocation, { needsConfig: true });
  const { path, text } = settingsFileOf(client, found.read);
  await using way = await wayOf(invocation, found);
  const { rest: args } = invocation;
  const launch = launchOf(
    client,
    path,
    () => client.launch(way.access, { settings: text, read: found.read, args }),
  );
  return await runProgram({ client, launch, args, settingsFolder: folderOf(path) });
}

/** Names the client in what is said of settings that it has already. */
function launchOf({ title }: Client, path: string, launch: () => Launch): Launch {
  try {
    return launch();
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error;
    const text = `Cannot add to the settings of ${title} (${path}): ${error.message}`;
    throw new ToldProblem(text, { cause: error });
  }
}

/** The gateway that runs already, else one inside this process. */
async function wayOf(invocation: Invocation, { access, config, invoked }: Found): Promise<Way> {
  const away = { access, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (!config || !invoked) return away;
  const { flags } = invocation;
  if (!flags.has("stub") && await isRunning(access)) return away;
  for (const warning of invoked.warnings) console.error(`warning: ${warning}`);
  const logPath = flags.get("log") as string | undefined;
  const server = startQuietly(invocation, { config, found: invoked, logPath });
  return {
    access: { ...access, url: server.address },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function isRunning({ url, key }: Access): Promise<boolean> {
  const transport = httpTransport();
  try {
    const answer = await askLocally(`${url}/health?format=json`, transport, {
      authorization: `Bearer ${key}`,
    });
    // One with other keys refuses ours, and one that stops takes no more.
    return answer?.status === 200 && isGateway(answer);
  } finally {
    transport.close();
  }
}
