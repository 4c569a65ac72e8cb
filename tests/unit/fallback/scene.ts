/**
 * Requests over candidates whose upstreams do as they are told, on a clock that a test moves.
 *
 * @module
 */
import {
  type ByteSource,
  type FailureReason,
  type Send,
  UpstreamFailure,
  type UpstreamRequest,
  type UpstreamResponse,
} from "../../../lib/base/exchange.ts";
import { JsonBody } from "../../../lib/base/json_body.ts";
import type { Observer } from "../../../lib/base/observer.ts";
import { RetryBudget } from "../../../lib/fallback/budget.ts";
import type { ChatCall } from "../../../lib/fallback/chat_call.ts";
import { Cooldowns } from "../../../lib/fallback/cooldown.ts";
import type { Delivery } from "../../../lib/fallback/delivery.ts";
import { Fallback } from "../../../lib/fallback/fallback.ts";
import { Lessons } from "../../../lib/fallback/learning.ts";
import { Router } from "../../../lib/routing/router.ts";
import { configOf } from "../../example_config.ts";
import { FakeClock } from "../../fake_clock.ts";

/** One HTTP request as an upstream sees it. */
export interface Posted {
  /** The host of the route. */
  host: string;
  atMs: number;
  isFresh: boolean;
}

/** What an upstream does with a request. */
export type Act = (asked: { clock: FakeClock; signal: AbortSignal }) => Promise<UpstreamResponse>;

const encoder = new TextEncoder();

/** A whole answer with words, or without. */
export function answers(content = "Hello"): Act {
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  const body = JSON.stringify({ id: "1", object: "chat.completion", model: "m", choices });
  return () => Promise.resolve(json(200, body));
}

/** An answer with a status, in the shape of Chat. */
export function says(
  status: number,
  headers: Record<string, string> = {},
  message = "No",
): Act {
  const body = JSON.stringify({ error: { message, type: "x", param: null, code: null } });
  return () => Promise.resolve(json(status, body, headers));
}

function json(status: number, body: string, headers: Record<string, string> = {}) {
  return {
    status,
    headers: new Headers({ "content-type": "application/json", ...headers }),
    body: inPieces([body]),
  };
}

/** A connection that breaks before the head. */
export function breaks(reason: FailureReason): Act {
  return () => Promise.reject(new UpstreamFailure(reason));
}

/** Nothing at all, until the sender gives up. */
export const isSilent: Act = ({ signal }) => untilAborted(signal);

/** Something, later. */
export function after(ms: number, act: Act): Act {
  return async (asked) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelTimer = asked.clock.after(ms, resolve);
    try {
      await Promise.race([promise, untilAborted(asked.signal)]);
    } finally {
      cancelTimer();
    }
    return await act(asked);
  };
}

/** Pieces of a body; then its end, or silence. `type` says what it is. */
export function streams(
  pieces: Iterable<string>,
  { end = "close", type = "text/event-stream", status = 200 }: {
    end?: "close" | "silence" | "reset";
    type?: string;
    status?: number;
  } = {},
): Act {
  return ({ signal }) =>
    Promise.resolve({
      status,
      headers: new Headers({ "content-type": type }),
      body: inPieces(pieces, () => {
        if (end === "silence") return untilAborted(signal);
        if (end === "reset") return Promise.reject(new UpstreamFailure("reset"));
        return Promise.resolve(undefined);
      }),
    });
}

function inPieces(
  pieces: Iterable<string>,
  end: () => Promise<undefined> = () => Promise.resolve(undefined),
): ByteSource {
  const iterator = pieces[Symbol.iterator]();
  return {
    read: () => {
      const { value, done } = iterator.next();
      return done ? end() : Promise.resolve(encoder.encode(value));
    },
    cancel: () => {},
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new UpstreamFailure("aborted"));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return promise;
}

/** One chunk of a Chat stream. */
export function chunk(delta: Record<string, unknown>, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: "1", model: "m", choices })}\n\n`;
}

/** How a request ended. */
export interface Ended {
  delivery: Delivery | undefined;
  /** When it did. */
  atMs: number;
}

/** A request that is under way, or over. */
export interface Asked {
  ended: Ended | undefined;
  /** The client leaves. */
  leave(): void;
  /** How many of those who wait for the client to leave have not said that they no longer do. */
  readonly listenerCount: number;
}

/** Everything that takes part. */
export class Scene {
  readonly clock = new FakeClock();
  readonly posts: Posted[] = [];
  readonly cooldowns: Cooldowns;
  readonly budget: RetryBudget;
  readonly router: Router;
  readonly #fallback: Fallback;
  readonly #acts = new Map<string, Act>();

  /** @param config `routes.yml`; each route's host is what {@linkcode on} names. */
  constructor(config: string) {
    const parsed = configOf(config);
    this.cooldowns = new Cooldowns(this.clock, () => 0.5);
    this.budget = new RetryBudget(this.clock);
    this.router = new Router(parsed);
    this.#fallback = new Fallback({
      config: parsed,
      send: this.#send,
      clock: this.clock,
      observer: SILENT,
      cooldowns: this.cooldowns,
      budget: this.budget,
      lessons: new Lessons(),
    });
  }

  /** From now on the upstream at `host` does this. */
  on(host: string, act: Act): this {
    this.#acts.set(host, act);
    return this;
  }

  readonly #send: Send = ({ url, isFresh = false }: UpstreamRequest, signal) => {
    if (signal.aborted) return Promise.reject(new UpstreamFailure("aborted"));
    this.posts.push({ host: url.host, atMs: this.clock.nowMs(), isFresh });
    return this.#acts.get(url.host)!({ clock: this.clock, signal });
  };

  /** Asks; what becomes of it shows as time passes. */
  ask({ model = "auto", isStream = false } = {}): Asked {
    const controller = new AbortController();
    const listeners = countedListeners(controller.signal);
    const call = callOf({ model, isStream, clock: this.clock, signal: controller.signal });
    const asked: Asked = {
      ended: undefined,
      leave: () => controller.abort(),
      get listenerCount() {
        return listeners.size;
      },
    };
    this.#fallback.deliver(call, this.router.plan({ model }))
      .then((delivery) => void (asked.ended = { delivery, atMs: this.clock.nowMs() }));
    return asked;
  }

  /** Asks, and lets so much time pass. */
  async asking(ms: number, options: { model?: string; isStream?: boolean } = {}): Promise<Ended> {
    const asked = this.ask(options);
    await this.clock.advanceAsync(ms);
    if (!asked.ended) throw new Error(`Not over after ${ms} ms`);
    return asked.ended;
  }

  /** The hosts that were asked, in order. */
  get hosts(): string {
    return this.posts.map(({ host }) => host).join(" ");
  }
}

/** How it ended, in a word: the status that a client is told. */
export function statusOf({ delivery }: Ended): number | "left" {
  if (delivery === undefined) return "left";
  return delivery.answer?.status ?? delivery.passedOn?.status ?? delivery.error!.status;
}

/** The reasons or statuses of the attempts. */
export function attemptsOf({ delivery }: Ended): string {
  return delivery!.attempts.map(({ reason, status }) => reason ?? status).join(" ");
}

function callOf(
  { model, isStream, clock, signal }: {
    model: string;
    isStream: boolean;
    clock: FakeClock;
    signal: AbortSignal;
  },
): ChatCall {
  const body = { model, messages: [{ role: "user", content: "hello" }], stream: isStream };
  return {
    id: "request",
    protocol: "openai_chat",
    endpoint: "/chat/completions",
    query: "",
    headers: new Headers(),
    body: JsonBody.of(body),
    model,
    isStream,
    isStrict: false,
    receivedAtMs: clock.nowMs(),
    signal,
  };
}

/** Counts those who listen to a signal. */
function countedListeners(signal: AbortSignal): Set<unknown> {
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: object) => {
    listeners.add(listener);
    add(type, listener, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return listeners;
}

const SILENT: Observer = {
  routed() {},
  finished() {},
  rejected() {},
  reloaded() {},
  heldBack() {},
  attemptFailed() {},
  attemptEnded() {},
  switched() {},
  learned() {},
  refused() {},
};
