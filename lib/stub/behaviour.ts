/**
 * What a stub upstream does with its requests, and how a `stub:` URL asks for it.
 *
 * `stub:ok` answers; `stub:flaky?every=3&status=503` fails its first request and then every third;
 * `stub:reset-after?after=2&chance=10` cuts a tenth of its answers. `faults.ts` has every name.
 *
 * @module
 */
import { didYouMean, shownWord } from "../base/nearest.ts";
import {
  befalls,
  type OptionName,
  optionNameProblem,
  type Options,
  optionValueProblem,
} from "./fault_options.ts";
import { FAULTS } from "./faults.ts";
import { type Cutting, type Failing, type Question, type Script, speak } from "./spoken.ts";
import { type Pace, type PlainAnswer, plainSteps, type WireStep } from "./wire.ts";

/** An entry of the catalogue, and its options as they were given. */
export interface Behaviour {
  name: string;
  options: Options;
}

/** What is wrong with the name of an entry; `undefined` when nothing is. */
export function faultNameProblem(name: string, prefix = ""): string | undefined {
  if (Object.hasOwn(FAULTS, name)) return undefined;
  const names = Object.keys(FAULTS);
  const known = `, expected one of ${names.map((one) => `${prefix}${one}`).join(", ")}`;
  return `unknown stub "${shownWord(name)}"${didYouMean(name, names) || known}`;
}

/** What is wrong with a `stub:` URL, or what it asks for. */
export type ParsedBehaviour = { behaviour: Behaviour } | { problem: string };

/** Reads a `stub:` URL; what stands behind the first slash is the endpoint, not the behaviour. */
export function parseBehaviour(url: URL): ParsedBehaviour {
  const name = url.pathname.split("/")[0]!;
  const unknown = faultNameProblem(name, "stub:");
  if (unknown !== undefined) return { problem: unknown };
  const options: Options = {};
  for (const [key, value] of url.searchParams) {
    const problem = optionNameProblem(key, FAULTS[name]!.options);
    if (problem !== undefined) return { problem };
    const number = value === "" ? NaN : Number(value);
    const wrong = optionValueProblem(key as OptionName, number);
    if (wrong !== undefined) return { problem: `option "${key}": ${wrong}` };
    options[key as OptionName] = number;
  }
  return { behaviour: { name, options } };
}

/** The problem of a `stub:` URL, for the check of a configuration. */
export function stubUrlProblem(url: URL): string | undefined {
  const parsed = parseBehaviour(url);
  return "problem" in parsed ? parsed.problem : undefined;
}

/** What is performed: a fault or none, what is said, and how fast. */
export interface Performance {
  behaviour?: Behaviour | undefined;
  /** What is said instead of the stub's own words. */
  script?: Script | undefined;
  /** Bytes that are sent as they are instead of anything said. */
  plain?: PlainAnswer | undefined;
  pace?: Partial<Pace> | undefined;
  cutting?: Cutting | undefined;
}

/** What happened: the steps, and the name of the fault that befell the request, if one did. */
export interface Performed {
  steps: Iterable<WireStep>;
  fault?: string;
}

/**
 * The steps that answer a request.
 *
 * @param question The request.
 * @param performance What is wanted.
 * @param call The how-manyth request with this performance it is, from 1.
 */
export function perform(question: Question, performance: Performance, call: number): Performed {
  const { behaviour, script, plain, cutting } = performance;
  const answer = (failing?: Failing) => plain ?? speak(question, { script, cutting, failing });
  const entry = FAULTS[behaviour?.name ?? "ok"]!;
  const options = { ...entry.defaults, ...behaviour?.options };
  // A fault that says how slow it is stands above the pace of everything.
  const { delayMs, chunkMs } = { delayMs: 0, chunkMs: 0, ...performance.pace, ...options };
  const pace = { delayMs, chunkMs };
  if (behaviour === undefined || !befalls(options, call)) {
    return { steps: plainSteps(answer(), pace) };
  }
  const steps = entry.play({ question, answer, options, pace });
  return behaviour.name === "ok" ? { steps } : { steps, fault: behaviour.name };
}
