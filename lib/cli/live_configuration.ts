/**
 * The configuration in use, which another one may follow while requests are under way.
 *
 * @module
 */
import type { ConfigurationStatus, GatewayState } from "../app/gateway.ts";
import { redactor } from "../base/redaction.ts";
import type { Config } from "../config/config.ts";
import { Fallback } from "../fallback/fallback.ts";
import type { FallbackParts } from "../fallback/run.ts";
import { Router } from "../routing/router.ts";
import type { Log } from "./log.ts";
import { Secrets } from "./secrets.ts";

/** What outlives a configuration. */
export interface LiveConfigurationOptions {
  /** Where configurations come from, as people read it. */
  source: string;
  log: Log;
  /** What was learned of upstreams, and of how much they can bear, holds for the next one too. */
  parts: Omit<FallbackParts, "config">;
  latencyOf: (model: string) => number | undefined;
}

/** Holds the state of this moment; a request keeps the one that it began with. */
export class LiveConfiguration {
  readonly #options: LiveConfigurationOptions;
  readonly #secrets = new Secrets();
  /** What requests that come now are served with. */
  state: GatewayState;
  status: ConfigurationStatus;

  constructor(config: Config, options: LiveConfigurationOptions) {
    this.#options = options;
    this.state = this.#stateOf(config, new Router(config, options.latencyOf));
    this.status = this.#statusOf([]);
  }

  /** Serves another configuration from now on. */
  adopt(config: Config): void {
    this.state = this.#stateOf(config, this.state.router.successor(config));
    this.status = this.#statusOf([]);
  }

  /** Notes why what the file says now is not served; each problem is told without secrets. */
  refuse(problems: readonly string[]): void {
    const { loadedAtMs } = this.status;
    const told = problems.map((problem) => this.state.redact(problem));
    this.status = { ...this.#statusOf(told), loadedAtMs };
  }

  #stateOf(config: Config, router: Router): GatewayState {
    const { log, parts } = this.#options;
    const redact = redactor(this.#secrets.with(config.secrets));
    log.redact = redact;
    return { config, router, fallback: new Fallback({ ...parts, config }), redact };
  }

  #statusOf(problems: readonly string[]): ConfigurationStatus {
    const { source, parts } = this.#options;
    return { source, loadedAtMs: parts.clock.epochMs(), problems };
  }
}
