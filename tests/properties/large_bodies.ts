/**
 * What must hold of a large body, of which the gateway knows the outline alone: whoever asks something
 * of it is told what the whole, read at once, would say.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { GatewayError } from "../../lib/base/error.ts";
import { joinBytes } from "../../lib/base/exchange.ts";
import { parseJson } from "../../lib/base/json.ts";
import { JsonBody, jsonObject } from "../../lib/base/json_body.ts";
import { outlineOf } from "../../lib/base/json_outline.ts";
import type { Protocol } from "../../lib/base/protocol.ts";
import type { RouteQuirks } from "../../lib/config/config.ts";
import { isStream, modelOf } from "../../lib/fallback/chat_call.ts";
import { RequestWriter } from "../../lib/fallback/request_writer.ts";
import { candidateOf } from "../../lib/routing/candidate.ts";
import { conversationOf, turnsIn } from "../../lib/routing/conversation.ts";
import { SEAL_MARK } from "../../lib/translation/sealed_state.ts";
import { routeOf } from "../example_config.ts";

const QUIRKS: readonly RouteQuirks[] = [
  {},
  { dropParams: ["temperature"], maxTokensField: "max_completion_tokens" },
];
const CANDIDATES = ["openai", "responses", "anthropic"].map((protocol) =>
  candidateOf(routeOf(`url: "https://h.example", protocol: ${protocol}`), "another")
);

/** How a body was taken. */
export type Taken = "by its outline" | "by its outline, broken within a string" | "read at once";

/** Whether a body says the same either way. */
export function readsAlike(bytes: Uint8Array<ArrayBuffer>, protocol: Protocol): Taken {
  const outline = outlineOf(bytes, { maxDepth: 512, mark: SEAL_MARK });
  const whole = outcomeOf(() => jsonObject(bytes));
  if (!outline) {
    assert("threw" in whole || isLeftToReader(bytes), "a whole body has an outline");
    return "read at once";
  }
  const body = new JsonBody(bytes, { outline });
  if ("threw" in whole) {
    assertEquals(outcomeOf(() => body.value), whole);
    assert(parseJson(withoutEscapes(bytes)) !== undefined, "only an escape is left to a reader");
    return "by its outline, broken within a string";
  }
  const read = new JsonBody(bytes, { value: whole.value });
  assertEquals(told(new JsonBody(bytes, { outline }), protocol), told(read, protocol));
  assertEquals(body.value, whole.value);
  return "by its outline";
}

/**
 * What is read at once although nothing is wrong with it: a byte order mark, a replacement character,
 * an escape of which the end is hard to tell, a key that is written with escapes.
 */
const LEFT_TO_READER = [
  /^\uFEFF/,
  /\uFFFD/,
  /\\u.{0,3}"/s,
  /"(?:[^"\\]|\\.)*\\.(?:[^"\\]|\\.)*"\s*:/s,
];

function isLeftToReader(bytes: Uint8Array): boolean {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return LEFT_TO_READER.some((pattern) => pattern.test(text));
}

/** The text with each escape, of whatever kind, replaced by a letter. */
function withoutEscapes(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\\./gs, "x");
}

/** Everything that the gateway wants to know of a body, and what it sends for it. */
function told(body: JsonBody, protocol: Protocol): unknown[] {
  const head = body.fields("model", "stream");
  const model = outcomeOf(() => modelOf(head));
  const conversation = () => conversationOf(turnsIn(body), new Headers());
  const writer = new RequestWriter({
    id: "r",
    protocol,
    endpoint: "/x",
    query: "",
    headers: new Headers(),
    body,
    model: "value" in model ? model.value : "m",
    isStream: false,
    isStrict: false,
    receivedAtMs: 0,
    signal: new AbortController().signal,
  });
  const written = CANDIDATES.flatMap((candidate) =>
    QUIRKS.map((quirks) => outcomeOf(() => textOf(writer.write(candidate, quirks).pieces)))
  );
  return [model, outcomeOf(() => isStream(head)), outcomeOf(conversation), ...written];
}

function textOf(pieces: Uint8Array<ArrayBuffer>[]): string {
  return new TextDecoder().decode(joinBytes(pieces));
}

function outcomeOf<T>(work: () => T): { value: T } | { threw: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { threw: error.message };
  }
}
