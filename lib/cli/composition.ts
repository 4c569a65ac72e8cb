/**
 * The composition root: puts the floors together into a running gateway.
 *
 * @module
 */
import { createApp } from "../app/app.ts";
import type { Gateway, GatewayState, OpenStream } from "../app/gateway.ts";
import type { Send } from "../base/exchange.ts";
import type { Observer } from "../base/observer.ts";
import { redactor } from "../base/redaction.ts";
import type { Config } from "../config/config.ts";
import { RetryBudget } from "../fallback/budget.ts";
import { Cooldowns } from "../fallback/cooldown.ts";
import { Fallback } from "../fallback/fallback.ts";
import { Lessons } from "../fallback/learning.ts";
import { HealthWindow } from "../metrics/health.ts";
import { AnsweredItems } from "../translation/openai_responses/answered_items.ts";
import { ConversationMemory } from "../routing/conversation.ts";
import { Router } from "../routing/router.ts";
import { StubUpstream } from "../stub/stub_upstream.ts";
import { httpTransport, type Transport } from "../upstream/send.ts";
import { unpacked } from "../upstream/unpacked.ts";
import { type Log, logObserver } from "./log.ts";
import { systemClock } from "./system_clock.ts";

/** A gateway that can be served and stopped. */
export interface Composition {
  gateway: Gateway & { isStopping: boolean };
  transport: Transport;
  fetch: (request: Request) => Response | Promise<Response>;
}

/** Composes a gateway over one configuration. */
export function compose(
  config: Config,
  { log, version }: { log: Log; version: string },
): Composition {
  const clock = systemClock;
  const health = new HealthWindow(clock);
  const observer = both(logObserver(log), healthObserver(health));
  const transport = httpTransport(config.connections);
  const send = sendTo(transport, new StubUpstream(clock));
  const redact = redactor(config.secrets);
  log.redact = redact;
  const state: GatewayState = {
    config,
    router: new Router(config, (model) => health.latencyOf(model)),
    fallback: new Fallback({
      config,
      send,
      clock,
      observer,
      cooldowns: new Cooldowns(clock, Math.random),
      budget: new RetryBudget(clock),
      lessons: new Lessons(),
    }),
    redact,
  };
  const gateway = {
    state,
    version,
    clock,
    send,
    health,
    observer,
    conversations: new ConversationMemory(clock),
    answeredItems: new AnsweredItems(),
    newId: () => crypto.randomUUID(),
    openStreams: new Set<OpenStream>(),
    unexpected: (error: unknown) => log.write({ event: "internal_error", detail: stackOf(error) }),
    isStopping: false,
  };
  return { gateway, transport, fetch: createApp(gateway).fetch };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Stub routes are answered inside the process, all others over the network. */
function sendTo(transport: Transport, stub: StubUpstream): Send {
  return async (request, signal) =>
    request.url.protocol === "stub:"
      ? await stub.send(request, signal)
      : unpacked(await transport.send(request, signal));
}

function healthObserver(health: HealthWindow): Partial<Observer> {
  return {
    attemptEnded: ({ model, route, isOk, status, reason, ms }) =>
      health.record({ model, route, isOk, code: reason ?? status ?? "-", ms }),
  };
}

/** Tells two observers. */
function both(first: Observer, second: Partial<Observer>): Observer {
  return {
    routed: (record) => (first.routed(record), second.routed?.(record)),
    attemptFailed: (record) => (first.attemptFailed(record), second.attemptFailed?.(record)),
    attemptEnded: (record) => (first.attemptEnded(record), second.attemptEnded?.(record)),
    switched: (record) => (first.switched(record), second.switched?.(record)),
    learned: (record) => (first.learned(record), second.learned?.(record)),
    refused: (record) => (first.refused(record), second.refused?.(record)),
  };
}
