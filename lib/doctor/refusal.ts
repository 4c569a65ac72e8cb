/**
 * What an upstream's refusal is about, read from its words.
 *
 * @module
 */
import type { UpstreamFault } from "../chat/response.ts";
import { contextOverflow } from "../translation/context_overflow.ts";

/** Longer messages say it at their beginning. */
const MAX_SEARCHED = 2_000;

/** Statuses with which servers refuse a request for what stands in it; some crash over it. */
const OF_CONTENT: ReadonlySet<number> = new Set([400, 404, 413, 415, 422, 500, 501]);

const SIZE = new RegExp(
  [
    "too (?:large|big|high|long|many)",
    "exceed",
    "at most",
    "(?:less|greater|larger|smaller|more) than",
    "maxim(?:um|al)",
    "\\bmax (?:value|allowed|output)",
    "out of range",
    "\\brange\\b",
    "<=|>=|≤|≥",
    "must be (?:in|between|below|under|within)",
    "limit(?:ed)? (?:of|to|is)\\b",
  ].join("|"),
  "i",
);

const PICTURES = /image|vision|visual|picture|multi-?modal|modalit|mmproj|expected a string/i;
const BAD_PICTURE =
  /too small|dimensions?\b|\b(?:width|height)\b|resolution|corrupt|invalid image|(?:decode|download|fetch|process)\b.{0,20}image/i;
const WHO_ASKS = /model|credit|balance|quota|billing|\bkey\b|account|region|country/i;
const CALL_IDS = /tool[ _-]?(?:call|use|result)|call[ _-]?id|\bids?\b/i;
const MODEL = /\bmodels?\b/i;

/** What the words of a fault are searched in. */
function wordsOf({ message, param = "", code = "" }: UpstreamFault): string {
  return `${message.slice(0, MAX_SEARCHED)} ${param} ${code}`;
}

/** Whether it may be about something in the request rather than about who asks, or the hour. */
export function isAboutContent({ status }: UpstreamFault): boolean {
  return OF_CONTENT.has(status);
}

/** Whether it says that something is too much. */
export function isAboutSize(fault: UpstreamFault): boolean {
  return contextOverflow(fault) !== undefined || SIZE.test(wordsOf(fault));
}

/** Whether it is about pictures; some servers only say that content must be a text. */
export function isAboutPictures(fault: UpstreamFault): boolean {
  return PICTURES.test(wordsOf(fault));
}

/** Whether it finds fault with one picture rather than with pictures. */
export function isAboutOnePicture({ message }: UpstreamFault): boolean {
  return BAD_PICTURE.test(message.slice(0, MAX_SEARCHED));
}

/** Whether it may be about the model or the account, which no other way of asking mends. */
export function isAboutWhoAsks({ message }: UpstreamFault): boolean {
  return WHO_ASKS.test(message.slice(0, MAX_SEARCHED));
}

/** Whether it is about the ids of tool calls. */
export function isAboutCallIds(fault: UpstreamFault): boolean {
  return CALL_IDS.test(wordsOf(fault));
}

/** Whether it wants, or does not want, thoughts with earlier turns. */
export function isAboutThoughts(fault: UpstreamFault): boolean {
  return wordsOf(fault).includes("reasoning_content");
}

/** Whether nothing is where the request went: another path might be right. */
export function isAboutPath(fault: UpstreamFault): boolean {
  const isMissing = fault.status === 404 || fault.status === 405 || fault.status === 501;
  return isMissing && fault.code !== "model_not_found" && !MODEL.test(fault.message);
}

/**
 * The largest number that is allowed, as a refusal says it.
 *
 * @param asked What was asked for: neither it nor more is the answer.
 */
export function maximumIn({ message }: UpstreamFault, asked: number): number | undefined {
  // Numbers that stand alone: those in a model's name do not count.
  const numbers = message.slice(0, MAX_SEARCHED).matchAll(/(?<![\w.:/-])\d[\d,_]*(?![\w-]|\.\d)/g);
  const values = [...numbers].map(([text]) => Number(text.replace(/[,_]/g, "")))
    .filter((value) => value > 1 && value < asked);
  return values.length > 0 ? Math.max(...values) : undefined;
}

/** What ids may look like, by the words with which servers ask for it. */
const ID_PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Mistral: "must be a-z, A-Z, 0-9, with a length of 9"
  [/length (?:of|is|:)? ?9\b|\b9 char|exactly 9/i, "^[a-zA-Z0-9]{9}$"],
  // OpenAI's Responses: "Expected an ID that begins with 'fc'"
  [/begins? with ['"`]?fc/i, "^fc_[a-zA-Z0-9]{1,60}$"],
  [/(?:begins?|starts?) with ['"`]?call_/i, "^call_[a-zA-Z0-9]{1,35}$"],
  [/(?:begins?|starts?) with ['"`]?toolu_/i, "^toolu_[a-zA-Z0-9]{1,58}$"],
  [/(?:begins?|starts?) with ['"`]?chatcmpl-tool-/i, "^chatcmpl-tool-[a-f0-9]{32}$"],
  [/(?:maximum|max|at most|up to)\D{0,30}40\b|\b40 char/i, "^[a-zA-Z0-9_-]{1,40}$"],
  [/(?:maximum|max|at most|up to)\D{0,30}32\b|\b32 char/i, "^[a-zA-Z0-9_-]{1,32}$"],
];

/** What is tried where the words do not say; the narrowest fits most servers. */
const USUAL_ID_PATTERNS: readonly string[] = ["^[a-zA-Z0-9]{9}$", "^call_[a-zA-Z0-9]{24}$"];

/**
 * A pattern that the message itself quotes: `should match pattern '^[a-z]+$'`. Only the plain ones:
 * it is a stranger's, and others can be made to run for hours.
 */
const QUOTED_PATTERN = /\^[\w-]{0,20}\[[\w-]{1,40}\](?:\+|\*|\{\d{1,3}(?:,\d{0,3})?\})?\$/;

/** Patterns for ids that might be taken after such a refusal, the likeliest first. */
export function callIdPatterns(fault: UpstreamFault): string[] {
  const message = fault.message.slice(0, MAX_SEARCHED);
  const quoted = QUOTED_PATTERN.exec(message)?.[0];
  const told = ID_PATTERNS.filter(([words]) => words.test(message)).map(([, pattern]) => pattern);
  const all = [...(quoted === undefined ? [] : [quoted]), ...told, ...USUAL_ID_PATTERNS];
  return [...new Set(all)].filter(isSound);
}

/** It would be refused in the configuration otherwise. */
function isSound(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== undefined;
  } catch {
    // What looked like a pattern is none.
    return false;
  }
}
