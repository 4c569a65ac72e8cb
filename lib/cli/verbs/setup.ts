/**
 * `setup`: writes into a client's own settings how it reaches the gateway, or takes that out again.
 *
 * @module
 */
import { ANY_KEY, type Client, isSecret } from "../../setup/client.ts";
import { CLIENTS } from "../../setup/clients.ts";
import { type Change, changesBetween } from "../../setup/summary.ts";
import { withSettings } from "../../setup/settings_text.ts";
import { ACCESS_FLAGS, findAccess, type Found } from "../client_access.ts";
import { readEnvironmentAndFile } from "../environment.ts";
import { wrapped } from "../layout.ts";
import { commandLine } from "../own_command.ts";
import {
  putIn,
  restore,
  type SettingsFile,
  settingsFileOf,
  takeOut,
  write,
} from "../settings_file.ts";
import { pageOf, styleOf } from "../terminal.ts";
import { tellingProblems, ToldProblem } from "../told_problem.ts";
import { unknownWord } from "../unknown_word.ts";
import type { ExitCode, Invocation, Operand, Verb } from "../verb.ts";

const NAMES: readonly string[] = CLIENTS.map(({ name }) => name);

/** The word that names a client. */
export const CLIENT_OPERAND: Operand = {
  name: "CLIENT",
  doc: NAMES.join(", "),
  isRequired: true,
  words: NAMES,
};

/** `setup`. */
export const setup: Verb = {
  name: "setup",
  summary: "point a client at the gateway, in its own settings",
  flags: [
    ...ACCESS_FLAGS,
    { name: "print", doc: "show what would be written, and write nothing" },
    { name: "undo", doc: "take out what setup put in, and put back what was there" },
  ],
  operands: [CLIENT_OPERAND],
  examples: ["setup claude", "setup codex --undo"],
  run: (invocation) => tellingProblems("setup", () => setUp(invocation)),
};

/** The client of that name; `undefined` when there is none, which was said. */
export function clientNamed(name: string | undefined): Client | undefined {
  const client = CLIENTS.find((one) => one.name === name);
  if (client === undefined) {
    console.error(unknownWord("client", String(name), NAMES));
  }
  return client;
}

async function setUp(invocation: Invocation): Promise<ExitCode> {
  const { flags, operands } = invocation;
  const client = clientNamed(operands[0]);
  if (client === undefined) return 2;
  if (flags.has("undo")) return await undo(client);
  const found = await findAccess(invocation, { needsConfig: false });
  if (/:0$/.test(found.access.url)) {
    throw new ToldProblem("The configuration takes any free port: say with --url which one it is");
  }
  return flags.has("print") ? print(client, found) : put(client, found);
}

/** Shows the settings alone, for who would rather put them in by hand. */
function print(client: Client, { access, read }: Found): ExitCode {
  const { path } = settingsFileOf(client, read);
  const shown = isSecret(access) ? { ...access, key: "YOUR-CLIENT-KEY" } : access;
  console.error(`# ${path}`);
  console.log(withSettings("", client.settings(shown), client.format).trimEnd());
  return 0;
}

function put(client: Client, { access, read }: Found): ExitCode {
  const file = settingsFileOf(client, read);
  const settings = client.settings(access);
  const change = putIn(file, settings, client);
  const notes = client.notes?.(file.text, read) ?? [];
  if (change.text === file.text) {
    console.log(`${client.title} goes to ${access.url} already: ${file.path} stays as it is`);
  } else {
    const copy = write(change);
    show(file, changesBetween(file.text, change.text!, { settings, format: client.format }), read);
    if (copy !== undefined) console.log(`What was there is kept in ${copy}`);
  }
  const { columns } = pageOf(Deno.stdout, read);
  const lines = [
    ...notes.map((note) => `Note: ${note}`),
    `Next: \`${commandLine("start")}\`, and \`${client.program}\` beside it`,
    `To take it back: \`${commandLine(`setup ${client.name} --undo`)}\``,
  ];
  for (const line of lines) console.log(wrapped(line, columns).join("\n"));
  return 0;
}

async function undo(client: Client): Promise<ExitCode> {
  const read = await readEnvironmentAndFile();
  const file = settingsFileOf(client, read);
  const settings = client.settings({ url: "", key: ANY_KEY, model: "auto", others: [] });
  const change = file.isThere ? takeOut(file, settings, client) : undefined;
  if (change === undefined) {
    console.log(`${file.path} holds nothing that setup put there`);
    return 0;
  }
  restore(change);
  const { text = "" } = change;
  show(file, changesBetween(file.text, text, { settings, format: client.format }), read);
  console.log(change.text === undefined ? "The file was not there before, and is gone" : "Done");
  return 0;
}

function show(
  { path }: SettingsFile,
  changes: readonly Change[],
  read: Found["read"],
): void {
  const { green, red, bold } = styleOf(Deno.stdout, read);
  console.log(bold(path));
  for (const { sign, text } of changes) {
    console.log((sign === "+" ? green : red)(`${sign} ${text}`));
  }
}
