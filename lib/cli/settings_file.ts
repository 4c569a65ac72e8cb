/**
 * The settings file of a client: put ours in, take ours out, and keep what was there before.
 *
 * @module
 */
import type { Client } from "../setup/client.ts";
import {
  type Setting,
  SettingsProblem,
  withoutSettings,
  withSettings,
} from "../setup/settings_text.ts";
import type { ReadVariable } from "../config/interpolation.ts";
import { ToldProblem } from "./told_problem.ts";
import {
  makeFile,
  mkdirFor,
  modeOf,
  removeFile,
  replaceFile,
  targetOf,
  textOf,
} from "./written_file.ts";

/** A settings file, as it is. */
export interface SettingsFile {
  path: string;
  /** What it says; empty when it is not there. */
  text: string;
  isThere: boolean;
}

/** What is to become of it. */
export interface SettingsChange {
  file: SettingsFile;
  /** What it is to say; `undefined`: it is to go. */
  text: string | undefined;
}

/** What stands behind the name of a file that keeps what was there before. */
const BACKUP = ".before-autoproxy";

/** Finds the file that a client reads. */
export function settingsFileOf(client: Client, read: ReadVariable): SettingsFile {
  const paths = client.paths(homeOf(read), read);
  const isThere = (one: string) => modeOf(one) !== undefined;
  // The one that ours went into before is theirs still, whatever came beside it since.
  const path = paths.find((one) => isThere(targetOf(one) + BACKUP)) ?? paths.find(isThere) ??
    paths.at(-1)!;
  const text = textOf(path);
  return { path, text: text ?? "", isThere: text !== undefined };
}

function homeOf(read: ReadVariable): string {
  const home = read("HOME") || read("USERPROFILE");
  if (!home) throw new ToldProblem("HOME is not set: where are the client's settings?");
  return home;
}

/** The change that puts `settings` in. */
export function putIn(
  file: SettingsFile,
  settings: readonly Setting[],
  { format }: Client,
): SettingsChange {
  return { file, text: placed(file, () => withSettings(file.text, settings, format)) };
}

/**
 * The change that takes `settings` out again; `undefined` when there is no copy of what was there
 * before, so that none of them is known to be ours.
 */
export function takeOut(
  file: SettingsFile,
  settings: readonly Setting[],
  { format }: Client,
): SettingsChange | undefined {
  const original = textOf(backupOf(file));
  if (original === undefined) return undefined;
  const text = placed(file, () => withoutSettings(file.text, settings, { original, format }));
  // There was no file before, or an empty one, which says as much.
  const isMade = original === "" && format.isEmpty(text);
  return { file, text: isMade ? undefined : text };
}

/** Names the file in what is said of its text. */
function placed<T>(file: SettingsFile, edit: () => T): T {
  try {
    return edit();
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error;
    throw new ToldProblem(`Cannot edit ${file.path}: ${error.message}`, { cause: error });
  }
}

/** Writes what was put in; gives the path of the copy, if there was something to copy. */
export function write({ file, text }: SettingsChange): string | undefined {
  const copy = backupOf(file);
  mkdirFor(copy);
  // Once: a second run must not take the first one's settings for the user's own.
  const isKept = makeFile(copy, file.text, modeOf(file.path));
  replaceFile(file.path, text!);
  return isKept && file.isThere ? copy : undefined;
}

/** Writes what is left, and drops the copy. */
export function restore({ file, text }: SettingsChange): void {
  if (text === undefined) removeFile(targetOf(file.path));
  else replaceFile(file.path, text);
  removeFile(backupOf(file));
}

function backupOf({ path }: SettingsFile): string {
  return targetOf(path) + BACKUP;
}
