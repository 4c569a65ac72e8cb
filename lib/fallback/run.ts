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
import { detailOf, isClientsOwnKey, recordOf, restFor } from "./attempt_record.ts";
import { type Delivery, type FailedTry, noticeOf } from "./delivery.ts";
import { allFailed, passedOn, resting } from "./failure_answer.ts";
import type { Outcome } from "./outcome.ts";
import { lessonOf, type Lessons } from "./learning.ts";
import { RequestWriter } from "./request_writer.ts";
import { Selection, type Step } from "./selection.ts";
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

/**
 * No new attempt starts later than this after the request came: two minutes, and the moment by
 * which timers are late, so that after two silent candidates a third is still asked.
 */
const LAST_START_MS = 120_500;
/** A rest that an upstream asked for is waited out when it is no longer than this. */
const MAX_WAIT_MS = 2_000;
/** How long a lone candidate that could not be reached is left before the second try. */
const AGAIN_AFTER_MS = 200;

/** One attempt as it was decided on. */
type Try = Step & { kind: "try" } & { isFresh?: boolean };

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
  /** Whether no candidate so far could be sent the request. */
  #isUnsent = true;
  /** An empty answer, kept in case nobody has a better one. */
  #spare: { candidate: Candidate; answer: Answer } | undefined;

  constructor(parts: FallbackParts, call: ChatCall, plan: Plan) {
    this.#parts = parts;
    this.#call = call;
    this.#plan = plan;
    this.#writer = new RequestWriter(call);
  }

  async deliver(): Promise<Delivery | undefined> {
    const selection = new Selection(this.#plan.candidates, this.#parts.cooldowns);
    let waitLeftMs = MAX_WAIT_MS;
    for (let step = selection.next(); step.kind !== "nobody"; step = selection.next()) {
      if (!this.#mayGoOn() || !this.#isAffordable(step)) break;
      if (step.kind === "wait") {
        if (step.waitMs > waitLeftMs) return this.#leftAlone(step);
        waitLeftMs -= step.waitMs;
        await this.#wait(step.waitMs);
        if (this.#call.signal.aborted) return undefined;
        continue;
      }
      const end = await this.#try(step);
      if (end !== "next") return end;
    }
    return this.#allFailed();
  }

  /** Everybody that is left was told to wait, for longer than a client is made to. */
  #leftAlone({ waitMs, status }: Step & { kind: "wait" }): Delivery {
    if (this.#attempts.length > 0) return this.#allFailed();
    return this.#ended({ error: resting(waitMs, status) });
  }

  /** Whether another attempt may start as far as this request is concerned. */
  #mayGoOn(): boolean {
    const elapsedMs = this.#parts.clock.nowMs() - this.#call.receivedAtMs;
    return this.#attempts.length === 0 ||
      (this.#attempts.length < this.#parts.config.maxAttempts && elapsedMs <= LAST_START_MS);
  }

  /**
   * Whether another attempt may start as far as all requests are concerned. One that did not fail
   * lately may always be asked, or a burst in which others fail would keep everybody from it; but
   * not for a better answer than an empty one, as nobody rests after those.
   */
  #isAffordable(step?: Step): boolean {
    const isReady = step?.kind === "try" && !step.isResting && this.#spare === undefined;
    if (this.#attempts.length === 0 || isReady || this.#parts.budget.isLeft) return true;
    const { id: requestId, protocol } = this.#call;
    this.#parts.observer.heldBack({ requestId, protocol });
    return false;
  }

  /** Tries one candidate: a delivery, `undefined` when the client left, or on to the next. */
  async #try(step: Step & { kind: "try" }): Promise<Delivery | undefined | "next"> {
    const { candidate } = step;
    if (this.#last) this.#tellSwitch(candidate);
    let result = await this.#attempt(step);
    const again = this.#again(candidate, result);
    // What never reached its upstream costs nobody anything, so no budget stands in its way.
    if (again && this.#mayGoOn() && (again.isFresh || this.#isAffordable())) {
      if (again.afterMs > 0) await this.#wait(again.afterMs);
      result = await this.#attempt({ ...step, isFresh: again.isFresh });
    }
    const { outcome, kind } = result;
    if (outcome.kind === "client-gone") return undefined;
    this.#last = { candidate, outcome };
    if (outcome.kind !== "untranslatable") this.#isUnsent = false;
    if (!VERDICTS[kind].next) return this.#delivered(candidate, outcome);
    this.#first ??= { candidate, record: this.#attempts.at(-1)! };
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

  /** Whether and how the same candidate is tried once more. */
  #again(
    candidate: Candidate,
    { outcome, kind }: { outcome: Outcome; kind: OutcomeClass },
  ): { afterMs: number; isFresh: boolean } | undefined {
    if (this.#hasLearned(candidate, outcome)) return { afterMs: 0, isFresh: false };
    const { again } = VERDICTS[kind];
    switch (again) {
      case "no":
        return undefined;
      case "once, on a fresh connection":
        return { afterMs: 0, isFresh: true };
      case "once, when it is the only candidate":
        return this.#plan.candidates.length === 1
          ? { afterMs: AGAIN_AFTER_MS, isFresh: false }
          : undefined;
      default:
        return again satisfies never;
    }
  }

  async #attempt(
    { candidate, isLast: isLastChoice, isResting, isFresh = false }: Try,
  ): Promise<{ outcome: Outcome; kind: OutcomeClass }> {
    const { send, clock, cooldowns, lessons, budget } = this.#parts;
    const isLast = isLastChoice || this.#attempts.length + 1 >= this.#parts.config.maxAttempts;
    const release = cooldowns.claim(candidate);
    const giveBack = isResting && this.#attempts.length > 0 ? budget.reserve() : undefined;
    const setting = { call: this.#call, writer: this.#writer, send, clock, isLast, isFresh };
    const attempt = new Attempt(candidate, { ...setting, quirks: lessons.quirksOf(candidate) });
    try {
      const outcome = await attempt.run();
      const kind = classify(outcome, this.#rules(isLast));
      if (kind !== "client gone") this.#note(candidate, { outcome, kind, attempt });
      return { outcome, kind };
    } finally {
      release();
      giveBack?.();
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
    { outcome, kind, attempt }: { outcome: Outcome; kind: OutcomeClass; attempt: Attempt },
  ): void {
    const record = recordOf(candidate, outcome, attempt.elapsedMs);
    this.#attempts.push(record);
    this.#rest(candidate, { outcome, kind, startedAtMs: attempt.startedAtMs });
    this.#tellAttempt(record, outcome, kind);
    const isExtra = this.#attempts.length > 1;
    if (isExtra && VERDICTS[kind].health === "failed") this.#parts.budget.countFailure();
  }

  #rest(
    candidate: Candidate,
    { outcome, kind, startedAtMs }: { outcome: Outcome; kind: OutcomeClass; startedAtMs: number },
  ): void {
    const { cooldowns, clock } = this.#parts;
    const { cooldown, health } = VERDICTS[kind];
    if (health === "ok") return cooldowns.recover(candidate);
    if (cooldown === "none" || isClientsOwnKey(candidate, outcome)) return;
    cooldowns.rest(candidate, { ...restFor(outcome, cooldown, clock.epochMs()), startedAtMs });
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
      const detail = detailOf(outcome);
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
    const { cooldowns } = this.#parts;
    const end = this.#hasOneVoice
      ? passedOn(outcome)
      : { error: allFailed(this.#attempts, cooldowns, this.#plan.candidates) };
    return this.#ended({ candidate, ...end });
  }

  /** Whether the last failure speaks for all: of one model, or of a request nobody can be sent. */
  get #hasOneVoice(): boolean {
    const { mode, candidates } = this.#plan;
    const isOneModel = candidates.every(({ model }) => model === candidates[0]!.model);
    return candidates.length === 1 || (mode === "pinned" && isOneModel) || this.#isUnsent;
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
