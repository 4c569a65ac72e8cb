/**
 * What a client under test is, whichever it is.
 *
 * @module
 */
import type { ClientCommand } from "./client_process.ts";
import type { Installed } from "./packages.ts";

/** The key that clients send to the gateway; no upstream may see it. */
export const CLIENT_KEY = "client-key-that-stays-here";

/** One task for a client. */
export interface Task {
  /** Where the gateway listens: `http://127.0.0.1:40123`. */
  gateway: string;
  prompt: string;
  /** A fresh, empty home, for its settings. */
  home: string;
}

/** A client. */
export interface Client {
  /** How the table calls it. */
  name: string;
  /** Its package on npm. */
  packageName: string;
  /** The model that it asks for; absent: `auto`. */
  model?: string;
  /** What a fresh installation needs before it can run. */
  prepare?(installed: Installed): Promise<void>;
  /** Its user's arguments for one task, and variables that keep it from the world. */
  ownArguments(prompt: string): string[];
  ownVariables?: Readonly<Record<string, string>>;
  /** Writes the settings of README.md into the home, and says how it is run with them. */
  command?(task: Task, installed: Installed): Promise<ClientCommand>;
  /** The last words of the answer, from what it printed. */
  answer(stdout: string): string;
}
