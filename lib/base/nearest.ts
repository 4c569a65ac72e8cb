/**
 * Finds what somebody probably meant to type.
 *
 * @module
 */

/** Names longer than this are not compared: nobody mistypes them, and the cost is quadratic. */
const MAX_LENGTH = 128;

/** How many single-character edits (with swaps of neighbours) lead from `a` to `b`. */
function distance(a: string, b: string): number {
  let twoBack: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, twoBack[j - 2]! + 1);
      }
      row.push(best);
    }
    twoBack = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/**
 * The names of `known` that are close to `name`, nearest first.
 *
 * @param name What was typed.
 * @param known What would have been right.
 * @param limit How many to give at most.
 */
export function nearestNames(name: string, known: Iterable<string>, limit = 3): string[] {
  if (name.length > MAX_LENGTH) return [];
  const typed = name.toLowerCase();
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH) continue;
    const right = candidate.toLowerCase();
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, right.length) * 0.4));
    const contains = typed.length >= 3 && right.includes(typed);
    const score = contains ? 0.5 : distance(typed, right);
    if (score <= allowed) scored.push({ candidate, score });
  }
  scored.sort((one, other) => one.score - other.score);
  return scored.slice(0, limit).map((one) => one.candidate);
}

/** The beginning of a word that may be a mistyped name, and not yet a value that got there. */
const WORD = /^[a-z_-]{0,20}/i;

/**
 * A word that nobody knows, to be shown: no more of it than a mistyped name would have. In its
 * place may stand a key, where somebody forgot what comes between.
 */
export function shownWord(word: string): string {
  const [start] = WORD.exec(word)!;
  return start === word ? word : `${start}…`;
}

/** `, did you mean "x"?` for the nearest name, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const [nearest] = nearestNames(name, known, 1);
  return nearest === undefined ? "" : `, did you mean "${nearest}"?`;
}
