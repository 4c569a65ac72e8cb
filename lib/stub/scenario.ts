/**
 * The text of a scenario as checked rules, or everything that is wrong with it.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { locate, parseDocument, type Position } from "../config/document.ts";
import { type Path, pathText } from "../config/problem.ts";
import type { StopReason, Usage } from "../chat/response.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Options } from "./fault_options.ts";
import { SCENARIO } from "./scenario_schema.ts";

/** Which requests a rule is for; an absent condition always holds. */
export interface When {
  model?: string | string[];
  protocol?: string | string[];
  endpoint?: string | string[];
  method?: string;
  stream?: boolean;
  header?: Record<string, string>;
  text?: string | string[];
  matches?: string;
  anywhere?: string | string[];
  tool?: string;
  afterTool?: boolean;
  json?: Record<string, JsonValue | Place>;
  call?: number | { from?: number; to?: number; every?: number };
}

/** What a place in the body is held against. */
export interface Place {
  is?: JsonValue;
  contains?: string;
  matches?: string;
  exists?: boolean;
}

/** A tool that an answer calls. */
export interface WantedCall {
  name: string;
  input?: JsonValue;
  id?: string;
}

/** An answer that is sent as it is. */
export interface RawAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: JsonValue;
  base64?: string;
  chunks?: string[];
}

/** What is said. */
export interface WantedAnswer {
  text?: string;
  json?: JsonValue;
  refusal?: string;
  reasoning?: string;
  toolCalls?: WantedCall[];
  stopReason?: StopReason;
  usage?: Usage;
  model?: string;
  raw?: RawAnswer;
}

/** How fast it comes. */
export interface WantedPace {
  delayMs?: number;
  chunkMs?: number;
  tokensPerSecond?: number;
  chunkSize?: number;
  chunks?: number;
}

/** What comes of a request. */
export interface Outcome {
  answer?: WantedAnswer;
  fault?: Behaviour;
  pace: WantedPace;
}

/** One rule. */
export interface Rule {
  name: string;
  when: When;
  /** One after the other; never empty. */
  outcomes: Outcome[];
  cycles: boolean;
  times: number;
  per: "run" | "session" | "conversation";
}

/** A whole scenario. */
export interface Scenario {
  rules: Rule[];
}

/** A problem, and where it stands. */
export interface ScenarioProblem {
  position: Position;
  message: string;
}

/** What reading gave. */
export type LoadedScenario = { scenario: Scenario } | { problems: ScenarioProblem[] };

/** Reads and checks a scenario: YAML, or JSON, which is YAML too. */
export function loadScenario(text: string): LoadedScenario {
  const parsed = parseDocument(text);
  if ("problem" in parsed) return { problems: [parsed.problem] };
  const { value } = parsed;
  const isShort = Array.isArray(value);
  // A file with nothing in it is a scenario without rules.
  const document = isShort ? { rules: value } : value ?? {};
  const problems = SCENARIO.check(document, []);
  if (problems.length === 0) return { scenario: scenarioOf(document as JsonObject) };
  const placeOf = (path: Path) => isShort ? path.slice(1) : path;
  return {
    problems: problems.map(({ path, atKey, message }) => ({
      position: locate(text, placeOf(path), atKey),
      message: `${pathText(path) || "the scenario"}: ${message}`,
    })),
  };
}

interface RawOutcome {
  answer?: string | WantedAnswer;
  fault?: string | ({ name: string } & Options);
  pace?: WantedPace;
}

interface RawRule extends RawOutcome {
  name?: string;
  when?: When;
  sequence?: (string | RawOutcome)[];
  cycle?: boolean;
  times?: number;
  per?: Rule["per"];
}

function scenarioOf(document: JsonObject): Scenario {
  const { seed = 1, pace = {}, rules = [] } = withoutNulls(document) as {
    seed?: number;
    pace?: WantedPace;
    rules?: RawRule[];
  };
  return {
    rules: rules.map((rule, index) => {
      // Each rule draws for itself, so that one more rule changes nothing for the others.
      const setting = { seed: seed + index, pace: { ...pace, ...rule.pace } };
      return {
        name: rule.name ?? `rules[${index}]`,
        when: rule.when ?? {},
        outcomes: (rule.sequence ?? [rule]).map((one) =>
          outcomeOf(typeof one === "string" ? { fault: one } : one, setting)
        ),
        cycles: rule.cycle ?? false,
        times: rule.times ?? Infinity,
        per: rule.per ?? "run",
      };
    }),
  };
}

function outcomeOf(
  { answer, fault, pace }: RawOutcome,
  setting: { seed: number; pace: WantedPace },
): Outcome {
  const { name, ...options } = typeof fault === "string" ? { name: fault } : fault ?? { name: "" };
  return {
    ...(answer === undefined
      ? {}
      : { answer: typeof answer === "string" ? { text: answer } : answer }),
    ...(fault === undefined ? {} : {
      fault: { name, options: { seed: setting.seed, ...options } },
    }),
    pace: { ...setting.pace, ...pace },
  };
}

/** Fields whose value is free, null included. */
const FREE: ReadonlySet<string> = new Set(["json", "input", "body", "is"]);

/** `key:` with nothing behind it is how YAML says null; people mean "not set". */
function withoutNulls(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((one) => withoutNulls(one) ?? null);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(([key, one]) => one !== null || FREE.has(key))
    .map(([key, one]) => [key, FREE.has(key) ? one : withoutNulls(one)]);
  return Object.fromEntries(entries);
}
