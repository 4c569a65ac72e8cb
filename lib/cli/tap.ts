/**
 * What can be put around a gateway without its knowing: between it and its clients, and between it
 * and its upstreams.
 *
 * @module
 */
import type { Gateway } from "../app/gateway.ts";
import type { Send } from "../base/exchange.ts";
import type { Log } from "./log.ts";

/** Answers a client's request. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** What stands around a gateway. */
export interface Tap {
  /** Stands between the clients and the gateway, which it is told. */
  answering(answer: Fetch, parts: { gateway: Gateway; log: Log }): Fetch;
  /** Stands between the gateway and its upstreams. */
  sending?(send: Send): Send;
}
