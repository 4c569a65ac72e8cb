/**
 * What the HTTP side of the gateway is made of.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Send } from "../base/exchange.ts";
import type { Observer } from "../base/observer.ts";
import type { Redact } from "../base/redaction.ts";
import type { Config } from "../config/config.ts";
import type { Fallback } from "../fallback/fallback.ts";
import type { HealthWindow } from "../metrics/health.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Recent } from "../metrics/recent.ts";
import type { ProcessFigures } from "../metrics/snapshot.ts";
import type { ConversationMemory } from "../routing/conversation.ts";
import type { AnsweredItems } from "../translation/openai_responses/answered_items.ts";
import type { Router } from "../routing/router.ts";

/** Everything that follows from one configuration; a request keeps the one it began with. */
export interface GatewayState {
  config: Config;
  router: Router;
  fallback: Fallback;
  redact: Redact;
}

/** Where the configuration in use came from, and whether its file holds a newer one. */
export interface ConfigurationStatus {
  /** The file's path as people read it. */
  source: string;
  /** When the one in use was loaded: wall clock, in milliseconds since the epoch. */
  loadedAtMs: number;
  /** Why what the file says now is not in use, a problem a line; empty while it is. */
  problems: readonly string[];
}

/** The process that the gateway runs in. */
export interface GatewayProcess {
  /** Wall clock, in milliseconds since the epoch. */
  startedAtMs: number;
  uptimeMs(): number;
  memory(): ProcessFigures;
  droppedLogLineCount(): number;
}

/** What lives as long as the process. */
export interface Gateway {
  /** The state of this moment. */
  readonly state: GatewayState;
  readonly configuration: ConfigurationStatus;
  readonly version: string;
  readonly clock: Clock;
  readonly send: Send;
  readonly health: HealthWindow;
  readonly metrics: Metrics;
  readonly recent: Recent;
  readonly process: GatewayProcess;
  readonly observer: Observer;
  readonly conversations: ConversationMemory;
  /** The items of answers that were written here for Responses clients. */
  readonly answeredItems: AnsweredItems;
  /** Makes the id of a request. */
  newId(): string;
  /** The streams that are under way, so that a stop can end them. */
  readonly openStreams: Set<OpenStream>;
  /** Hears of a failure that nobody foresaw. */
  unexpected(error: unknown): void;
  /** Whether the gateway was told to stop: new requests are refused. */
  readonly isStopping: boolean;
}

/** A stream that has not ended. */
export interface OpenStream {
  /** Ends it with an error event in its client's protocol. */
  interrupt(message: string): void;
}
