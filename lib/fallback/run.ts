/**
 * One request's way through its candidates: the state between a plan and a delivery.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Send } from "../base/exchange.ts";
import type { AttemptRecord, Observer } from "../base/observer.ts";
import type { Config } from "../config/config.ts";
import type { Candidate } from "../routing/candidate.ts";
import type { Plan } from "../routing/router.ts";
import type { Answer } from "./answer.ts";
import { Attempt } from "./attempt.ts";
import type { RetryBudget } from "./budget.ts";
import type { ChatCall } from "./chat_call.ts";
import type { Cooldowns } from "./cooldown.ts";
import { recordOf, restFor } from "./attempt_record.ts";
import { type Delivery, type FailedTry, noticeOf } from "./delivery.ts";
import { allFailed, passedOn, resting } from "./failure_answer.ts";
import type { Outcome } from "./outcome.ts";
import { lessonOf, type Lessons } from "./learning.ts";
import { RequestWriter } from "./request_writer.ts";
import { classify, type OutcomeClass, type VerdictRules, VERDICTS } from "./verdict.ts";

/** What fallback is made of. */
export interface FallbackParts {
  config: Config;
  send: Send;
  clock: Clock;
  observer: Observer;
  cooldowns: Cooldowns;
  budget: RetryBudget;
  lessons: Lessons;
}

/** No new attempt starts later than this after the request came. */
const LAST_START_MS = 120_000;
/** A rest that an upstream asked for is waited out when it is no longer than this. */
const MAX_WAIT_MS = 2_000;
/** How long a lone candidate that could not be reached is left before the second try. */
const AGAIN_AFTER_MS = 200;

/** One request; tries its candidates, one after the other, until one answers. */
export class Run {
  readonly #parts: FallbackParts;
  readonly #call: ChatCall;
  readonly #plan: Plan;
  readonly #writer: RequestWriter;
  readonly #attempts: AttemptRecord[] = [];
  /** The last candidate that failed, and how. */
  #last: { candidate: Candidate; outcome: Outcome } | undefined;
  /** The first candidate that failed: what a notice tells the client. */
  #first: FailedTry | undefined;
  /** An empty answer, kept in case nobody has a better one. */
  #spare: { candidate: Candidate; answer: Answer } | undefined;

  constructor(parts: FallbackParts, call: ChatCall, plan: Plan) {
    this.#parts = parts;
    this.#call = call;
    this.#plan = plan;
    this.#writer = new RequestWriter(call);
  }

  async deliver(): Promise<Delivery | undefined> {
    const { ready, tryAnyway, restMs, restStatus } = this.#sorted();
    if (ready.length === 0 && tryAnyway.length === 0) {
      if (restMs > MAX_WAIT_MS) return this.#ended({ error: resting(restMs, restStatus) });
      await this.#wait(restMs);
    }
    const order = this.#order(ready, tryAnyway);
    for (const [index, candidate] of order.entries()) {
      if (!this.#mayGoOn()) break;
      const isLast = index === order.length - 1;
      const step = await this.#try(candidate, isLast);
      if (step !== "next") return step;
    }
    return this.#allFailed();
  }

  /** The candidates by what their rests allow. */
  #sorted() {
    const ready: Candidate[] = [];
    const tryAnyway: { candidate: Candidate; remainingMs: number }[] = [];
    let restMs = Infinity;
    let restStatus: number | undefined = 429;
    for (const candidate of this.#plan.candidates) {
      const rest = this.#parts.cooldowns.restOf(candidate);
      if (!rest) {
        ready.push(candidate);
      } else if (rest.reason !== "directed") {
        tryAnyway.push({ candidate, remainingMs: rest.remainingMs });
      } else {
        restMs = Math.min(restMs, rest.remainingMs);
        if (rest.status !== 429) restStatus = rest.status;
      }
    }
    tryAnyway.sort((one, other) => one.remainingMs - other.remainingMs);
    return { ready, tryAnyway, restMs, restStatus };
  }

  /** Those that are ready, then those that failed lately; those told to wait only if they must. */
  #order(ready: Candidate[], tryAnyway: { candidate: Candidate }[]): Candidate[] {
    const order = [...ready, ...tryAnyway.map(({ candidate }) => candidate)];
    return order.length > 0 ? order : this.#plan.candidates;
  }

  #mayGoOn(): boolean {
    const { config, clock, budget } = this.#parts;
    if (this.#attempts.length === 0) return true;
    return this.#attempts.length < config.maxAttempts && budget.isLeft &&
      clock.nowMs() - this.#call.receivedAtMs < LAST_START_MS;
  }

  /** Tries one candidate: a delivery, `undefined` when the client left, or on to the next. */
  async #try(candidate: Candidate, isLast: boolean): Promise<Delivery | undefined | "next"> {
    if (this.#last) this.#tellSwitch(candidate);
    let result = await this.#attempt(candidate, isLast);
    const waitMs = this.#hasLearned(candidate, result.outcome)
      ? 0
      : this.#againAfterMs(result.kind);
    if (waitMs !== undefined) {
      await this.#wait(waitMs);
      result = await this.#attempt(candidate, isLast);
    }
    const { outcome, kind } = result;
    if (outcome.kind === "client-gone") return undefined;
    this.#last = { candidate, outcome };
    if (!VERDICTS[kind].next) return this.#delivered(candidate, outcome);
    if (outcome.kind === "answered") this.#keepSpare(candidate, outcome.answer);
    const isReplayed = outcome.kind !== "ambiguous" || this.#parts.config.replayAmbiguous;
    return isReplayed ? "next" : this.#allFailed();
  }

  /** Whether a refusal taught something that makes another attempt worth it. */
  #hasLearned(candidate: Candidate, outcome: Outcome): boolean {
    const lesson = outcome.kind === "status" ? lessonOf(outcome.fault) : undefined;
    if (!lesson || !this.#parts.lessons.learn(candidate, lesson)) return false;
    const { model, route } = candidate;
    this.#parts.observer.learned({ model, route: route.name, ...lesson });
    return true;
  }

  /** How long until the same candidate is tried once more; `undefined` when it is not. */
  #againAfterMs(kind: OutcomeClass): number | undefined {
    switch (VERDICTS[kind].again) {
      case "no":
        return undefined;
      case "once, on a fresh connection":
        return 0;
      case "once, when it is the only candidate": {
        const isAlone = this.#plan.candidates.length === 1;
        return isAlone && this.#parts.budget.isLeft ? AGAIN_AFTER_MS : undefined;
      }
      default:
        return VERDICTS[kind].again satisfies never;
    }
  }

  async #attempt(
    candidate: Candidate,
    isLast: boolean,
  ): Promise<{ outcome: Outcome; kind: OutcomeClass }> {
    const { send, clock, cooldowns, lessons } = this.#parts;
    const release = cooldowns.claim(candidate);
    const setting = { call: this.#call, writer: this.#writer, send, clock, isLast };
    const attempt = new Attempt(candidate, { ...setting, quirks: lessons.quirksOf(candidate) });
    try {
      const outcome = await attempt.run();
      const kind = classify(outcome, this.#rules(isLast));
      if (kind !== "client gone") {
        this.#note(candidate, { outcome, kind, ms: attempt.elapsedMs });
      }
      return { outcome, kind };
    } finally {
      release();
    }
  }

  #rules(isLast: boolean): VerdictRules {
    const { retryStatusCodes, strictRetryList, emptyIsFailure } = this.#parts.config;
    return {
      retryStatusCodes,
      strictRetryList,
      emptyIsFailure: emptyIsFailure && !isLast,
      hasOthers: this.#plan.candidates.length > 1,
    };
  }

  /** Everything that remembers attempts hears of this one. */
  #note(
    candidate: Candidate,
    { outcome, kind, ms }: { outcome: Outcome; kind: OutcomeClass; ms: number },
  ): void {
    const record = recordOf(candidate, outcome, ms);
    this.#attempts.push(record);
    this.#rest(candidate, outcome, kind);
    this.#tellAttempt(record, outcome, kind);
    if (!VERDICTS[kind].next) return;
    if (this.#attempts.length > 1) this.#parts.budget.countFailure();
    this.#first ??= { candidate, record };
  }

  #rest(candidate: Candidate, outcome: Outcome, kind: OutcomeClass): void {
    const { cooldowns, clock } = this.#parts;
    const { cooldown, health } = VERDICTS[kind];
    if (health === "ok") return cooldowns.recover(candidate);
    if (cooldown === "none") return;
    cooldowns.rest(candidate, restFor(outcome, cooldown, clock.epochMs()));
  }

  #tellAttempt(record: AttemptRecord, outcome: Outcome, kind: OutcomeClass): void {
    const { observer } = this.#parts;
    const { health } = VERDICTS[kind];
    const { id: requestId, protocol } = this.#call;
    if (health !== "none") observer.attemptEnded({ ...record, isOk: health === "ok" });
    if (outcome.kind === "untranslatable") {
      const { message } = outcome.error;
      observer.refused({ requestId, protocol, model: record.model, message });
    } else if (kind !== "answered") {
      const detail = "fault" in outcome ? outcome.fault?.message : undefined;
      observer.attemptFailed({
        ...record,
        requestId,
        protocol,
        ...(detail === undefined ? {} : { detail }),
      });
    }
  }

  #tellSwitch(to: Candidate): void {
    const { candidate: from } = this.#last!;
    const { status, reason } = this.#attempts.at(-1)!;
    this.#parts.observer.switched({
      requestId: this.#call.id,
      protocol: this.#call.protocol,
      fromModel: from.model,
      fromRoute: from.route.name,
      toModel: to.model,
      toRoute: to.route.name,
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /** An empty answer is over before the next candidate is asked: only a whole one can be kept. */
  #keepSpare(candidate: Candidate, answer: Answer): void {
    if (answer.body.kind === "stream") answer.body.source.cancel();
    this.#spare = { candidate, answer };
  }

  #delivered(candidate: Candidate, outcome: Outcome): Delivery {
    if (outcome.kind === "answered") return this.#ended({ candidate, answer: outcome.answer });
    return this.#ended({ candidate, ...passedOn(outcome) });
  }

  #allFailed(): Delivery {
    if (this.#spare) return this.#ended(this.#spare);
    const { candidate, outcome } = this.#last!;
    const isPinned = this.#plan.mode === "pinned" || this.#plan.candidates.length === 1;
    const end = isPinned
      ? passedOn(outcome)
      : { error: allFailed(this.#attempts, this.#parts.cooldowns, this.#plan.candidates) };
    return this.#ended({ candidate, ...end });
  }

  #ended(end: Omit<Delivery, "attempts" | "notice">): Delivery {
    const first = this.#first;
    const { candidate } = end;
    const isSwitched = first && candidate && candidate.id !== first.candidate.id && end.answer;
    const notice = isSwitched ? noticeOf(first, candidate) : undefined;
    return { ...end, attempts: this.#attempts, ...(notice ? { notice } : {}) };
  }

  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelTimer = this.#parts.clock.after(ms, resolve);
    const onAbort = () => {
      cancelTimer();
      resolve();
    };
    this.#call.signal.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => this.#call.signal.removeEventListener("abort", onAbort));
  }
}
