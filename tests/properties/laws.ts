/**
 * What must hold of every codec on every input. Each law throws when it is broken.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { GatewayError } from "../../lib/base/error.ts";
import type { JsonObject, JsonValue } from "../../lib/base/json.ts";
import type { AssistantBlock } from "../../lib/chat/block.ts";
import { ResponseCollector } from "../../lib/chat/collect.ts";
import { expandResponse } from "../../lib/chat/expand.ts";
import { checkedStream } from "../../lib/chat/grammar.ts";
import type { ChatRequest } from "../../lib/chat/request.ts";
import type { ChatResponse } from "../../lib/chat/response.ts";
import type { StreamEvent } from "../../lib/chat/stream_event.ts";
import type { AnswerContext, Codec } from "../../lib/translation/codec.ts";
import { StreamReading } from "../../lib/translation/stream_reading.ts";
import { StreamTranslation } from "../../lib/translation/stream_translation.ts";
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswerAsStream,
  encodeRequest,
} from "../../lib/translation/translate.ts";
import { provesCompletion } from "./completion.ts";
import { CODECS } from "./corpus.ts";
import { freeformNames, type Gist, gist, isBeginning } from "./gist.ts";

/** What the encoders of all answers are told. */
export const context: AnswerContext = {
  id: "0123456789abcdef",
  createdAt: 1_700_000_000,
  model: "asked-for",
  includeUsage: true,
  estimatedInputTokens: 7,
};

/** The events of a stream whose bytes come in these chunks. */
export function eventsOf(codec: Codec, chunks: readonly Uint8Array[]): StreamEvent[] {
  const reading = new StreamReading(codec);
  return [...chunks.flatMap((chunk) => reading.push(chunk)), ...reading.end()];
}

/** A decoder's events are lawful, and end well only if the upstream said that it finished. */
export function decodesLawfully(codec: Codec, bytes: Uint8Array): StreamEvent[] {
  const events = eventsOf(codec, [bytes]);
  checkedStream(events);
  if (events.at(-1)?.type === "message-end") {
    assert(provesCompletion(bytes, codec.protocol), "An end was made up");
  }
  return events;
}

/** Where the bytes are cut makes no difference. */
export function cutsMakeNoDifference(codec: Codec, { whole, chunks }: Cuts): void {
  assertEquals(eventsOf(codec, chunks), eventsOf(codec, [whole]));
}

/** A stream's bytes, whole and in pieces. */
export interface Cuts {
  whole: Uint8Array;
  chunks: readonly Uint8Array[];
}

/** A client of any protocol is sent a lawful stream that says what the upstream's says. */
export function translatesLawfully(upstream: Codec, { whole, chunks }: Cuts): void {
  const said = eventsOf(upstream, [whole]);
  const freeform = freeformNames(said);
  for (const client of CODECS) {
    const translation = new StreamTranslation({ upstream, client, context });
    const parts = [...chunks.map((chunk) => translation.push(chunk)), translation.end()];
    const heard = eventsOf(client, parts);
    checkedStream(heard);
    compareGists(gist(heard, freeform), gist(said, freeform), `for ${client.protocol}`);
  }
}

function compareGists(heard: Gist, said: Gist, message: string): void {
  // A call without a name is nobody's, and no two protocols make the same of it.
  if (said.calls.some((call) => call.startsWith("("))) return;
  // What the reader of a broken stream still had to put in order is lost with it.
  if (said.stop === "error" && isBeginning(heard, said)) return;
  assertEquals(heard, said, message);
}

/** A whole answer is read or refused, and what was read can be told to every client, both ways. */
export function answersLawfully(codec: Codec, body: JsonValue): ChatResponse | undefined {
  let response: ChatResponse;
  try {
    response = decodeAnswer(body, codec);
  } catch (error) {
    assert(error instanceof GatewayError, `Threw ${error}`);
    return undefined;
  }
  expandsAndCollects(response);
  for (const client of CODECS) {
    const told = client.decodeResponse(wire(client.encodeResponse(response, context)));
    assertEquals(words(told), words(response), `for a client of ${client.protocol}`);
  }
  return response;
}

/** The words of an answer, and the names of the tools that it calls. */
function words({ content }: ChatResponse): string[] {
  const text = (type: AssistantBlock["type"][]) =>
    content.map((block) => type.includes(block.type) && "text" in block ? block.text : "").join("")
      .replaceAll(/\s/g, "");
  const calls = content.map((block) => block.type === "tool-call" ? `${block.name}()` : "").join(
    "",
  );
  return [text(["text", "refusal"]), text(["reasoning"]), calls];
}

/** A whole answer as a stream is lawful, and the stream collects into the same answer. */
export function expandsAndCollects(response: ChatResponse): void {
  const events = expandResponse(response);
  checkedStream(events);
  const collector = new ResponseCollector();
  for (const event of events) collector.push(event);
  assertEquals(collector.response(), streamable(response));
}

/** What of an answer has words in a stream. */
export function streamable({ extras: _, form: _form, ...response }: ChatResponse): ChatResponse {
  const content = response.content
    .filter(({ type }) => type !== "image")
    .map((block) => {
      if (block.type === "opaque") return block;
      const { extras: _, form: _form, ...rest } = block;
      return rest as AssistantBlock;
    });
  return { ...response, content };
}

/** A made-up answer can be told to every client, streamed and whole. */
export function tellsLawfully(response: ChatResponse): void {
  const said = expandResponse(response);
  const freeform = freeformNames(said);
  for (const client of CODECS) {
    const heard = eventsOf(client, [encodeAnswerAsStream(response, { client, context })]);
    checkedStream(heard);
    compareGists(gist(heard, freeform), gist(said, freeform), `streamed for ${client.protocol}`);
    const whole = decodeAnswer(wire(client.encodeResponse(response, context)), client);
    const events = expandResponse(whole);
    compareGists(gist(events, freeform), gist(said, freeform), `whole for ${client.protocol}`);
  }
}

/** A request is read or refused as the client's fault, and what was read can be written for all. */
export function requestsLawfully(codec: Codec, body: JsonValue): ChatRequest | undefined {
  let request: ChatRequest;
  try {
    request = decodeRequest(body, codec);
  } catch (error) {
    assert(error instanceof GatewayError && error.status === 400, `Threw ${error}`);
    return undefined;
  }
  for (const upstream of CODECS) {
    if (upstream === codec) writesBack(request, { codec, body: body as JsonObject });
    else encodesLawfully(request, upstream);
  }
  return request;
}

/** A request that is decoded and encoded by one codec comes out as it was, and loses nothing. */
function writesBack(
  request: ChatRequest,
  { codec, body }: { codec: Codec; body: JsonObject },
): void {
  const encoded = codec.encodeRequest(request, {});
  assertEquals(wire(encoded.body), body);
  assertEquals(encoded.losses, []);
}

function encodesLawfully(request: ChatRequest, upstream: Codec): void {
  try {
    const { body } = encodeRequest(request, { upstream, model: "m", quirks: {} });
    // What is written must be a body that the protocol allows: its own decoder judges that.
    decodeRequest(wire(body), upstream);
  } catch (error) {
    assert(error instanceof GatewayError && error.status === 400, `Threw ${error}`);
    assert(
      error.code !== undefined || !isPlace(error.message),
      `Wrote a bad body: ${error.message}`,
    );
  }
}

/** Whether a message names a place and what was expected there, as decoders do. */
function isPlace(message: string): boolean {
  return /: (expected an? \w+( or an? \w+)*, got (an? \w+|null|nothing)|missing)$/.test(message);
}

/** What an upstream or client would parse. */
function wire(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(body));
}

/** Any error body is read, and told to every client as JSON. */
export function faultsLawfully(
  codec: Codec,
  { status, body }: { status: number; body: JsonValue },
): void {
  const fault = codec.decodeError(status, body);
  assert(typeof fault.message === "string" && fault.message !== "", "A fault has no message");
  assert(fault.status >= 400 && fault.status <= 599, `A fault has status ${fault.status}`);
  for (const client of CODECS) {
    const error = new GatewayError(fault.kind, fault.message, { status: fault.status });
    assert(JSON.stringify(client.encodeError(error, "r")).length > 2);
  }
}
