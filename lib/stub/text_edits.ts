/**
 * Replaces parts of a text that came in pieces, and keeps the pieces: where a stream was torn is
 * part of what was recorded.
 *
 * @module
 */

/** One part of a text that is replaced; offsets are of the text before any edit. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

/**
 * The pieces after the edits of the text that they are together. A tear inside a replaced part moves
 * to that part's end.
 *
 * @param pieces The text, torn anywhere.
 * @param edits In order, without overlaps.
 */
export function editPieces(pieces: readonly string[], edits: readonly TextEdit[]): string[] {
  if (edits.length === 0) return [...pieces];
  const edited = applied(pieces.join(""), edits);
  const tears = [0, ...movedTears(pieces, edits), edited.length];
  return pieces.map((_, index) => edited.slice(tears[index], tears[index + 1]));
}

function applied(whole: string, edits: readonly TextEdit[]): string {
  let at = 0;
  const parts = edits.map(({ start, end, text }) => {
    const kept = whole.slice(at, start);
    at = end;
    return kept + text;
  });
  return parts.join("") + whole.slice(at);
}

/** Where each piece but the last ends, after the edits. */
function movedTears(pieces: readonly string[], edits: readonly TextEdit[]): number[] {
  let tear = 0;
  let next = 0;
  let shift = 0;
  return pieces.slice(0, -1).map((piece) => {
    tear += piece.length;
    for (; next < edits.length && edits[next]!.end <= tear; next++) shift += growthOf(edits[next]!);
    const edit = edits[next];
    const isInside = edit !== undefined && edit.start < tear;
    return isInside ? edit.end + shift + growthOf(edit) : tear + shift;
  });
}

function growthOf({ start, end, text }: TextEdit): number {
  return text.length - (end - start);
}

/**
 * The edits that lead from `before` to `after`, in which parts were replaced by one of `tokens`.
 *
 * What stands between two tokens is looked for in `before`; should it be found too early, only a
 * tear moves, as the edited text is made of `after` alone.
 */
export function editsBetween(
  before: string,
  after: string,
  tokens: readonly string[],
): TextEdit[] {
  if (before === after) return [];
  const pattern = new RegExp(`(${tokens.map(RegExp.escape).join("|")})`);
  // Text and tokens in turn; an odd index is a token.
  const parts = after.split(pattern);
  const edits: TextEdit[] = [];
  let at = before.startsWith(parts[0]!) ? parts[0]!.length : -1;
  for (let index = 1; index < parts.length && at >= 0; index += 2) {
    const literal = parts[index + 1]!;
    const isLast = index + 2 >= parts.length;
    const start = isLast ? before.length - literal.length : before.indexOf(literal, at);
    const isFound = start >= at && before.startsWith(literal, start);
    if (isFound) edits.push({ start: at, end: start, text: parts[index]! });
    at = isFound ? start + literal.length : -1;
  }
  return at === before.length ? edits : [{ start: 0, end: before.length, text: after }];
}
