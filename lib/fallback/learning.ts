/**
 * Learns from a 400 that names a parameter: what this upstream does not take is left out, or sent
 * under its other name, from then on.
 *
 * @module
 */
import type { UpstreamFault } from "../chat/response.ts";
import type { RouteQuirks } from "../config/config.ts";
import type { Candidate } from "../routing/candidate.ts";

/** Something that an upstream does not take. */
export interface Lesson {
  /** The parameter, by its wire name. */
  param: string;
  /** The name under which it is taken; absent when it is left out. */
  renamedTo?: "max_tokens" | "max_completion_tokens";
}

/**
 * Parameters that an answer can do without. What shapes the answer (`messages`, `tools`,
 * `response_format`) is not among them: without it the client would get something else.
 */
const DISPENSABLE: ReadonlySet<string> = new Set([
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "seed",
  "stop",
  "stop_sequences",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "stream_options",
  "parallel_tool_calls",
  "reasoning_effort",
  "reasoning",
  "thinking",
  "output_config",
  "context_management",
  "verbosity",
  "store",
  "metadata",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "service_tier",
  "include",
  "truncation",
  "client_metadata",
]);

/** OpenAI shows thoughts only to accounts that it knows well; without this one it thinks all the same. */
const SUMMARY = "reasoning.summary";

const TOKEN_FIELDS = ["max_tokens", "max_completion_tokens"] as const;

/** How servers say that they do not take something, in their many words. */
const REFUSAL = new RegExp(
  [
    "unsupported",
    "not (?:currently )?support",
    "does(?:n't| not) support",
    "unrecogni[sz]ed",
    "unknown (?:name|field|parameter|argument)",
    "unexpected (?:keyword|field|parameter|argument)",
    "extra (?:inputs|fields)",
    "extra_forbidden",
    "not permitted",
    "not allowed",
    "deprecated",
    "cannot be specified",
  ].join("|"),
  "i",
);

/** Longer messages are not searched: the name stands at the beginning of those that have one. */
const MAX_SEARCHED = 2_000;

/**
 * What a fault teaches.
 *
 * @returns `undefined` when it does not say that a parameter which can be spared is refused.
 */
export function lessonOf(fault: UpstreamFault): Lesson | undefined {
  if (fault.status !== 400 && fault.status !== 422) return undefined;
  const message = fault.message.slice(0, MAX_SEARCHED);
  if (!REFUSAL.test(message) && !/^unsupported_/.test(fault.code ?? "")) return undefined;
  const param = paramOf(fault, message);
  if (param === undefined) return undefined;
  const field = TOKEN_FIELDS.find((name) => name === param);
  if (field === undefined) return { param };
  return { param, renamedTo: field === "max_tokens" ? "max_completion_tokens" : "max_tokens" };
}

function paramOf({ param }: UpstreamFault, message: string): string | undefined {
  const isKnown = (name: string) =>
    DISPENSABLE.has(name) || TOKEN_FIELDS.some((field) => field === name);
  if (param === SUMMARY) return param;
  // `body.stream_options.include_usage` is about `stream_options`.
  const named = (param ?? "").split(/[.[\]/]+/).find(isKnown);
  return named ?? (message.match(/[a-z_]+/g) ?? []).find(isKnown);
}

/** Candidates come and go with reloads; this many are remembered. */
const MAX_REMEMBERED = 1_000;

/** Remembers what was learned, by candidate. */
export class Lessons {
  readonly #learned = new Map<string, RouteQuirks>();

  /** The candidate's quirks: those of its route, and what was learned. */
  quirksOf(candidate: Candidate): RouteQuirks {
    const { quirks } = candidate.route;
    const learned = this.#learned.get(candidate.id);
    if (learned === undefined) return quirks;
    const dropParams = [...(quirks.dropParams ?? []), ...(learned.dropParams ?? [])];
    return { ...quirks, ...learned, ...(dropParams.length > 0 ? { dropParams } : {}) };
  }

  /**
   * Takes a lesson in.
   *
   * @returns Whether it was new: only then is another attempt worth it.
   */
  learn(candidate: Candidate, { param, renamedTo }: Lesson): boolean {
    const known = this.quirksOf(candidate);
    const learned = this.#learned.get(candidate.id) ?? {};
    if (renamedTo !== undefined) {
      // A field that is refused under both of its names is not a matter of names.
      if (known.maxTokensField !== undefined) return false;
      this.#remember(candidate, { ...learned, maxTokensField: renamedTo });
      return true;
    }
    if (known.dropParams?.includes(param)) return false;
    const dropParams = [...(learned.dropParams ?? []), param];
    this.#remember(candidate, { ...learned, dropParams });
    return true;
  }

  #remember({ id }: Candidate, quirks: RouteQuirks): void {
    this.#learned.set(id, quirks);
    if (this.#learned.size > MAX_REMEMBERED) {
      this.#learned.delete(this.#learned.keys().next().value!);
    }
  }
}
