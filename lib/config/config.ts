/**
 * A checked configuration: what the rest of the gateway reads.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import type { Position } from "./document.ts";

/** How a route proves who it is. */
export interface Credentials {
  key: string;
  /** The header, in lower case; absent: the usual one of the attempt's protocol. */
  header?: string;
  /** What stands before the key; absent: `"Bearer "` for `authorization`, else nothing. */
  prefix?: string;
}

/** Deadlines, in milliseconds; an absent one has a default that depends on the attempt. */
export interface Timeouts {
  connectMs: number;
  firstByteMs?: number;
  requestMs?: number;
  idleMs: number;
  bodyMs: number;
}

/** What a client's request may be at most. */
export interface RequestLimits {
  bodyBytes: number;
  /** Absent: what the server itself allows, about a hundred. */
  headerCount?: number;
  /** How deep the objects and lists of a JSON body may lie in each other. */
  depth: number;
}

/** The proxies that stand before upstreams elsewhere, as `http://[user:password@]host:port`. */
export interface ProxySettings {
  http?: string;
  https?: string;
  /** Hosts that are reached directly, separated by commas; loopback is always among them. */
  exempt: string;
}

/** Settings of the connections to all upstreams; an absent one leaves the transport's own. */
export interface ConnectionSettings {
  proxy?: ProxySettings;
  /** Connections per upstream. */
  maxConnections?: number;
  /** How long an idle connection is kept, in milliseconds. */
  keepAliveMs?: number;
}

/** What an upstream needs that its protocol does not say; see the reference for each. */
export interface RouteQuirks {
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  reasoningContent?: boolean;
  dropParams?: string[];
  toolIdPattern?: string;
  vision?: boolean;
  defaultMaxTokens?: number;
  strict?: boolean;
}

/** Where parts of a route came from: told to people who ask, and nothing that a request needs. */
export interface RouteOrigin {
  /** Whether the file says what the upstream speaks; else it was read from the URL. */
  isProtocolSaid: boolean;
  /** The variable that the key came from; absent: it stands in the file, or there is none. */
  keyVariable?: string;
  /** The variables that stand in headers, by the header's name in lower case. */
  headerVariables: Readonly<Record<string, string>>;
}

/** A route of the file that answers nothing. */
export interface OffRoute {
  /** The place in the file, from 0. */
  index: number;
  name: string;
  models: string[];
  /** The variable that it asks for and that is not set; absent: the file says `enabled: false`. */
  variable?: string;
  /** Where it stands in the file. */
  position?: Position;
}

/** One upstream. */
export interface Route {
  /** The place in the file, from 0. */
  index: number;
  name: string;
  url: URL;
  /** Whether `url` is one endpoint rather than a base. */
  isFixed: boolean;
  /** What the upstream speaks, the preferred first; never empty. */
  protocols: Protocol[];
  /** The models served by name; `"*"` is not among them. */
  models: string[];
  isWildcard: boolean;
  credentials?: Credentials;
  /** Whether the client's own credentials are sent, as the route has none. */
  forwardsClientAuth: boolean;
  headers: [name: string, value: string][];
  forwardHeaders: string[];
  weight: number;
  fallback: string[];
  timeouts: Timeouts;
  quirks: RouteQuirks;
  origin: RouteOrigin;
}

/** Who may use the gateway. */
export interface Client {
  name: string;
  key: string;
}

/** How `model: auto` chooses. */
export interface AutoSettings {
  /** In order; all enabled models when the file does not say. */
  models: string[];
  policy: "round-robin" | "ordered" | "weighted" | "least-latency";
  sticky: boolean;
}

/** A whole checked configuration. */
export interface Config {
  host: string;
  port: number;
  /** Enabled routes, in file order. */
  routes: Route[];
  /** The others, in file order. */
  offRoutes: OffRoute[];
  /** Models whose only routes are off for want of a variable, and that variable's name. */
  offModels: ReadonlyMap<string, string>;
  /** How many routes the file has, those that are off included. */
  routeCount: number;
  auto: AutoSettings;
  retryStatusCodes: ReadonlySet<number>;
  strictRetryList: boolean;
  replayAmbiguous: boolean;
  emptyIsFailure: boolean;
  /** Chains of pinned models, by model; `"*"` holds for those without one. */
  chains: ReadonlyMap<string, string[]>;
  maxAttempts: number;
  notice: "comment" | "event" | "off";
  clients: Client[];
  allowedHosts: string[];
  timeouts: Timeouts;
  limits: RequestLimits;
  connections: ConnectionSettings;
  /** Every value that must never be shown. */
  secrets: string[];
}
