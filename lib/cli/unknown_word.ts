/**
 * What is said of a word that is not known.
 *
 * @module
 */
import { didYouMean } from "../base/nearest.ts";

/** `unknown flag --prot, did you mean "--port"?` */
export function unknownWord(what: string, word: string, known: readonly string[]): string {
  return `Unknown ${what} ${word}${didYouMean(word, known) || `, expected ${known.join(", ")}`}`;
}
