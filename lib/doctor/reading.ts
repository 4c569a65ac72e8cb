/**
 * What came of a question → what the upstream can do, and what to write down for it: a row each.
 *
 * @module
 */
import { isObject, parseJson } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { ToolCallBlock } from "../chat/block.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { RouteQuirks } from "../config/config.ts";
import { DEFAULT_MAX_TOKENS } from "../translation/anthropic_messages/foreign_request.ts";
import type { Finding, Findings } from "./capability.ts";
import type { Observation } from "./observation.ts";
import { ABSURD_MAX_TOKENS, type QuestionName, WEATHER_TOOL } from "./question.ts";
import {
  isAboutContent,
  isAboutOnePicture,
  isAboutPictures,
  isAboutSize,
  maximumIn,
} from "./refusal.ts";
import { failureText, faultText, quoted, type Telling } from "./told.ts";

/** What an observation is read with. */
export interface ReadingContext extends Telling {
  protocol: Protocol;
  /** The quirks under which it was made. */
  quirks: RouteQuirks;
  /** The limit of the answer. */
  maxTokens: number;
  /** Whether the route has a key of its own. */
  hasKey: boolean;
}

/** What was read from an observation. */
export interface Reading {
  findings: Findings;
  /** What to write down beside what already held. */
  quirks?: RouteQuirks;
}

/** Reads what came of a question. */
export function read(
  question: QuestionName,
  observation: Observation,
  context: ReadingContext,
): Reading {
  return READERS[question](observation, context);
}

type Reader = (observation: Observation, context: ReadingContext) => Reading;
type Failed = Exclude<Observation, { kind: "answered" }>;

const YES: Finding = { verdict: "yes" };

function no(reason: string): Finding {
  return { verdict: "no", reason };
}

function unknown(reason: string): Finding {
  return { verdict: "unknown", reason };
}

const READERS: Readonly<Record<QuestionName, Reader>> = {
  answer: (observation, context) => {
    if (observation.kind !== "answered") return { findings: unanswered(observation, context) };
    return {
      findings: {
        auth: context.hasKey ? YES : { verdict: "yes", reason: "it answers without a key" },
        answer: answerFinding(observation.response, context),
        params: paramsFinding(context.quirks),
      },
    };
  },

  stream: (observation, context) => {
    if (observation.kind !== "answered") {
      return { findings: { stream: failed(observation, context) } };
    }
    const { response, isStream } = observation;
    const isWhole =
      "it answers with JSON where a stream is asked for, of which the gateway makes one";
    return {
      findings: { stream: isStream ? YES : no(isWhole), usage: usageFinding(response, context) },
    };
  },

  tools: (observation, context) => ({
    findings: observation.kind === "answered"
      ? toolFindings(observation.response, context)
      : { tools: failed(observation, context) },
  }),

  toolResults: (observation, context) => ({
    findings: {
      toolResults: observation.kind === "answered" ? YES : failed(observation, context),
    },
  }),

  vision: (observation, context) => {
    if (observation.kind === "answered") {
      return { findings: { vision: visionFinding(observation.response, context) } };
    }
    if (observation.kind === "refused" && isAboutOnePicture(observation.fault)) {
      return { findings: { vision: unknown(failureText(observation, context)) } };
    }
    const isBlind = observation.kind === "refused" && isAboutContent(observation.fault) &&
      (observation.fault.status < 500 || isAboutPictures(observation.fault));
    return {
      findings: { vision: failed(observation, context) },
      ...(isBlind ? { quirks: { vision: false } } : {}),
    };
  },

  limits: (observation, context) => {
    if (observation.kind === "answered") {
      const reason = "it takes any limit of its answer; only a long prompt could tell";
      return { findings: { limits: unknown(reason) } };
    }
    if (observation.kind !== "refused") {
      return { findings: { limits: failed(observation, context) } };
    }
    const { fault } = observation;
    const maximum = maximumIn(fault, ABSURD_MAX_TOKENS);
    const told = faultText(fault, context);
    const isClear = fault.status < 500 && isAboutSize(fault);
    return {
      findings: { limits: isClear ? YES : no(`asked for far too much it answers ${told}`) },
      ...defaultLimit(maximum, context),
    };
  },

  structuredOutput: (observation, context) => ({
    findings: {
      structuredOutput: observation.kind === "answered"
        ? sumFinding(observation.response, context)
        : failed(observation, context),
    },
  }),
};

/** Silence and a refusal for another reason do not say whether it could. */
function failed(observation: Failed, context: ReadingContext): Finding {
  const reason = failureText(observation, context);
  const isTold = observation.kind === "broken" ||
    (observation.kind === "refused" && isAboutContent(observation.fault));
  return isTold ? no(reason) : unknown(reason);
}

const KEY_REFUSED: ReadonlySet<number> = new Set([401, 403]);
/** With these an upstream shows that it knows who asks. */
const KEY_KNOWN: ReadonlySet<number> = new Set([402]);

function unanswered(observation: Failed, context: ReadingContext): Findings {
  const reason = failureText(observation, context);
  if (observation.kind !== "refused") return { answer: no(reason) };
  const { status } = observation.fault;
  if (KEY_REFUSED.has(status)) {
    const noKey =
      "the route has no key of its own, and here is no client whose key could be sent; ";
    return {
      auth: no(context.hasKey ? reason : noKey + reason),
      answer: no("its key is not taken"),
    };
  }
  if (KEY_KNOWN.has(status)) return { auth: YES, answer: no(reason) };
  return { answer: status === 429 ? unknown(reason) : no(reason) };
}

function answerFinding(response: ChatResponse, { maxTokens }: ReadingContext): Finding {
  if (textOf(response) !== "") return YES;
  if (response.stopReason === "max-tokens") {
    return { verdict: "yes", reason: `all of ${maxTokens} tokens went into thinking` };
  }
  return no("it answers without a word");
}

/** Parameters that the question carried, and that are not sent to this upstream. */
const SENT_PARAMS = ["temperature", "stop", "stop_sequences"];

function paramsFinding({ dropParams = [], maxTokensField }: RouteQuirks): Finding {
  const dropped = dropParams.filter((name) => SENT_PARAMS.includes(name));
  const parts = [
    ...(dropped.length > 0 ? [`${dropped.join(", ")} cannot be sent`] : []),
    ...(maxTokensField === undefined ? [] : [`the limit is called ${maxTokensField}`]),
  ];
  if (parts.length === 0) return YES;
  return { verdict: dropped.length > 0 ? "no" : "yes", reason: parts.join("; ") };
}

function usageFinding({ usage }: ChatResponse, { quirks }: ReadingContext): Finding {
  if (usage.inputTokens !== undefined || usage.outputTokens !== undefined) return YES;
  const isDropped = quirks.dropParams?.includes("stream_options");
  return no(
    isDropped
      ? "it does not take stream_options, and says nothing without"
      : "its streams do not say what was used, although asked",
  );
}

function toolFindings(response: ChatResponse, context: ReadingContext): Findings {
  const calls = response.content.filter((block): block is ToolCallBlock =>
    block.type === "tool-call"
  );
  const good = calls.filter(followsSchema);
  if (good.length === 0) {
    const [bad] = calls;
    if (bad) return { tools: no(`its call does not follow the schema: ${called(bad, context)}`) };
    const { stopReason } = response;
    if (stopReason === "max-tokens") return { tools: unknown(tooShort(context)) };
    return { tools: no("it answers in words where it is told to call a tool") };
  }
  return { tools: YES, parallelTools: parallelFinding(good.length, response, context) };
}

function parallelFinding(count: number, response: ChatResponse, context: ReadingContext): Finding {
  if (count > 1) return YES;
  if (response.stopReason === "max-tokens") return unknown(tooShort(context));
  return no("it makes one call at a time");
}

function tooShort({ maxTokens }: ReadingContext): string {
  return `${maxTokens} tokens were not enough: try a larger --max-tokens`;
}

function called({ name, input }: ToolCallBlock, context: ReadingContext): string {
  return quoted(`${name} ${input}`, context);
}

function followsSchema({ name, input }: ToolCallBlock): boolean {
  const value = parseJson(input);
  return name === WEATHER_TOOL.name && isObject(value) && typeof value.city === "string";
}

function visionFinding(response: ChatResponse, context: ReadingContext): Finding {
  const words = textOf(response);
  if (/\b(?:red|rot|rouge|rojo)\b|红|赤/i.test(words)) return YES;
  if (words === "") return unknown(tooShort(context));
  return unknown(`it takes a picture, but says ${quoted(words, context)} of a red one`);
}

/** Only Messages wants a limit always: there the gateway sends one for clients that name none. */
function defaultLimit(
  maximum: number | undefined,
  { protocol, quirks }: ReadingContext,
): { quirks?: RouteQuirks } {
  const usual = quirks.defaultMaxTokens ?? DEFAULT_MAX_TOKENS;
  if (protocol !== "anthropic_messages" || maximum === undefined || maximum >= usual) return {};
  return { quirks: { defaultMaxTokens: maximum } };
}

function sumFinding(response: ChatResponse, context: ReadingContext): Finding {
  const words = textOf(response);
  const value = parseJson(words);
  if (isObject(value) && Number.isInteger(value.sum)) return YES;
  if (response.stopReason === "max-tokens") return unknown(tooShort(context));
  return no(`it does not keep to the schema: ${quoted(words, context)}`);
}

function textOf({ content }: ChatResponse): string {
  return content.map((block) => block.type === "text" ? block.text : "").join("").trim();
}
