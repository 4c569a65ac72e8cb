/**
 * What a client program is to us: where its settings are, what ours among them say, and how it is
 * started with them although they stand in no file.
 *
 * @module
 */
import type { Setting, SettingsFormat } from "./settings_text.ts";

/** What the gateway goes by in the settings of others: a provider's id, a table's name. */
export const PROVIDER_ID = "autoproxy";

/** The key that is sent where the gateway asks for none: clients insist on having one. */
export const ANY_KEY = "any";

/** What the models behind the gateway can read and write, as far as a client must be told. */
export const CONTEXT_TOKENS = 200_000;
/** As {@linkcode CONTEXT_TOKENS}, of an answer. */
export const ANSWER_TOKENS = 32_000;

/** How a client reaches the gateway. */
export interface Access {
  /** `http://127.0.0.1:8787`, without a slash at the end. */
  url: string;
  /** {@linkcode ANY_KEY}, or one that the gateway asks for. */
  key: string;
  /** The model that the client asks for. */
  model: string;
  /** Further models that it may offer. */
  others: readonly string[];
}

/** Whether the key is one that nobody else may see. */
export function isSecret({ key }: Access): boolean {
  return key !== ANY_KEY;
}

/** Reads a variable of the environment. */
export type ReadEnvironment = (name: string) => string | undefined;

/** A client with what it needs to be started. */
export interface Launch {
  /** Arguments before those of its user. */
  args: string[];
  env: Record<string, string>;
  /** Variables of the environment that would lead it elsewhere. */
  unset: readonly string[];
  /** A file that it needs for as long as it runs. */
  file?: LaunchFile;
}

/** A file for one run of a client. */
export interface LaunchFile {
  text: string;
  /** Whether it belongs beside the client's own settings, as it names files there. */
  isBeside: boolean;
  /** How the client is told of it. */
  tell: { variable: string } | { flag: string };
}

/** What a client's own settings and its user's arguments are, when it is started. */
export interface LaunchSetting {
  /** The text of its own settings; empty when there are none. */
  settings: string;
  read: ReadEnvironment;
  args: readonly string[];
}

/** A client program. */
export interface Client {
  /** How the command line calls it. */
  name: string;
  /** How people call it. */
  title: string;
  /** Its program. */
  program: string;
  /** The command that installs it. */
  install: string;
  format: SettingsFormat;
  /** Where its settings may be: the first that exists is taken, else the last. */
  paths(home: string, read: ReadEnvironment): readonly string[];
  settings(access: Access): readonly Setting[];
  launch(access: Access, setting: LaunchSetting): Launch;
  /** What its user should know of the settings that stand beside ours. */
  notes?(text: string, read: ReadEnvironment): readonly string[];
}
