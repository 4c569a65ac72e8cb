/**
 * Watches the configuration file: its folder, as a watch on the file itself ends when an editor
 * replaces it; and besides its content once a second, as no folder tells of a symbolic link whose
 * target changed, nor do mounts from another machine.
 *
 * @module
 */
import { lookAt } from "./config_file.ts";
import { SETTLE_MS, Settling, type Sighting } from "./sighting.ts";

/** The first look comes when the first requests of a start are answered. */
const FIRST_LOOK_MS = 300;
/** How often the content is looked at when nothing tells of a change. */
const POLL_MS = 1_000;
/** Saving a file once makes several events. */
const GATHER_MS = 25;

/** What is watched, and who is told. */
export interface ConfigWatchOptions {
  path: string;
  /** What was seen of it last. */
  known: Sighting;
  /** Hears of every change that has settled; the next look waits for it. */
  onChange: (sighting: Sighting) => void | Promise<void>;
}

/** A watch that runs until it is closed. */
export class ConfigWatch {
  readonly #options: ConfigWatchOptions;
  readonly #settling: Settling;
  #folder: Deno.FsWatcher | undefined;
  #isClosed = false;
  /** Whether the next look counts whatever it shows. */
  #isForced = false;
  #isWoken = false;
  #wakeUp = () => {};

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#settling = new Settling(options.known);
    void this.#run();
  }

  /** Looks now, and tells what is there even if it is nothing new. */
  lookNow(): void {
    this.#isForced = true;
    this.#wake();
  }

  /** Ends the watch. */
  close(): void {
    this.#isClosed = true;
    this.#closeFolder();
    this.#wake();
  }

  async #run(): Promise<void> {
    await this.#rest(FIRST_LOOK_MS);
    if (await isPipe(this.#options.path)) return;
    this.#openFolder();
    while (!this.#isClosed) {
      await this.#look();
      await this.#rest(this.#settling.isUnderWay ? SETTLE_MS : POLL_MS);
      if (this.#isWoken && !this.#isForced) await pause(GATHER_MS);
    }
  }

  async #look(): Promise<void> {
    const isForced = this.#isForced;
    this.#isForced = false;
    this.#isWoken = false;
    const sighting = await lookAt(this.#options.path);
    if (this.#isClosed) return;
    if (isForced) this.#settling.know(sighting);
    else if (!this.#settling.take(sighting, performance.now())) return;
    await this.#options.onChange(sighting);
  }

  /** Waits for a sign of a change, at most `ms`. */
  async #rest(ms: number): Promise<void> {
    if (this.#isWoken) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeUp = resolve;
    await Promise.race([promise, pause(ms)]);
  }

  #wake(): void {
    this.#isWoken = true;
    this.#wakeUp();
  }

  #openFolder(): void {
    const { folder, name } = placeOf(this.#options.path);
    try {
      const watcher = Deno.watchFs(folder, { recursive: false });
      this.#folder = watcher;
      void this.#follow(watcher, name).catch(() => this.#closeFolder());
    } catch {
      // No such folder, no permission, no watch left: the look every second goes on without it.
    }
  }

  async #follow(watcher: Deno.FsWatcher, name: string): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind !== "access" && paths.some((path) => placeOf(path).name === name)) this.#wake();
    }
  }

  #closeFolder(): void {
    const folder = this.#folder;
    this.#folder = undefined;
    folder?.close();
  }
}

/** What can be read only once, such as `--config <(command)`, cannot be watched. */
async function isPipe(path: string): Promise<boolean> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    return !isFile && !isDirectory;
  } catch {
    return false;
  }
}

function placeOf(path: string): { folder: string; name: string } {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return { folder: slash === 0 ? "." : path.slice(0, slash), name: path.slice(slash) };
}

/** Not `setTimeout`, whose first use in a process costs 3 ms in which nobody is answered. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => AbortSignal.timeout(ms).onabort = () => resolve());
}
