/**
 * How this program is called, for every message that names a command to type.
 *
 * @module
 */
import { PROGRAM } from "./verb.ts";

/** What is known of how the program was called. */
export interface Caller {
  /** Whether it is compiled: one file, its own runtime. */
  isStandalone: boolean;
  /** The file that the system runs: the compiled program, or the runtime. */
  executable: string;
  /** The main module's file; its URL, when it comes from elsewhere. */
  main: string;
  /** The working folder. */
  folder: string;
  /** The folders in which a shell looks for programs. */
  searched: readonly string[];
  runtimeVersion: string;
}

/** The verbs that have a task in `deno.json`; one of another's may have a verb's name, as `check`. */
const TASKS: ReadonlySet<string> = new Set(
  "start dev init import setup run explain doctor status record replay stub".split(" "),
);

/**
 * The line that calls this program, as its user would type it.
 *
 * @example In a checkout
 * ```ts
 * commandLine("setup codex --undo"); // deno task setup codex --undo
 * ```
 * @param words What stands behind the program's name; the first may be a verb.
 */
export function commandLine(words: string, caller: Caller = ownCaller()): string {
  const [verb] = words.split(" ", 1);
  const isTask = TASKS.has(verb!) && !caller.isStandalone && mainFrom(caller) === "main.ts";
  return isTask ? `${runtimeOf(caller)} task ${words}` : allowedCommandLine(words, caller);
}

/** The same with every permission, for what a task does not allow. */
export function allowedCommandLine(words: string, caller: Caller = ownCaller()): string {
  const { isStandalone, main } = caller;
  if (isStandalone) return `${quoted(programFrom(caller))} ${words}`;
  // In a program of somebody else's, its name is all that is known.
  if (!/(^|[/\\])main\.[jt]s$/.test(main)) return `${PROGRAM} ${words}`;
  return `${runtimeOf(caller)} run -A ${quoted(mainFrom(caller))} ${words}`;
}

/** What lies where npx keeps its packages may be the only Deno that is there. */
function runtimeOf({ executable, runtimeVersion }: Caller): string {
  return /[/\\]_npx[/\\]/.test(executable) ? `npx -y deno@${runtimeVersion}` : "deno";
}

/** A compiled program is called by its name alone where a shell finds it. */
function programFrom({ executable, folder, searched }: Caller): string {
  const found = searched.map((one) => nameIn(one, executable)).find((name) => name !== undefined);
  if (found !== undefined) return found;
  const name = nameIn(folder, executable);
  return name === undefined ? executable : `./${name}`;
}

/** The main module as it is named from the working folder. */
function mainFrom({ main, folder }: Caller): string {
  return nameIn(folder, main) ?? main;
}

/** The name of a file that lies in that very folder. */
function nameIn(folder: string, file: string): string | undefined {
  const [, place, name] = /^(.*)[/\\]([^/\\]+)$/.exec(file) ?? [];
  return place !== undefined && plain(place) === plain(folder) ? name : undefined;
}

/** Windows takes both separators, and a folder may end in one. */
function plain(folder: string): string {
  return folder.replaceAll("\\", "/").replace(/\/$/, "");
}

function ownCaller(): Caller {
  const { os, standalone: isStandalone } = Deno.build;
  const url = new URL(Deno.mainModule);
  return {
    isStandalone,
    executable: Deno.execPath(),
    main: url.protocol === "file:" ? fileOf(url) : url.href,
    folder: Deno.cwd(),
    searched: isStandalone ? (Deno.env.get("PATH") ?? "").split(os === "windows" ? ";" : ":") : [],
    runtimeVersion: Deno.version.deno,
  };
}

/** The path of a `file:` URL. */
export function fileOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}

/** A word that a POSIX shell reads as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
