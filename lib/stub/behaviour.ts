/**
 * The catalogue of what a stub upstream can do, and how a `stub:` URL asks for it.
 *
 * `stub:ok` answers; `stub:flaky?every=3&status=503` fails its first request and then every third;
 * `stub:fail?status=429` always fails. `delayMs` waits before an answer, `chunkMs` between the chunks of a stream.
 *
 * @module
 */
import { didYouMean } from "../base/nearest.ts";

/** What one stub upstream does with a request. */
export interface Behaviour {
  name: string;
  /** Each how many requests fail: 0 none, 1 all, 3 every third. */
  failEvery: number;
  /** The status of a failure. */
  status: number;
  /** The `retry-after` header of a failure, in seconds. */
  retryAfter?: number;
  /** How long an answer takes to begin, in milliseconds. */
  delayMs: number;
  /** The pause between two chunks of a stream, in milliseconds. */
  chunkMs: number;
}

/** Every behaviour by name, with what holds when the URL says nothing else. */
export const BEHAVIOURS: Readonly<Record<string, Omit<Behaviour, "name">>> = {
  ok: { failEvery: 0, status: 503, delayMs: 0, chunkMs: 0 },
  flaky: { failEvery: 3, status: 503, delayMs: 0, chunkMs: 0 },
  fail: { failEvery: 1, status: 503, delayMs: 0, chunkMs: 0 },
  slow: { failEvery: 0, status: 503, delayMs: 2_000, chunkMs: 100 },
};

/** The options of a `stub:` URL: the field each sets, and its bounds. */
const OPTIONS: Readonly<
  Record<string, { field: keyof Omit<Behaviour, "name">; min: number; max: number }>
> = {
  every: { field: "failEvery", min: 1, max: 1_000_000 },
  status: { field: "status", min: 400, max: 599 },
  retryAfter: { field: "retryAfter", min: 0, max: 86_400 },
  delayMs: { field: "delayMs", min: 0, max: 600_000 },
  chunkMs: { field: "chunkMs", min: 0, max: 60_000 },
};

/** What is wrong with a `stub:` URL, or what it asks for. */
export type ParsedBehaviour = { behaviour: Behaviour } | { problem: string };

/** Reads a `stub:` URL; what stands behind the first slash is the endpoint, not the behaviour. */
export function parseBehaviour(url: URL): ParsedBehaviour {
  const name = url.pathname.split("/")[0]!;
  if (!Object.hasOwn(BEHAVIOURS, name)) {
    const names = Object.keys(BEHAVIOURS);
    const known = `expected one of ${names.map((one) => `stub:${one}`).join(", ")}`;
    return { problem: `unknown stub "${name}"${didYouMean(name, names) || `, ${known}`}` };
  }
  const behaviour: Behaviour = { name, ...BEHAVIOURS[name]! };
  for (const [key, value] of url.searchParams) {
    const option = Object.hasOwn(OPTIONS, key) ? OPTIONS[key]! : undefined;
    if (!option) {
      return { problem: `unknown option "${key}"${didYouMean(key, Object.keys(OPTIONS))}` };
    }
    const number = Number(value);
    if (value === "" || !Number.isInteger(number) || number < option.min || number > option.max) {
      return {
        problem: `option "${key}": expected a whole number from ${option.min} to ${option.max}`,
      };
    }
    behaviour[option.field] = number;
  }
  return { behaviour };
}

/** The problem of a `stub:` URL, for the check of a configuration. */
export function stubUrlProblem(url: URL): string | undefined {
  const parsed = parseBehaviour(url);
  return "problem" in parsed ? parsed.problem : undefined;
}
