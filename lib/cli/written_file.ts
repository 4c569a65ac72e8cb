/**
 * Writes files that belong to somebody: whole or not at all, where a link leads, with the mode that
 * they had.
 *
 * @module
 */
import { ToldProblem } from "./told_problem.ts";

/** Files that may hold a key are their owner's alone. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** The text of a file; `undefined` when it is not there. */
export function textOf(path: string): string | undefined {
  try {
    // Not with `readTextFile`: it would drop a byte order mark, which is the owner's.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Deno.readFileSync(path),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof TypeError) throw new ToldProblem(`Cannot read ${path}: it is not UTF-8`);
    if (error instanceof Deno.errors.IsADirectory) {
      throw new ToldProblem(`Cannot read ${path}: it is a folder`);
    }
    throw error;
  }
}

/** Replaces a file, or makes one, in one step. */
export function replaceFile(path: string, text: string): void {
  const target = targetOf(path);
  const mode = modeOf(target);
  mkdirFor(target);
  // Beside it, as a rename cannot cross file systems.
  const fresh = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    writeNew(fresh, text, mode ?? PRIVATE_FILE);
    Deno.renameSync(fresh, target);
  } catch (error) {
    removeFile(fresh);
    throw error;
  }
}

/** Makes the folder of a file, unless it is there. */
export function mkdirFor(path: string): void {
  Deno.mkdirSync(folderOf(path), { recursive: true, mode: PRIVATE_FOLDER });
}

/** Makes a file that must not be there yet; `false` when it is. */
export function makeFile(path: string, text: string, mode = PRIVATE_FILE): boolean {
  try {
    writeNew(path, text, mode);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The mode of a file; `undefined` when it is not there. */
export function modeOf(path: string): number | undefined {
  try {
    const { mode } = Deno.statSync(path);
    return (mode ?? PRIVATE_FILE) & 0o7777;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Where links lead; of a link to nowhere, the place that it names. */
export function targetOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const link = linkAt(path);
  if (link === undefined) return path;
  return /^([/\\]|[A-Za-z]:)/.test(link) ? link : folderOf(path) + link;
}

function linkAt(path: string): string | undefined {
  try {
    return Deno.lstatSync(path).isSymlink ? Deno.readLinkSync(path) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The folder of a path, with its slash. */
export function folderOf(path: string): string {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return slash === -1 ? "./" : path.slice(0, slash + 1);
}

function writeNew(path: string, text: string, mode: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode });
  // The process's mask may have taken bits away that the file had.
  if (Deno.build.os !== "windows") Deno.chmodSync(path, mode);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncDataSync();
}
