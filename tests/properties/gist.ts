/**
 * What of an answer survives every translation: what is thought, said and called, and how it ends.
 *
 * @module
 */
import { isObject, parseJson } from "../../lib/base/json.ts";
import type { BlockStart, StreamEvent } from "../../lib/chat/stream_event.ts";

/** The gist of a stream. */
export interface Gist {
  /**
   * Joined and without white space, since not every protocol keeps the order of blocks or the
   * borders between them.
   */
  thoughts: string;
  words: string;
  /** Each call as `name(input)`. */
  calls: string[];
  /** How the stream ended, as far as every protocol can tell. */
  stop: string | undefined;
}

interface Block {
  start: BlockStart;
  text: string;
}

/**
 * The gist of a stream's events.
 *
 * @param freeform The names of the tools that take free text. Where a protocol has no such tools
 *   their text is the one field of a JSON input.
 */
export function gist(events: readonly StreamEvent[], freeform: ReadonlySet<string>): Gist {
  const blocks = blocksOf(events);
  const joined = (...types: BlockStart["type"][]) =>
    blocks.filter(({ start }) => types.includes(start.type)).map(({ text }) => text)
      .join("").replaceAll(/\s/g, "");
  return {
    thoughts: joined("reasoning"),
    words: joined("text", "refusal"),
    calls: blocks.flatMap(({ start, text }) => {
      if (start.type !== "tool-call") return [];
      return [`${start.name}(${inputOf(start, text, freeform)})`];
    }),
    stop: stopOf(events.at(-1)),
  };
}

/** Whether a stream that broke off says no more than another, as far as it came. */
export function isBeginning(part: Gist, whole: Gist): boolean {
  return part.stop === whole.stop && whole.words.startsWith(part.words) &&
    whole.thoughts.startsWith(part.thoughts) &&
    part.calls.every((call, i) =>
      i === part.calls.length - 1
        ? whole.calls[i]?.startsWith(call.slice(0, -1))
        : whole.calls[i] === call
    );
}

/** The names of the tools that were called with free text. */
export function freeformNames(events: readonly StreamEvent[]): Set<string> {
  const names = blocksOf(events).flatMap(({ start }) =>
    start.type === "tool-call" && start.isFreeform ? [start.name] : []
  );
  return new Set(names);
}

function blocksOf(events: readonly StreamEvent[]): Block[] {
  const blocks: Block[] = [];
  for (const event of events) {
    if (event.type === "block-start") blocks.push({ start: event.block, text: "" });
    else if (event.type === "block-delta") blocks.at(-1)!.text += event.text;
  }
  return blocks;
}

/** A call's input; see {@linkcode gist} for `freeform`. */
export function inputOf(
  call: { name: string; isFreeform?: boolean },
  text: string,
  freeform: ReadonlySet<string>,
): string {
  // Some protocols have no way to say "no input" other than an empty object.
  if (!freeform.has(call.name)) return text || "{}";
  return call.isFreeform ? text : unwrapped(text);
}

/** The free text in a JSON input; one that was cut is completed first. */
function unwrapped(json: string): string {
  const value = parseJson(json) ?? parseJson(`${json}"}`);
  return isObject(value) && typeof value.input === "string" ? value.input : json;
}

const STOPS: ReadonlyMap<string, string> = new Map([
  ["max-tokens", "cut"],
  ["context-overflow", "cut"],
  ["refusal", "refused"],
]);

function stopOf(last: StreamEvent | undefined): string | undefined {
  if (last?.type !== "message-end") return last?.type;
  return STOPS.get(last.stopReason) ?? "finished";
}
