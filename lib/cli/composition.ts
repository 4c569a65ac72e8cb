/**
 * The composition root: puts the floors together into a running gateway.
 *
 * @module
 */
import { createApp } from "../app/app.ts";
import type { Gateway, GatewayProcess, OpenStream } from "../app/gateway.ts";
import type { Send } from "../base/exchange.ts";
import { everyObserver } from "../base/every_observer.ts";
import type { Observer } from "../base/observer.ts";
import type { Config } from "../config/config.ts";
import { RetryBudget } from "../fallback/budget.ts";
import { Cooldowns } from "../fallback/cooldown.ts";
import { Lessons } from "../fallback/learning.ts";
import { HealthWindow } from "../metrics/health.ts";
import { KnownNames } from "../metrics/known_names.ts";
import { Metrics } from "../metrics/metrics.ts";
import { Recent } from "../metrics/recent.ts";
import { AnsweredItems } from "../translation/openai_responses/answered_items.ts";
import { ConversationMemory } from "../routing/conversation.ts";
import { StubUpstream } from "../stub/stub_upstream.ts";
import { httpTransport, type Transport } from "../upstream/send.ts";
import { unpacked } from "../upstream/unpacked.ts";
import { LiveConfiguration } from "./live_configuration.ts";
import { type Log, logObserver } from "./log.ts";
import { systemClock } from "./system_clock.ts";
import type { Tap } from "./tap.ts";

/** A gateway that can be served and stopped. */
export interface Composition {
  gateway: Gateway & { isStopping: boolean };
  transport: Transport;
  fetch: (request: Request) => Response | Promise<Response>;
  /** Serves another configuration from now on; what is under way ends with the one it has. */
  adopt(config: Config): void;
  /** Notes why what the file says now is not served; each problem is told without secrets. */
  refuse(problems: readonly string[]): void;
}

/** What a gateway is composed with. */
export interface CompositionOptions {
  log: Log;
  version: string;
  /** Where the configuration came from, as people read it. */
  source: string;
  /** What stands around the gateway; nothing when absent. */
  tap?: Tap | undefined;
}

/** Composes a gateway over one configuration. */
export function compose(
  config: Config,
  { log, version, source, tap }: CompositionOptions,
): Composition {
  const clock = systemClock;
  const health = new HealthWindow(clock);
  const known = new KnownNames(() => live.state.config);
  const metrics = new Metrics(known);
  const recent = new Recent({ clock, known, redact: (text) => live.state.redact(text) });
  const observer = everyObserver([
    logObserver(log),
    healthObserver(health),
    recent.observer,
    ...metrics.observers,
  ]);
  const transport = httpTransport(config.connections);
  const sending = sendTo(transport, new StubUpstream(clock));
  const send = tap?.sending?.(sending) ?? sending;
  const cooldowns = new Cooldowns(clock, Math.random);
  const budget = new RetryBudget(clock);
  const live: LiveConfiguration = new LiveConfiguration(config, {
    source,
    log,
    parts: { send, clock, observer, cooldowns, budget, lessons: new Lessons() },
    latencyOf: (model) => health.latencyOf(model),
  });
  const gateway = {
    get state() {
      return live.state;
    },
    get configuration() {
      return live.status;
    },
    version,
    clock,
    send,
    health,
    metrics,
    recent,
    process: processFigures(log),
    observer,
    conversations: new ConversationMemory(clock),
    answeredItems: new AnsweredItems(),
    newId: () => crypto.randomUUID(),
    openStreams: new Set<OpenStream>(),
    unexpected: (error: unknown) => log.write({ event: "internal_error", detail: stackOf(error) }),
    isStopping: false,
  };
  const app = createApp(gateway);
  return {
    gateway,
    transport,
    fetch: tap?.answering(app.fetch, { gateway, log }) ?? app.fetch,
    adopt: (config) => {
      live.adopt(config);
      observer.reloaded({ isTaken: true });
    },
    refuse: (problems) => {
      live.refuse(problems);
      observer.reloaded({ isTaken: false });
    },
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Stub routes are answered inside the process, all others over the network. */
export function sendTo(transport: Transport, stub: StubUpstream): Send {
  return (request, signal) =>
    request.url.protocol === "stub:"
      ? stub.send(request, signal)
      : transport.send(request, signal).then(unpacked);
}

function healthObserver(health: HealthWindow): Partial<Observer> {
  return {
    attemptEnded: ({ model, route, isOk, status, reason, ms }) =>
      health.record({ model, route, isOk, code: reason ?? status ?? "-", ms }),
  };
}

/** What is asked of this process when somebody looks. */
function processFigures(log: Log): GatewayProcess {
  const beganAtMs = systemClock.nowMs();
  return {
    startedAtMs: systemClock.epochMs(),
    uptimeMs: () => systemClock.nowMs() - beganAtMs,
    memory: () => {
      const { rss, heapUsed } = Deno.memoryUsage();
      return { residentBytes: rss, heapUsedBytes: heapUsed };
    },
    droppedLogLineCount: () => log.droppedCount,
  };
}
