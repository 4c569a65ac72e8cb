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

/** What lives as long as the process. */
export interface Gateway {
  /** The state of this moment. */
  readonly state: GatewayState;
  readonly version: string;
  readonly clock: Clock;
  readonly send: Send;
  readonly health: HealthWindow;
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
