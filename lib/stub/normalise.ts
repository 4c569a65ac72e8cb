/**
 * A request without what is another one each time: ids, dates, where the client runs. Two requests
 * that are equal then ask for the same.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";
import { type JsonPath, parseJsonPath, replaceAt } from "./json_path.ts";

/** Fields that say who asks or in which session, not what. */
export const VOLATILE_FIELDS: readonly string[] = [
  "$.metadata.user_id",
  "$.metadata.session_id",
  "$.user",
  "$.safety_identifier",
  "$.prompt_cache_key",
  "$.session_id",
  "$.conversation_id",
  "$.client_metadata",
];

/** Ids that tie the parts of a conversation together: numbered in the order of their appearance. */
const ID_FIELDS: readonly string[] = [
  "$.previous_response_id",
  "$.messages[*].id",
  "$.messages[*].tool_call_id",
  "$.messages[*].tool_calls[*].id",
  "$.messages[*].content[*].id",
  "$.messages[*].content[*].tool_use_id",
  "$.input[*].id",
  "$.input[*].call_id",
];

/** What varies inside of texts. */
export interface VolatileText {
  name: string;
  pattern: RegExp;
  /** What stands there instead; `$1` keeps a part. */
  instead: string;
}

const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*";

/** In order: whole blocks first, as their parts would be found again. */
export const VOLATILE_TEXTS: readonly VolatileText[] = [
  {
    name: "what coding agents tell of the machine, as a block",
    pattern: /<(env|environment_context|environment_details)>[\s\S]*?<\/\1>/g,
    instead: "<$1>",
  },
  {
    name: "the state of the repository, which ends the system prompt that it stands in",
    pattern: /^gitStatus: [\s\S]*/gm,
    instead: "<git-status>",
  },
  {
    name: "what coding agents tell of the machine, line by line",
    pattern:
      /^([ \t]*[-*]?[ \t]*(?:(?:primary |current )?working directory|cwd|is (?:directory )?a git repo(?:sitory)?|platform|os version|shell|today's date|current (?:date|time|branch)))[ \t]*[:=].*$/gim,
    instead: "$1: <machine>",
  },
  {
    name: "a client's own marker of version and request",
    pattern: /x-anthropic-billing-header:.*/g,
    instead: "<client-marker>",
  },
  {
    name: "a UUID",
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    instead: "<uuid>",
  },
  {
    // With a digit, as `run_tests` and `file-name` are words.
    name: "an id with its prefix",
    pattern:
      /\b(chatcmpl|msg|resp|req|call|toolu|srvtoolu|fc|ctc|rs|ws|item|sess|session|run|thread|conv|file|batch|gen)[-_](?=[\w-]*\d)[\w-]{6,}/g,
    instead: "<$1>",
  },
  {
    name: "a date with or without its time, as in ISO 8601",
    pattern:
      /\b20\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g,
    instead: "<date>",
  },
  {
    name: "a date in words",
    pattern: new RegExp(
      String
        .raw`\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:${MONTH} [0-3]?\d(?:st|nd|rd|th)?,? 20\d\d|[0-3]?\d ${MONTH},? 20\d\d)\b`,
      "g",
    ),
    instead: "<date>",
  },
  {
    name: "a time of the day",
    pattern: /\b[0-2]?\d:[0-5]\d:[0-5]\d(?: ?[AP]M)?\b/g,
    instead: "<time>",
  },
  {
    name: "seconds or milliseconds since 1970",
    pattern: /(?<![\d.])1[6-9]\d{8}(?:\d{3})?(?![\d.])/g,
    instead: "<epoch>",
  },
  {
    name: "a temporary folder",
    pattern: /(?:\/private)?(?:\/tmp|\/var\/folders|\/var\/tmp)\/[\w.+~/-]+/g,
    instead: "<temporary>",
  },
  {
    name: "a home folder",
    pattern: /(?:\/home|\/Users|[A-Z]:\\Users)[/\\][\w.-]+/g,
    instead: "<home>",
  },
  {
    name: "a port of this machine",
    pattern: /\b(localhost|127\.0\.0\.1|\[::1\]):\d{2,5}\b/g,
    instead: "$1:<port>",
  },
];

/** A body without its volatile parts, and without what stands at `ignored`. */
export function normaliseBody(body: JsonValue, ignored: readonly JsonPath[]): JsonValue {
  let left = body;
  for (const path of [...VOLATILE_FIELDS.map(pathOf), ...ignored]) {
    left = replaceAt(left, path, () => undefined);
  }
  return normaliseStrings(numberIds(left));
}

/** A text without its volatile parts. */
export function normaliseText(text: string): string {
  return VOLATILE_TEXTS.reduce(
    (left, { pattern, instead }) => left.replace(pattern, instead),
    text,
  );
}

function pathOf(text: string): JsonPath {
  return parseJsonPath(text)!;
}

function numberIds(body: JsonValue): JsonValue {
  const numbers = new Map<string, string>();
  const number = (id: JsonValue) => {
    if (typeof id !== "string") return id;
    const known = numbers.get(id) ?? `<id-${numbers.size + 1}>`;
    numbers.set(id, known);
    return known;
  };
  return ID_FIELDS.map(pathOf).reduce((left, path) => replaceAt(left, path, number), body);
}

/** Also brings the fields of objects into one order, so that equal values are equal texts. */
function normaliseStrings(value: JsonValue): JsonValue {
  if (typeof value === "string") return normaliseText(value);
  if (Array.isArray(value)) return value.map(normaliseStrings);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter((entry) => entry[1] !== undefined);
  entries.sort(([one], [other]) => one < other ? -1 : 1);
  return Object.fromEntries(entries.map(([key, child]) => [key, normaliseStrings(child!)]));
}
