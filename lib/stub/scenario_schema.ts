/**
 * Every field of a scenario file, in one place: what it may be, and the line that documents it.
 *
 * @module
 */
import { isObject, typeName } from "../base/json.ts";
import {
  type Fields,
  flag,
  type Kind,
  listOf,
  mapOf,
  nonEmptyText,
  oneOf,
  oneOrMore,
  record,
  text,
  whole,
} from "../config/kind.ts";
import type { Path, Problem } from "../config/problem.ts";
import { PROTOCOL_WORDS } from "../config/schema.ts";
import { faultNameProblem } from "./behaviour.ts";
import {
  LONGEST_MS,
  type OptionName,
  optionNameProblem,
  optionValueProblem,
} from "./fault_options.ts";
import { FAULTS } from "./faults.ts";
import { parseJsonPath } from "./json_path.ts";

/** Anything at all. */
const anything: Kind = { expected: "anything", jsonSchema: {}, check: () => [] };

/** A regular expression. */
const pattern: Kind = {
  expected: "a regular expression",
  jsonSchema: { type: "string", format: "regex" },
  check: (value, path) => {
    const [problem] = nonEmptyText.check(value, path);
    if (problem) return [problem];
    try {
      new RegExp(value as string, "u");
      return [];
    } catch (error) {
      const [, reason] = /: ([^:]*)$/.exec((error as Error).message) ?? [];
      return [{ path, message: `expected a regular expression: ${reason ?? "it is none"}` }];
    }
  },
};

/** Bytes in base64. */
const base64: Kind = {
  expected: "bytes in base64",
  jsonSchema: { type: "string", contentEncoding: "base64" },
  check: (value, path) => {
    const [problem] = text.check(value, path);
    if (problem) return [problem];
    try {
      Uint8Array.fromBase64(value as string);
      return [];
    } catch {
      return [{ path, message: "expected bytes in base64" }];
    }
  },
};

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Names of headers, each with a value that fits on a line. */
const headers: Kind = {
  ...mapOf(text),
  check: (value, path) => {
    const problems = mapOf(text).check(value, path);
    if (problems.length > 0 || !isObject(value)) return problems;
    return Object.entries(value).filter(([name, one]) =>
      !TOKEN.test(name) || /[\r\n\0]/.test(one as string)
    ).map(([name]) => ({ path: [...path, name], atKey: true, message: "expected a header" }));
  },
};

/** One kind for mappings, another one for everything else. */
function mappingOr(mapping: Kind, other: Kind): Kind {
  return {
    expected: `${other.expected} or a mapping`,
    jsonSchema: { anyOf: [other.jsonSchema, mapping.jsonSchema] },
    check: (value, path) => (isObject(value) ? mapping : other).check(value, path),
  };
}

/** Places in the body, each with what must stand there. */
const places: Kind = {
  expected: "a mapping",
  jsonSchema: { type: "object" },
  check: (value, path) => {
    const problems = mapOf(anything).check(value, path);
    if (problems.length > 0 || !isObject(value)) return problems;
    return Object.entries(value).flatMap(([key, wanted]): Problem[] => {
      const at = [...path, key];
      if (!parseJsonPath(key)) {
        return [{ path: at, atKey: true, message: "expected a JSON path such as $.messages[0]" }];
      }
      return isObject(wanted) ? record(PLACE_FIELDS).check(wanted, at) : [];
    });
  },
};

/** The name of a fault, or a fault with its options. */
const fault: Kind = {
  expected: "the name of a fault or a mapping",
  jsonSchema: { anyOf: [{ enum: Object.keys(FAULTS) }, { type: "object", required: ["name"] }] },
  check: (value, path) => {
    if (!isObject(value)) return faultName(value, path);
    const { name, ...options } = value;
    const problems = faultName(name, [...path, "name"]);
    if (problems.length > 0) return problems;
    return Object.entries(options).flatMap(([key, given]): Problem[] => {
      const unknown = optionNameProblem(key, FAULTS[name as string]!.options);
      if (unknown !== undefined) return [{ path: [...path, key], atKey: true, message: unknown }];
      const wrong = optionValueProblem(key as OptionName, given);
      return wrong === undefined ? [] : [{ path: [...path, key], message: wrong }];
    });
  },
};

function faultName(value: unknown, path: Path): Problem[] {
  if (value === undefined) return [{ path, message: "missing" }];
  if (typeof value !== "string") {
    return [{ path, message: `expected the name of a fault, got ${typeName(value)}` }];
  }
  const problem = faultNameProblem(value)?.replace("unknown stub", "unknown fault");
  return problem === undefined ? [] : [{ path, message: problem }];
}

/** A step of a sequence: a fault's name, or an outcome. */
const step: Kind = {
  expected: "the name of a fault or a mapping",
  jsonSchema: { anyOf: [{ enum: Object.keys(FAULTS) }, { type: "object" }] },
  check: (value, path) =>
    isObject(value) ? record(OUTCOME_FIELDS).check(value, path) : faultName(value, path),
};

/** Which calls a rule is for: one, or some. */
const calls: Kind = mappingOr(
  record({
    from: { kind: whole(1, Infinity), doc: "The first one.", default: "1" },
    to: { kind: whole(1, Infinity), doc: "The last one.", default: "no end" },
    every: { kind: whole(1, Infinity), doc: "Each so-manyth from the first.", default: "1" },
  }),
  whole(1, Infinity),
);

/** What a place in the body may be held against. */
const PLACE_FIELDS: Fields = {
  is: { kind: anything, doc: "Exactly this." },
  contains: { kind: text, doc: "A text with this in it." },
  matches: { kind: pattern, doc: "A text that this regular expression finds something in." },
  exists: { kind: flag, doc: "Whether there is anything." },
};

/** `when:` every condition must hold. */
const WHEN_FIELDS: Fields = {
  model: {
    kind: oneOrMore(nonEmptyText),
    doc: "The model that is asked for; `*` stands for any characters.",
  },
  protocol: { kind: oneOrMore(oneOf(PROTOCOL_WORDS)), doc: "The protocol of the request." },
  endpoint: {
    kind: oneOrMore(nonEmptyText),
    doc: "The path below the version: `/embeddings`, `/files/*`.",
    default: "the three chat endpoints",
  },
  method: { kind: nonEmptyText, doc: "The method of the request.", default: "POST" },
  stream: { kind: flag, doc: "Whether a stream is asked for." },
  header: {
    kind: headers,
    doc: "Request headers and their values; `*` stands for any characters.",
  },
  text: { kind: oneOrMore(nonEmptyText), doc: "What the last user message contains, all of it." },
  matches: { kind: pattern, doc: "A regular expression for the last user message." },
  anywhere: { kind: oneOrMore(nonEmptyText), doc: "What any message or instruction contains." },
  tool: { kind: nonEmptyText, doc: "A tool that is offered; `*` stands for any characters." },
  afterTool: { kind: flag, doc: "Whether the conversation ends with a tool's result." },
  json: { kind: places, doc: "JSON paths into the body, and what stands there." },
  call: {
    kind: calls,
    doc: "Only this one of the requests that the other conditions take, from 1.",
  },
};

const PACE_FIELDS: Fields = {
  delayMs: { kind: whole(0, LONGEST_MS), doc: "Wait before the head." },
  chunkMs: { kind: whole(0, 60_000), doc: "Wait before each event but the first." },
  tokensPerSecond: { kind: whole(1, 1_000_000), doc: "Instead of chunkMs: four characters each." },
  chunkSize: { kind: whole(1, 1_000_000), doc: "Characters of a delta.", default: "a word" },
  chunks: { kind: whole(1, 1_000_000), doc: "Deltas of each block of text." },
};

const TOOL_CALL_FIELDS: Fields = {
  name: { kind: nonEmptyText, doc: "The tool.", required: true },
  input: { kind: anything, doc: "Its input.", default: "a sample of the tool's schema" },
  id: { kind: nonEmptyText, doc: "The call's id.", default: "made from the request's number" },
};

const USAGE_FIELDS: Fields = {
  inputTokens: { kind: whole(0, Infinity), doc: "Tokens of the prompt." },
  outputTokens: { kind: whole(0, Infinity), doc: "Tokens of the answer." },
  cacheReadTokens: { kind: whole(0, Infinity), doc: "Those of the prompt that a cache held." },
  cacheWriteTokens: { kind: whole(0, Infinity), doc: "Those that a cache now holds." },
  reasoningTokens: { kind: whole(0, Infinity), doc: "Those of the answer that were thought." },
};

const RAW_FIELDS: Fields = {
  status: { kind: whole(200, 599), doc: "The status.", default: "200" },
  headers: { kind: headers, doc: "The headers.", default: "content-type: application/json" },
  body: { kind: anything, doc: "A text as it is; any other value as JSON." },
  base64: { kind: base64, doc: "Instead of body: bytes." },
  chunks: { kind: listOf(text), doc: "Instead of body: pieces, chunked, paced as a stream." },
};

/** The words for why a model stops. */
const STOP_WORDS = ["end", "max-tokens", "stop-sequence", "refusal", "tool-calls"] as const;

/** `answer:` what is said, when it is more than a text. */
export const ANSWER_FIELDS: Fields = {
  text: { kind: text, doc: "The words." },
  json: { kind: anything, doc: "Instead of text: a value, written as JSON." },
  refusal: { kind: text, doc: "The words with which the model declines." },
  reasoning: { kind: text, doc: "What it thought before." },
  toolCalls: { kind: listOf(record(TOOL_CALL_FIELDS)), doc: "The tools that it calls." },
  stopReason: { kind: oneOf(STOP_WORDS), doc: "Why it stopped.", default: "what fits" },
  usage: { kind: record(USAGE_FIELDS), doc: "Its tokens.", default: "estimated" },
  model: { kind: nonEmptyText, doc: "The model that it says it is.", default: "the one asked for" },
  raw: { kind: record(RAW_FIELDS), doc: "Instead of all others: exactly this answer." },
};

/** What may come of a request. */
const OUTCOME_FIELDS: Fields = {
  answer: {
    kind: mappingOr(record(ANSWER_FIELDS), text),
    doc: "What is said: a text, or a mapping.",
    default: "the stub's own words",
  },
  fault: { kind: fault, doc: "What goes wrong: a name, or a mapping with `name` and options." },
  pace: { kind: record(PACE_FIELDS), doc: "How fast it comes." },
};

/** One entry of `rules`. */
const RULE_FIELDS: Fields = {
  name: { kind: nonEmptyText, doc: "How the request log calls it.", default: "its place" },
  when: { kind: record(WHEN_FIELDS), doc: "Which requests it is for.", default: "all" },
  ...OUTCOME_FIELDS,
  sequence: {
    kind: listOf(step),
    doc: "Instead: one outcome after the other; the last one stays.",
  },
  cycle: { kind: flag, doc: "Whether the sequence begins anew.", default: "false" },
  times: { kind: whole(1, Infinity), doc: "For how many requests it holds.", default: "all" },
  per: {
    kind: oneOf(["run", "session", "conversation"]),
    doc: "Within what calls, sequence and times are counted.",
    default: "run",
  },
};

/** The whole file. */
const SCENARIO_FIELDS: Fields = {
  seed: { kind: whole(0, 0xffffffff), doc: "What every `chance` is drawn from.", default: "1" },
  pace: { kind: record(PACE_FIELDS), doc: "How fast answers of rules come, unless one says." },
  rules: { kind: listOf(record(RULE_FIELDS)), doc: "The first that fits a request answers it." },
};

/** The fields of every mapping, by the name under which the documentation lists them. */
export const SCENARIO_TABLES: Readonly<Record<string, Fields>> = {
  scenario: SCENARIO_FIELDS,
  rule: RULE_FIELDS,
  when: WHEN_FIELDS,
  "when.json": PLACE_FIELDS,
  answer: ANSWER_FIELDS,
  "answer.toolCalls": TOOL_CALL_FIELDS,
  "answer.usage": USAGE_FIELDS,
  "answer.raw": RAW_FIELDS,
  pace: PACE_FIELDS,
};

/** The whole file; a bare list is the short form: just the rules. */
export const SCENARIO: Kind = {
  ...record(SCENARIO_FIELDS),
  check: (value, path) => {
    const problems = record(SCENARIO_FIELDS).check(value, path);
    return problems.length > 0 || !isObject(value) ? problems : crossProblems(value);
  },
};

/** What only shows when fields are seen together. */
function crossProblems(document: Record<string, unknown>): Problem[] {
  const rules = Array.isArray(document.rules) ? document.rules.filter(isObject) : [];
  return rules.flatMap((rule, index) => ruleProblems(rule, ["rules", index]));
}

/** What a rule with a sequence has in its steps instead. */
const IN_STEPS = ["answer", "fault"] as const;

function ruleProblems(rule: Record<string, unknown>, path: Path): Problem[] {
  if (Array.isArray(rule.sequence)) {
    const both = IN_STEPS.find((key) => rule[key] !== undefined);
    const problems = rule.sequence.flatMap((one, index) =>
      isObject(one) ? answerProblems(one.answer, [...path, "sequence", index, "answer"]) : []
    );
    if (rule.sequence.length === 0) {
      problems.push({ path: [...path, "sequence"], message: "expected at least one step" });
    }
    if (both !== undefined) {
      const message = `a rule has ${both} or sequence, not both`;
      problems.push({ path: [...path, both], atKey: true, message });
    }
    return problems;
  }
  return answerProblems(rule.answer, [...path, "answer"]);
}

/** Fields of an answer of which only one may be there. */
const ONE_OF = ["text", "json", "refusal", "raw"] as const;

function answerProblems(answer: unknown, path: Path): Problem[] {
  if (!isObject(answer)) return [];
  const given = ONE_OF.filter((key) => answer[key] !== undefined && answer[key] !== null);
  const [first, second] = given;
  if (second === undefined) return [];
  const message = `an answer has ${first} or ${second}, not both`;
  return [{ path: [...path, second], atKey: true, message }];
}
