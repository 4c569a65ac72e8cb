/**
 * One run of the load driver.
 *
 * @module
 */
import { finishedOn, type Tools } from "./tools.ts";

/** What is sent, and how an answer is known to be right. */
export interface Load {
  path: string;
  /** The file with the body. */
  body: string;
  /** What must stand at the end of every answer. */
  marks: readonly string[];
  headers?: readonly string[];
  concurrency: number;
  requests: number;
}

/** Quantiles, in microseconds. */
export interface Quantiles {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** What a run found. */
export interface Driven {
  requests: number;
  failures: number;
  seconds: number;
  bytes: number;
  /** Until the last byte of an answer. */
  total_us: Quantiles;
  /** Until the first byte of its body. */
  first_us: Quantiles;
}

/**
 * Sends requests to a port.
 *
 * @throws {Error} When one answer was not what it had to be.
 */
export async function drive(tools: Tools, port: number, load: Load): Promise<Driven> {
  const marks = load.marks.flatMap((mark) => ["-m", mark]);
  const headers = (load.headers ?? []).flatMap((header) => ["-H", header]);
  const words = [port, load.path, load.body, load.concurrency, load.requests].map(String);
  return JSON.parse(
    await finishedOn("others", [tools.driver, ...marks, ...headers, ...words]),
  );
}
