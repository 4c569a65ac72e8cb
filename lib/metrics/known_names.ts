/**
 * Names that may become labels: those of the configuration, which are few. A client can ask for any
 * name where a route takes all models, and a label per name would fill the memory.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { OTHER } from "./series_map.ts";

/** Tells names of the configuration from all others. */
export class KnownNames {
  readonly #config: () => Config;
  #of: Config | undefined;
  #models: ReadonlySet<string> = new Set();
  #routes: ReadonlySet<string> = new Set();

  /** @param config Gives the configuration of this moment. */
  constructor(config: () => Config) {
    this.#config = config;
  }

  /** The model's name, or `other`. */
  model(name: string | undefined): string {
    this.#refresh();
    return name !== undefined && this.#models.has(name) ? name : OTHER;
  }

  /** The route's name, or `other`. */
  route(name: string | undefined): string {
    this.#refresh();
    return name !== undefined && this.#routes.has(name) ? name : OTHER;
  }

  /** Read anew only after a reload, which makes a new object. */
  #refresh(): void {
    const config = this.#config();
    if (config === this.#of) return;
    this.#of = config;
    this.#models = new Set(config.routes.flatMap(({ models }) => models));
    this.#routes = new Set(config.routes.map(({ name }) => name));
  }
}
