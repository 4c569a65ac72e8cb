/**
 * Keeps what a running gateway serves in step with its configuration file.
 *
 * A change that can be served is served from then on. One that cannot is told once, in the log and
 * in `/health`, and the gateway goes on with what it has. The environment's `.env` is read anew
 * with the file, but a change of that alone is not looked for.
 *
 * @module
 */
import type { Composition } from "./composition.ts";
import { type FoundConfig, loadText } from "./config_file.ts";
import { ConfigWatch } from "./config_watch.ts";
import { readEnvironmentAndFile } from "./environment.ts";
import type { Log } from "./log.ts";
import { type Adoption, type Change, changeOf, withFlags } from "./served_config.ts";
import type { Sighting } from "./sighting.ts";
import type { Invocation } from "./verb.ts";

/** A file with more problems is no configuration: the rest of them is counted. */
const MAX_TOLD = 20;

/** What follows the file. */
export interface ReloadingOptions {
  found: FoundConfig;
  flags: Invocation["flags"];
  composition: Composition;
  log: Log;
}

/** Follows the file until it is closed. */
export class Reloading {
  readonly #options: ReloadingOptions;
  readonly #watch: ConfigWatch | undefined;

  constructor(options: ReloadingOptions) {
    this.#options = options;
    const { text, path } = options.found;
    if (path === undefined) return;
    this.#watch = new ConfigWatch({
      path,
      known: { text },
      onChange: (sighting) => this.#reload(sighting),
    });
  }

  /** Reads the file and the environment now, whether or not the file changed. */
  reload(): void {
    if (this.#watch) this.#watch.lookNow();
    else void this.#reload(this.#options.found);
  }

  /** Ends the watch. */
  close(): void {
    this.#watch?.close();
  }

  async #reload(sighting: Sighting): Promise<void> {
    const change = await this.#changeTo(sighting);
    if ("problems" in change) this.#refuse(change.problems);
    else this.#adopt(change);
  }

  async #changeTo(sighting: Sighting): Promise<Change> {
    if ("problem" in sighting) return { problems: [sighting.problem] };
    const { found: { source }, flags, composition, log } = this.#options;
    try {
      const loaded = loadText(sighting.text, await readEnvironmentAndFile());
      for (const detail of loaded.warnings) log.write({ event: "config_warning", source, detail });
      const served = withFlags(loaded, { source, flags });
      return changeOf(served, composition.gateway.state.config);
    } catch (error) {
      // Nobody waits for this, and a gateway that runs must not end over a file.
      composition.gateway.unexpected(error);
      return { problems: [`Cannot load ${source}: ${(error as Error).name}`] };
    }
  }

  #refuse(problems: string[]): void {
    const { found: { source }, composition, log } = this.#options;
    composition.refuse(problems);
    const event = "config_reload_failed";
    for (const detail of problems.slice(0, MAX_TOLD)) log.write({ event, source, detail });
    const more = problems.length - MAX_TOLD;
    if (more > 0) log.write({ event, source, detail: `and ${more} more problems` });
  }

  #adopt({ config, needsRestart }: Adoption): void {
    const { found: { source }, composition, log } = this.#options;
    composition.adopt(config);
    const { routes } = config;
    const models = new Set(routes.flatMap((route) => route.models)).size;
    log.write({ event: "config_reloaded", source, routes: routes.length, models });
    if (needsRestart.length === 0) return;
    log.write({ event: "config_needs_restart", source, changed: needsRestart.join(",") });
  }
}
