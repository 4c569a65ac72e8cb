/**
 * What a verb says beside its result: on standard error, broken between words where a terminal is
 * narrow.
 *
 * @module
 */
import { wrapped } from "./layout.ts";
import { columnsOf } from "./terminal.ts";

/** Says it; a single line where nobody counts columns. */
export function say(text: string): void {
  const columns = Deno.stderr.isTerminal() ? columnsOf() : Infinity;
  console.error(wrapped(text, columns).join("\n"));
}
