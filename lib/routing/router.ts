/**
 * Config and model name → the candidates that could answer, in the order in which they are tried.
 *
 * @module
 */
import { nearestNames } from "../base/nearest.ts";
import { GatewayError } from "../base/error.ts";
import type { Config, Route } from "../config/config.ts";
import { type Candidate, candidateOf } from "./candidate.ts";
import { POLICIES } from "./policies.ts";

/** The candidates of one request. */
export interface Plan {
  /** How the request named its model: `auto`, or a name of its own. */
  mode: "auto" | "pinned";
  /** In the order in which they are tried; never empty. */
  candidates: Candidate[];
}

/** What a request says that routing looks at. */
export interface RoutingRequest {
  model: string;
  /** The model that served the conversation so far, when this is a follow-up of a known one. */
  stickyModel?: string;
  /** Whether it is no generation request: those do not move the rotation. */
  isSideRequest?: boolean;
}

/** The model name that stands for all models. */
const AUTO = "auto";
/** As many known names are told to who asked for none that is like one of them. */
const MAX_NAMED = 8;

/** Whether a client asked for any model. */
export function isAuto(model: string): boolean {
  return model.toLowerCase() === AUTO;
}

/** Plans requests over one configuration. */
export class Router {
  readonly #config: Config;
  readonly #routesOf = new Map<string, Route[]>();
  /** Of the models that the configuration names. */
  readonly #candidatesOf = new Map<string, Candidate[]>();
  readonly #wildcards: Route[];
  readonly #latencyOf: (model: string) => number | undefined;
  /** How many new `auto` conversations began; the round robin's cursor. */
  #turn = 0;

  constructor(config: Config, latencyOf: (model: string) => number | undefined = () => undefined) {
    this.#config = config;
    this.#latencyOf = latencyOf;
    this.#wildcards = config.routes.filter((route) => route.isWildcard);
    for (const route of config.routes) {
      for (const model of route.models) {
        const routes = this.#routesOf.get(model);
        if (routes) routes.push(route);
        else this.#routesOf.set(model, [route]);
      }
    }
    for (const [model, routes] of this.#routesOf) {
      this.#candidatesOf.set(model, routes.map((route) => candidateOf(route, model)));
    }
  }

  /** A router over another configuration that goes on where this one's rotation stands. */
  successor(config: Config): Router {
    const router = new Router(config, this.#latencyOf);
    router.#turn = this.#turn;
    return router;
  }

  /** Every model that is served by name, in file order. */
  get models(): string[] {
    return [...this.#routesOf.keys()];
  }

  /**
   * The candidates for a request.
   *
   * @throws {GatewayError} `not_found` with code `model_not_found` when no route has the model.
   */
  plan(request: RoutingRequest): Plan {
    if (isAuto(request.model)) {
      return { mode: "auto", candidates: this.#auto(request) };
    }
    return { mode: "pinned", candidates: this.#pinned(request.model) };
  }

  /** The first route that takes any model; for requests that name none. */
  wildcard(): Candidate | undefined {
    const [route] = this.#wildcards;
    return route && candidateOf(route, "*");
  }

  #auto({ stickyModel, isSideRequest }: RoutingRequest): Candidate[] {
    const { models, policy } = this.#config.auto;
    // A list may name models that only a route for the rest serves, or a route that is off.
    const served = models.filter((model) => this.#routes(model).length > 0);
    if (served.length === 0) {
      throw new GatewayError("not_found", "No model is configured for auto", {
        code: "model_not_found",
        param: "model",
      });
    }
    const isFollowUp = stickyModel !== undefined && served.includes(stickyModel);
    const order = isFollowUp ? this.#from(stickyModel, served) : POLICIES[policy]({
      models: served,
      turn: isSideRequest ? this.#turn : this.#turn++,
      weightOf: (model) => this.#routes(model).reduce((sum, route) => sum + route.weight, 0),
      latencyOf: this.#latencyOf,
    });
    return order.flatMap((model) => this.#candidates(model));
  }

  #from(model: string, models: string[]): string[] {
    const first = models.indexOf(model);
    return [...models.slice(first), ...models.slice(0, first)];
  }

  #pinned(model: string): Candidate[] {
    const { chains, offModels } = this.#config;
    const own = this.#candidates(model);
    const isKnown = own.length > 0 || offModels.has(model);
    const chain = isKnown ? chains.get(model) ?? chains.get("*") ?? [] : [];
    const others = chain.filter((name) => name !== model);
    const all = [...own, ...others.flatMap((name) => this.#candidates(name))];
    if (all.length === 0) throw this.#unknown(model);
    return all;
  }

  /** A model whose own route is off does not go to another route's key in its place. */
  #routes(model: string): Route[] {
    const own = this.#routesOf.get(model);
    return own ?? (this.#config.offModels.has(model) ? [] : this.#wildcards);
  }

  #candidates(model: string): Candidate[] {
    return this.#candidatesOf.get(model) ??
      this.#routes(model).map((route) => candidateOf(route, model));
  }

  #unknown(model: string): GatewayError {
    const variable = this.#config.offModels.get(model);
    if (variable !== undefined) return offError(model, variable);
    const known = [AUTO, ...this.models];
    const near = nearestNames(model, known);
    const hint = near.length > 0
      ? `; near names: ${near.join(", ")}`
      : `; known names: ${known.slice(0, MAX_NAMED).join(", ")}`;
    return new GatewayError("not_found", `Unknown model "${model.slice(0, 128)}"${hint}`, {
      code: "model_not_found",
      param: "model",
    });
  }
}

function offError(model: string, variable: string): GatewayError {
  const message = `The model "${model}" is off: the environment variable ${variable} is not set`;
  return new GatewayError("not_found", message, { code: "model_not_found", param: "model" });
}
