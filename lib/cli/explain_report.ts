/**
 * What would become of a request: who is asked, in which order and why, and what each would be
 * sent.
 *
 * Made with the functions that requests go through; only the sending is left out. Pure.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import { joinBytes } from "../base/exchange.ts";
import { isObject, type JsonObject, type JsonValue, parseJson } from "../base/json.ts";
import type { Loss } from "../chat/loss.ts";
import type { Config, RouteQuirks } from "../config/config.ts";
import { attemptRequest } from "../fallback/attempt_request.ts";
import type { ChatCall } from "../fallback/chat_call.ts";
import { protocolFor, RequestWriter } from "../fallback/request_writer.ts";
import type { Candidate } from "../routing/candidate.ts";
import { conversationOf, turnsIn } from "../routing/conversation.ts";
import { type Plan, Router } from "../routing/router.ts";
import { codecOf } from "../translation/codecs.ts";
import { estimateTokens } from "../translation/token_estimate.ts";
import { protocolWord, shownUrl, withoutSecrets } from "./shown_route.ts";

/** How a request would end before anybody is asked. */
export interface RefusalReport {
  status: number;
  message: string;
  /** What the client would be sent. */
  body: JsonObject;
}

/** What one candidate would be sent, or why it would not be. */
export interface AttemptReport {
  model: string;
  route: string;
  /** Why it stands at its place. */
  why: string;
  protocol: string;
  isTranslated: boolean;
  url: string;
  /** With words in the place of keys. */
  headers: Record<string, string>;
  bodyBytes: number;
  /** What the translation cannot carry. */
  losses: Loss[];
  /** What the route's quirks change in the body. */
  changes: string[];
  body: JsonValue | undefined;
}

/** A candidate that is passed over. */
export interface PassedOverReport extends Pick<AttemptReport, "model" | "route" | "why"> {
  refusal: string;
}

/** A whole explanation. */
export interface ExplainReport {
  model: string;
  protocol: string;
  isStream: boolean;
  bodyBytes: number;
  /** Of the prompt; absent when the body cannot be read as one. */
  estimatedTokens?: number;
  mode?: Plan["mode"];
  candidates: (AttemptReport | PassedOverReport)[];
  refusal?: RefusalReport;
  notes: string[];
}

/** Explains a request to a gateway that was just started. */
export function explainReport(call: ChatCall, config: Config): ExplainReport {
  const explanation = new Explanation(call, config);
  return explanation.report();
}

class Explanation {
  readonly #call: ChatCall;
  readonly #config: Config;
  readonly #writer: RequestWriter;

  constructor(call: ChatCall, config: Config) {
    this.#call = call;
    this.#config = config;
    this.#writer = new RequestWriter(call);
  }

  report(): ExplainReport {
    const { model, protocol, isStream, body } = this.#call;
    const estimatedTokens = this.#tokens();
    const about = {
      model,
      protocol: protocolWord(protocol),
      isStream,
      bodyBytes: body.bytes.length,
      ...(estimatedTokens === undefined ? {} : { estimatedTokens }),
    };
    const plan = this.#plan();
    if (plan instanceof GatewayError) {
      return { ...about, candidates: [], refusal: this.#refusal(plan), notes: [] };
    }
    const candidates = plan.candidates.map((_, at) => this.#candidate(plan, at));
    return { ...about, mode: plan.mode, candidates, notes: this.#notes(plan) };
  }

  #plan(): Plan | GatewayError {
    try {
      return new Router(this.#config).plan({ model: this.#call.model });
    } catch (error) {
      if (error instanceof GatewayError) return error;
      throw error;
    }
  }

  #refusal(error: GatewayError): RefusalReport {
    const { id, protocol } = this.#call;
    const body = codecOf(protocol).encodeError(error, id);
    return { status: error.status, message: error.message, body };
  }

  #tokens(): number | undefined {
    try {
      return estimateTokens(this.#writer.decoded());
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
      throw error;
    }
  }

  #candidate(plan: Plan, at: number): AttemptReport | PassedOverReport {
    const candidate = plan.candidates[at]!;
    const { model, route } = candidate;
    const about = { model, route: route.name, why: this.#why(plan, at) };
    try {
      return { ...about, ...this.#attempt(candidate) };
    } catch (error) {
      if (error instanceof GatewayError) return { ...about, refusal: error.message };
      throw error;
    }
  }

  #attempt(candidate: Candidate): Omit<AttemptReport, "model" | "route" | "why"> {
    const call = this.#call;
    const { route } = candidate;
    const written = this.#writer.write(candidate, route.quirks);
    const shown = { ...candidate, route: withoutSecrets(route) };
    const { url, headers } = attemptRequest(shown, { call, written });
    const protocol = protocolFor(route, call.protocol);
    return {
      protocol: protocolWord(protocol),
      isTranslated: protocol !== call.protocol,
      url: shownUrl(url),
      headers: Object.fromEntries([...headers].sort()),
      bodyBytes: written.pieces.reduce((sum, { length }) => sum + length, 0),
      losses: written.losses,
      changes: this.#changes(candidate),
      body: bodyOf(written.pieces),
    };
  }

  /** Compares with the body that would be written without quirks. */
  #changes(candidate: Candidate): string[] {
    const write = (quirks: RouteQuirks) => bodyOf(this.#writer.write(candidate, quirks).pieces);
    return differences(write({}), write(candidate.route.quirks));
  }

  #why({ mode, candidates }: Plan, at: number): string {
    const { model, route } = candidates[at]!;
    const isFirst = candidates.findIndex((one) => one.model === model) === at;
    const viaRest = route.models.includes(model) ? "" : ', by the route with model "*"';
    if (!isFirst) return `another route of the same model${viaRest}`;
    if (mode === "auto") return `${this.#autoReason(at)}${viaRest}`;
    if (model !== this.#call.model) return `next in the fallback of ${this.#call.model}${viaRest}`;
    return `asked for by name${viaRest}`;
  }

  #autoReason(at: number): string {
    const { policy } = this.#config.auto;
    if (at > 0) return `auto: next, ${policy}`;
    return policy === "round-robin" || policy === "weighted"
      ? `auto: first of a ${policy} turn`
      : `auto: first, ${policy}`;
  }

  #notes({ mode, candidates }: Plan): string[] {
    const { maxAttempts, auto } = this.#config;
    const { policy, sticky } = auto;
    const isFollowUp = conversationOf(turnsIn(this.#call.body), this.#call.headers).isFollowUp;
    const notes = {
      "a running gateway may stand elsewhere in its rotation": mode === "auto" &&
        (policy === "round-robin" || policy === "weighted"),
      "without measurements all models are equally fast; a running gateway asks the fastest first":
        mode === "auto" && policy === "least-latency",
      "a follow-up: a running gateway first asks the model that served the conversation before":
        mode === "auto" && sticky && isFollowUp,
      [`at most ${maxAttempts} candidates are asked`]: candidates.length > maxAttempts,
    };
    return Object.entries(notes).filter(([, holds]) => holds).map(([note]) => note);
  }
}

function bodyOf(pieces: readonly Uint8Array<ArrayBuffer>[]): JsonValue | undefined {
  return parseJson(new TextDecoder().decode(joinBytes(pieces)));
}

/** What became of the fields of a body, one by one. */
function differences(before: JsonValue | undefined, after: JsonValue | undefined): string[] {
  if (!isObject(before) || !isObject(after)) return [];
  const text = (value: JsonValue | undefined) => JSON.stringify(value);
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const come = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
  const renamed = gone.flatMap((name) => {
    const other = come.find((one) => text(after[one]) === text(before[name]));
    return other === undefined ? [] : [[name, other] as const];
  });
  const isRenamed = (name: string) => renamed.flat().includes(name);
  const changed = Object.keys(before)
    .filter((name) => Object.hasOwn(after, name) && text(before[name]) !== text(after[name]));
  return [
    ...renamed.map(([name, other]) => `${name} is sent as ${other}`),
    ...gone.filter((name) => !isRenamed(name)).map((name) => `${name} is left out`),
    ...come.filter((name) => !isRenamed(name)).map((name) => `${name} is added`),
    ...changed.map((name) => `${name} is changed`),
  ];
}
