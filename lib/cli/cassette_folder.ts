/**
 * The folder that cassettes stand in: one file each, numbered in the order in which the exchanges
 * began.
 *
 * @module
 */
import { CHAT_ENDPOINT, PROTOCOLS } from "../base/protocol.ts";
import { type Cassette, cassetteText, modelOf, readCassette } from "../stub/cassette.ts";
import type { NamedCassette } from "../stub/cassette_match.ts";
import { problemText } from "./config_file.ts";
import type { Log } from "./log.ts";
import { ToldProblem } from "./told_problem.ts";

const FILE = /^(\d+)-.*\.ya?ml$/;
/** Prompts and answers are their owner's alone. */
const OWN_FILE = 0o600;
const DIGITS = 4;
const MAX_NAME = 60;
/** Larger files are no cassettes: recorded bodies are bounded. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** Writes cassettes to a folder. */
export class CassetteWriter {
  readonly #folder: string;
  #number: number;
  #hasFailed = false;

  /** @throws {ToldProblem} When the folder cannot be made or written to. */
  constructor(folder: string) {
    this.#folder = folder;
    try {
      Deno.mkdirSync(folder, { recursive: true });
      const numbers = fileNames(folder).map((name) => Number(FILE.exec(name)?.[1] ?? 0));
      this.#number = Math.max(0, ...numbers);
      const probe = `${folder}/.probe`;
      Deno.writeTextFileSync(probe, "");
      Deno.removeSync(probe);
    } catch (error) {
      throw new ToldProblem(`Cannot write to ${folder}: ${whatFailed(error)}`);
    }
  }

  /** How many cassettes, or more, stood in the folder before. */
  get lastNumber(): number {
    return this.#number;
  }

  /** The number of the exchange that begins now. */
  nextNumber(): number {
    return ++this.#number;
  }

  /** Writes a cassette whole or not at all. */
  async write(number: number, cassette: Cassette): Promise<void> {
    const name = fileName(number, cassette);
    const unfinished = `${this.#folder}/.${name}.part`;
    try {
      await Deno.writeTextFile(unfinished, cassetteText(cassette), { mode: OWN_FILE });
      await Deno.rename(unfinished, `${this.#folder}/${name}`);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
    this.#hasFailed = false;
  }

  /** Notes that a cassette could not be written: once, until one could again. */
  failed(error: unknown, log: Log): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    log.write({ event: "record_failed", folder: this.#folder, detail: whatFailed(error) });
  }
}

/** What may well be wrong with a folder that somebody names. */
const WORDS: Readonly<Record<string, string>> = {
  AlreadyExists: "it is a file",
  NotADirectory: "it is a file, or in one",
  NotFound: "it cannot be made there",
  PermissionDenied: "its owner does not allow it",
  ReadonlyFs: "nothing can be written there",
};

/** What the system said, without a stack. */
function whatFailed(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "this process may not: allow it with --allow-write";
  }
  // What the system adds to it speaks of calls and numbers, and repeats the path.
  const words = error instanceof Error ? WORDS[error.name] : undefined;
  if (words !== undefined) return words;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** `0001-openai_chat-gpt-x.yml`; an error's status stands at the end. */
function fileName(number: number, { client, answer }: Cassette): string {
  const path = client.path.replace(/^\/anthropic|\/v1/g, "");
  const isChat = PROTOCOLS.some((one) => CHAT_ENDPOINT[one] === path);
  const model = modelOf(client);
  const parts = [
    String(number).padStart(DIGITS, "0"),
    isChat ? client.protocol : path.slice(1),
    ...(model === undefined ? [] : [model]),
    ...(answer.status >= 400 ? [String(answer.status)] : []),
  ];
  return `${parts.map((part) => wordOf(part ?? "")).filter(Boolean).join("-")}.yml`;
}

/** A word that every file system takes. */
function wordOf(text: string): string {
  return text.replace(/[^\w.-]+/g, "_").slice(0, MAX_NAME).replace(/^[._]+|[._]+$/g, "");
}

function fileNames(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => !isDirectory)
    .map(({ name }) => name).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort(byNumber);
}

/** By number, so that the ten-thousandth follows the one before. */
function byNumber(one: string, other: string): number {
  const difference = Number(FILE.exec(one)?.[1] ?? 0) - Number(FILE.exec(other)?.[1] ?? 0);
  return difference || (one < other ? -1 : 1);
}

/**
 * Reads every cassette of a folder.
 *
 * @throws {ToldProblem} When there is no such folder, no cassette in it, or when something is wrong
 * with some: with every problem, a line each.
 */
export function readFolder(folder: string): NamedCassette[] {
  const names = namesIn(folder);
  if (names.length === 0) throw new ToldProblem(`${folder} holds no cassette: record some first`);
  const read = names.map((name) => readFile(`${folder}/${name}`, name));
  const problems = read.flatMap((one) => "problems" in one ? one.problems : []);
  if (problems.length > 0) throw new ToldProblem(problems.join("\n"));
  return read.filter((one) => "cassette" in one);
}

function namesIn(folder: string): string[] {
  try {
    return fileNames(folder);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw new ToldProblem(
      isMissing ? `Cannot find ${folder}` : `Cannot read ${folder}: ${whatFailed(error)}`,
    );
  }
}

function readFile(path: string, name: string): NamedCassette | { problems: string[] } {
  try {
    if (Deno.statSync(path).size > MAX_FILE_BYTES) {
      return { problems: [`${path}: larger than 256 MiB`] };
    }
    const read = readCassette(Deno.readTextFileSync(path));
    if ("cassette" in read) return { name, cassette: read.cassette };
    return { problems: read.problems.map((one) => problemText(path, one)) };
  } catch (error) {
    return { problems: [`Cannot read ${path}: ${whatFailed(error)}`] };
  }
}
