/**
 * The wire transcripts of all protocols, for properties that must hold on each of them.
 *
 * A file's ending says whether it is a stream; what a JSON file holds, its fields say, so that
 * each protocol's folder may name its files as it likes.
 *
 * @module
 */
import { isObject, type JsonObject, parseJson } from "../../lib/base/json.ts";
import { type Protocol, PROTOCOLS } from "../../lib/base/protocol.ts";
import type { Codec } from "../../lib/translation/codec.ts";
import { codecOf } from "../../lib/translation/codecs.ts";
import { PROBES } from "../unit/translation/shared/probes.ts";

/** Something that once stood on a wire, and the codec that reads it. */
export interface Sample<T> {
  name: string;
  codec: Codec;
  content: T;
}

const IS_ANSWER: Readonly<Record<Protocol, (body: JsonObject) => boolean>> = {
  openai_chat: (body) => Array.isArray(body.choices),
  openai_responses: (body) => body.object === "response",
  anthropic_messages: (body) => body.type === "message",
};

/** All codecs, in the order of the list of protocols. */
export const CODECS: readonly Codec[] = PROTOCOLS.map(codecOf);

const files = CODECS.flatMap((codec) => filesOf(codec));

/** Streamed answers, as bytes. */
export const STREAMS: readonly Sample<Uint8Array>[] = files.filter(({ name }) =>
  name.endsWith(".sse")
);

const bodies: readonly Sample<JsonObject>[] = files.flatMap((file) => {
  const content = file.name.endsWith(".json") ? parseJson(text(file.content)) : undefined;
  return isObject(content) ? [{ ...file, content }] : [];
});

/** Whole answers. */
export const ANSWERS = bodies.filter(({ codec, content }) => IS_ANSWER[codec.protocol](content));

/** Requests: those of the transcripts, and the small ones that say one thing each. */
export const REQUESTS: readonly Sample<JsonObject>[] = [
  ...bodies.filter((body) =>
    !ANSWERS.includes(body) && ("messages" in body.content || "input" in body.content)
  ),
  ...CODECS.flatMap((codec) =>
    [...PROBES[codec.protocol]].map(([name, content]) => ({ name, codec, content }))
  ),
];

/** Streams and whole answers that say the same: `name.stream.sse` beside `name.json`. */
export const PAIRS = STREAMS.flatMap((stream) => {
  const whole = stream.name.replace(/\.stream\.sse$/, ".json");
  const answer = ANSWERS.find(({ name }) => name === whole);
  return answer === undefined ? [] : [{ stream, answer }];
});

function filesOf(codec: Codec): Sample<Uint8Array>[] {
  const folder = new URL(`../fixtures/${codec.protocol}/`, import.meta.url);
  return [...Deno.readDirSync(folder)]
    .filter((entry) => entry.isFile)
    .map(({ name }) => ({
      name: `${codec.protocol}/${name}`,
      codec,
      content: Deno.readFileSync(new URL(name, folder)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
