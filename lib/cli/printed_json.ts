/**
 * JSON on standard output, with a last net beneath it: no text in it holds a key, wherever it came
 * from.
 *
 * @module
 */
import { redactor } from "../base/redaction.ts";

/** A value as people and programs read it, without these secrets. */
export function printedJson(value: unknown, secrets: readonly string[] = []): string {
  const redact = redactor(secrets);
  return JSON.stringify(value, (_, one) => typeof one === "string" ? redact(one) : one, 2);
}
