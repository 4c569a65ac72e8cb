/**
 * `init`: writes a first `routes.yml` from the keys and servers that this machine has.
 *
 * @module
 */
import {
  type ChosenProvider,
  firstFile,
  type FoundServer,
  modelsIn,
  providersWithKeys,
  withUsualKey,
} from "../../setup/first_file.ts";
import { LOCAL_SERVERS, type LocalServer, PROVIDERS } from "../../setup/providers.ts";
import { routeFileText } from "../../setup/route_file.ts";
import { httpTransport, type Transport } from "../../upstream/send.ts";
import { readEnvironmentAndFile } from "../environment.ts";
import { type Choice, chosenByAsking } from "../first_questions.ts";
import { askLocally, isGateway } from "../json_answer.ts";
import { nextStep, OUTPUT_FLAGS, outputOf, writeRoutes } from "../new_routes.ts";
import { commandLine } from "../own_command.ts";
import { say } from "../said.ts";
import { tellingProblems } from "../told_problem.ts";
import { unknownWord } from "../unknown_word.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";

/** The names that `--provider` takes. */
const KNOWN: readonly string[] = [...PROVIDERS, ...LOCAL_SERVERS].map(({ name }) => name);

/** `init`. */
export const init: Verb = {
  name: "init",
  summary: "write a routes.yml from the keys and local servers that are found",
  flags: [
    { name: "yes", alias: "y", doc: "ask nothing: use all that is found" },
    {
      name: "provider",
      value: "NAME",
      isMany: true,
      words: KNOWN,
      doc: "use this one, found or not; may be repeated",
    },
    ...OUTPUT_FLAGS,
  ],
  examples: ["init", "init --provider openai --provider ollama"],
  run: (invocation) => tellingProblems("init", () => writeFirst(invocation)),
};

async function writeFirst(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation;
  const output = outputOf(invocation);
  const names = (flags.get("provider") as string | undefined)?.split(/[\s,]+/);
  const unknown = names?.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    console.error(unknownWord("provider", unknown, KNOWN));
    return 2;
  }
  const read = await readEnvironmentAndFile();
  const found: Choice = { providers: providersWithKeys(read), servers: await serversHere() };
  const choice = names !== undefined
    ? chosenByName(names, found)
    : flags.has("yes") || !isTalkedTo()
    ? found
    : chosenByAsking(found, { ask: (question) => prompt(question), say });
  const written = writeRoutes(routeFileText(firstFile(choice)), output, read);
  // What goes to standard output may be piped into a file.
  for (const line of reportOf(choice, output.path)) say(line);
  say(nextStep(written, commandLine("start")));
  return 0;
}

/** Whether somebody sits there to answer; questions go to standard output. */
function isTalkedTo(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

function chosenByName(names: readonly string[], found: Choice): Choice {
  const providers = PROVIDERS.filter(({ name }) => names.includes(name)).map((provider) =>
    found.providers.find((one) => one.provider === provider) ?? withUsualKey(provider)
  );
  const servers = LOCAL_SERVERS.filter(({ name }) => names.includes(name)).map((server) =>
    found.servers.find((one) => one.server === server) ?? { server, models: [] }
  );
  return { providers, servers };
}

/** The servers for models that answer on this machine. */
async function serversHere(): Promise<FoundServer[]> {
  const transport = httpTransport();
  try {
    const asked = await Promise.all(LOCAL_SERVERS.map((server) => serverAt(server, transport)));
    return asked.flatMap((one) => one === undefined ? [] : [one]);
  } finally {
    transport.close();
  }
}

async function serverAt(
  server: LocalServer,
  transport: Transport,
): Promise<FoundServer | undefined> {
  const answer = await askLocally(`http://127.0.0.1:${server.port}/v1/models`, transport);
  if (answer?.status !== 200 || isGateway(answer)) return undefined;
  const models = modelsIn(answer.json);
  return models.length === 0 ? undefined : { server, models };
}

function reportOf({ providers, servers }: Choice, path: string | undefined): string[] {
  const names = [
    ...servers.map(({ server }) => server.title),
    ...providers.map(titleOf),
  ];
  const what = names.length === 0
    ? "a stub model, as neither a key nor a local server was found"
    : names.join(", ");
  return path === undefined ? [] : [`Wrote ${path}: ${what}`];
}

function titleOf({ provider: { title }, keyVariable }: ChosenProvider): string {
  return `${title} (${keyVariable})`;
}
