/**
 * Takes out of recorded text what must not stand in a file that is kept: secrets, and the gateway's
 * own id of the request, which is another one each time.
 *
 * A secret may come back torn: over two chunks, over the words of a streamed answer, or behind
 * escapes in JSON. So the text is looked at as it stands, and then the strings of its JSON, those of
 * a stream's events joined.
 *
 * @module
 */
import { isObject, type JsonValue, parseJson } from "../base/json.ts";
import { type Redact, REPLACEMENT } from "../base/redaction.ts";
import { editPieces, editsBetween, type TextEdit } from "./text_edits.ts";

/** Stands for the id of the request: at replay the id of the request that is answered then. */
export const REQUEST_ID = "{{gateway-request-id}}";
/** Stands for the moment of the answer, in headers. */
export const NOW = "{{now}}";

/** What is taken out. */
export interface Cleaning {
  redact: Redact;
  /** The gateway's id of the request. */
  requestId: string;
}

/** One text without secrets and id. */
export function cleanText(text: string, cleaning: Cleaning): string {
  return cleanPieces([text], cleaning)[0]!;
}

/** The pieces of one text without secrets and id, torn where they were. */
export function cleanPieces(pieces: readonly string[], cleaning: Cleaning): string[] {
  const { redact, requestId } = cleaning;
  const named = (text: string) =>
    requestId === "" ? redact(text) : redact(text).replaceAll(requestId, REQUEST_ID);
  const whole = pieces.join("");
  const readable = editPieces(pieces, editsBetween(whole, named(whole), [REPLACEMENT, REQUEST_ID]));
  return editPieces(readable, hiddenSecrets(readable.join(""), redact));
}

/** A JSON text inside a longer one. */
interface Document {
  start: number;
  end: number;
  value: JsonValue;
  isEdited: boolean;
}

/** A string inside a document, and how to put another one in its place. */
interface Leaf {
  document: Document;
  text: string;
  replace: (text: string) => void;
}

/** The documents that have to be written anew, as no secret shows in their text. */
function hiddenSecrets(text: string, redact: Redact): TextEdit[] {
  const documents = documentsIn(text);
  const groups = new Map<string, Leaf[]>();
  for (const document of documents) {
    const holder = { root: document.value };
    collect(holder, "root", { path: "", document, groups });
    document.value = holder.root;
  }
  for (const leaves of groups.values()) redactGroup(leaves, redact);
  return documents.filter(({ isEdited }) => isEdited)
    .map(({ start, end, value }) => ({ start, end, text: JSON.stringify(value) }));
}

/** The whole text, or what stands behind each `data:`. */
function documentsIn(text: string): Document[] {
  const whole = parseJson(text);
  if (whole !== undefined) {
    return [{ start: 0, end: text.length, value: whole, isEdited: false }];
  }
  const documents: Document[] = [];
  for (const { index, 0: line, 1: json } of text.matchAll(/^data:[ \t]*([{["][^\r\n]*)/gm)) {
    const value = parseJson(json!);
    const end = index + line.length;
    if (value !== undefined) {
      documents.push({ start: end - json!.length, end, value, isEdited: false });
    }
  }
  return documents;
}

type Holder = Record<string | number, JsonValue | undefined>;

/** Sorts the strings below a place by their path, which is the same in all events of a stream. */
function collect(
  holder: Holder,
  key: string | number,
  { path, document, groups }: { path: string; document: Document; groups: Map<string, Leaf[]> },
): void {
  const value = holder[key];
  if (typeof value === "string") {
    const replace = (text: string) => void (holder[key] = text);
    const group = groups.get(path) ?? [];
    group.push({ document, text: value, replace });
    groups.set(path, group);
    return;
  }
  const isList = Array.isArray(value);
  if (!isList && !isObject(value)) return;
  for (const step of Object.keys(value)) {
    collect(value as Holder, step, { path: `${path}/${step}`, document, groups });
  }
}

/** Redacts the strings as the one text that a client makes of them. */
function redactGroup(leaves: readonly Leaf[], redact: Redact): void {
  const pieces = leaves.map(({ text }) => text);
  const whole = pieces.join("");
  const clean = redact(whole);
  if (clean === whole) return;
  const edited = editPieces(pieces, editsBetween(whole, clean, [REPLACEMENT]));
  leaves.forEach(({ document, text, replace }, index) => {
    if (edited[index] === text) return;
    replace(edited[index]!);
    document.isEdited = true;
  });
}
