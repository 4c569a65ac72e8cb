/**
 * What a verb says beside its result: on standard error, broken between words where a terminal is
 * narrow.
 *
 * @module
 */
import { widthOf, wrapped } from "./layout.ts";
import { columnsOf } from "./terminal.ts";

/** Says it; its lines as they are where they fit, or where nobody counts columns. */
export function say(text: string): void {
  const columns = Deno.stderr.isTerminal() ? columnsOf() : Infinity;
  const lines = text.split("\n")
    .flatMap((line) => widthOf(line) <= columns ? [line] : wrapped(line, columns));
  console.error(lines.join("\n"));
}
