/**
 * What is measured: the gateway, and what it is compared with.
 *
 * @module
 */
import { eventually } from "../../e2e/eventually.ts";
import { type PinnedOptions, PinnedProcess } from "../pinned_process.ts";

/** The names of all that is measured. */
export type ContenderName =
  | "direct"
  | "gateway"
  | "gateway from source"
  | "reference"
  | "nginx"
  | "Portkey"
  | "claude-code-router";

/** What a contender is given. */
export interface Scene {
  /** A folder of its own: its home. */
  folder: string;
  upstreamPort: number;
}

/** A contender that listens. */
export interface Running extends AsyncDisposable {
  port: number;
  /** The processor time of all its processes; 0 where there are none. */
  readonly cpuSeconds: number;
  /** The most memory that they held. */
  readonly peakMiB: number;
  /** Headers that a request to it must have. */
  headers?: readonly string[];
}

/** Something that stands between a client and an upstream. */
export interface Contender {
  name: ContenderName;
  /** What exactly is measured, for readers: a version. */
  version: string;
  start(scene: Scene): Promise<Running>;
}

/** One that cannot be measured on this machine, and why. */
export interface Absent {
  name: ContenderName;
  why: string;
}

/** How a contender's process is started. */
export interface ServerOptions {
  folder: string;
  port: number;
  env?: PinnedOptions["env"];
  headers?: readonly string[];
}

/** Starts a server on the measured core, and waits until it answers something. */
export async function startServer(
  command: readonly string[],
  { folder, port, env = {}, headers = [] }: ServerOptions,
): Promise<Running> {
  const process = new PinnedProcess(command, { core: "measured", folder, env });
  try {
    await eventually(`an answer of ${command[0]} on port ${port}`, async () => {
      process.mustBeRunning();
      return await answers(port);
    });
    return Object.assign(process, { port, headers });
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/`)).body?.cancel();
    return true;
  } catch {
    return false; // Nobody listens yet.
  }
}
