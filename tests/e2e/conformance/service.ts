/**
 * What the conformance upstreams have in common: which model does what, what a model says, and what
 * a service looks at in a request beyond what every scripted upstream does.
 *
 * @module
 */
import type { Protocol } from "../../../lib/base/protocol.ts";
import {
  type Asked,
  type Body,
  type Call,
  type OfferedTool,
  PLACES,
  type Said,
  type Wire,
} from "../upstream/wire.ts";

/** What a model does, which is the end of its name. */
export const KINDS = [
  /** Answers; does not think. */
  "well",
  /** Thinks before it answers, and wants its thoughts back where its service does. */
  "thinks",
  /** Thinks, and its service refuses a request that brings thoughts back. */
  "rethinks",
  /** Has no room: 429, and when to come again. */
  "limited",
  /** Refuses the request: 400. */
  "refuses",
  /** Finds the conversation too long: 400. */
  "overflows",
  /** Says 200, and an error instead of an answer. */
  "errs",
  /** Says 200, some words, and then an error. */
  "breaks",
] as const;

/** One of them. */
export type Kind = typeof KINDS[number];

const KIND = new RegExp(`-(${KINDS.join("|")})(?:-\\d+)?$`);

/** What the model of that name does. */
export function kindOf(model: string): Kind {
  return KIND.exec(model)?.[1] as Kind;
}

/** Whether a model thinks at all. */
export function isThinker(kind: Kind): boolean {
  return kind === "thinks" || kind === "rethinks";
}

/** What a service finds in a request, beside what is asked. */
export interface Seen {
  /** The JSON Schema that the answer's text must fit. */
  textShape?: Body;
  /** The tool that must be called. */
  forcedTool?: OfferedTool;
  /** The pictures in the last results of tools, in words. */
  pictures: string[];
  /** What the model itself said last. */
  ownWords: string;
  /** How many of its thoughts came back as it had made them. */
  ownThoughts: number;
  /** Whether it may think now. */
  mayThink: boolean;
  /** Whether the client may read the thoughts. */
  isReadable: boolean;
}

/** An answer, and what comes before it. */
export interface Answer extends Said {
  thought?: string;
  /** Words before calls. */
  preface?: string;
  isReadable: boolean;
}

/** One service, as strict as the real one. */
export interface Service {
  protocol: Protocol;
  wire: Wire;
  /** A request with everything in it that the service keeps, and the request only refers to. */
  resolved(body: Body, headers: Headers): Body;
  /** Why the real service would refuse the request, beyond what the wire refuses. */
  problem(body: Body, kind: Kind): string | undefined;
  seen(body: Body, kind: Kind): Seen;
  /** The answer in one piece. */
  whole(answer: Answer, body: Body): Body;
  /** The answer as a stream, one text per event. */
  events(answer: Answer, body: Body): string[];
  /** The bodies of its failures. */
  failures: Readonly<Record<"limited" | "refuses" | "overflows" | "errs", Body>>;
  /** Whether the service finds a conversation too long only when it has begun to stream. */
  overflowsInStream: boolean;
  /** A failure in the middle of a stream, behind `number` events. */
  streamError(failure: "errs" | "overflows", number: number): string[];
}

/** What models think, by what they do next. */
export const THOUGHTS = {
  call: "Two places – I ask for both.",
  report: "Both results – I can answer.",
  talk: "A greeting – I greet back.",
} as const;

/** What models say before they call. */
export const PREFACE = "I ask – twice.";

/** How many tokens of each answer a thought takes, where the service says. */
export const THOUGHT_TOKENS = 4;

/** What asks a model to repeat its own words. */
export const RECALL = "What did you say before?";

/** What fits the shape that clients ask for. */
export const SHAPED = { city: "Oslo", degrees: 7 } as const;

/** How long a model that has no room wants to be left alone. */
export const RETRY_AFTER = "7";

/** What the services say, in words that a client must see again. */
export const WORDS = {
  limited: "Rate limit reached for requests per minute: Limit 3, Used 3. Try again in 7s.",
  refuses: "The image data you provided does not represent a valid image.",
  errs: "The server had an error while processing your request.",
} as const;

/** What stands in for the models: the answer to what was asked. */
export type Answerer = (asked: Asked, seen: Seen, wire: Wire) => Answer;

/** What a model says to a request. */
export function answerTo(asked: Asked, seen: Seen, wire: Wire): Answer {
  const { isReadable, mayThink } = seen;
  const { next, said } = saidTo(asked, seen, wire);
  return {
    ...said,
    isReadable,
    ...(mayThink ? { thought: THOUGHTS[next] } : {}),
    ...(said.calls.length > 1 ? { preface: PREFACE } : {}),
  };
}

function saidTo(
  { text, tools: [tool], isParallel, results }: Asked,
  { textShape, forcedTool, pictures, ownWords, ownThoughts }: Seen,
  wire: Wire,
): { next: keyof typeof THOUGHTS; said: Said } {
  const talk = (words: string) => ({ next: "talk" as const, said: { text: words, calls: [] } });
  if (forcedTool) {
    const input = JSON.stringify(inputFor(forcedTool.parameters));
    const call = { id: wire.callId(1), name: forcedTool.name, input };
    return { next: "call", said: { text: "", calls: [call] } };
  }
  if (tool !== undefined && results.length === 0 && text !== RECALL) {
    return { next: "call", said: { text: "", calls: callsOf(tool.name, isParallel, wire) } };
  }
  if (results.length > 0) {
    const report = [
      `The tools said: ${results.filter((one) => one !== "").join(" / ")}.`,
      ...(ownWords === "" ? [] : [`I had said: ${ownWords}`]),
      ...pictures.map((picture) => `I saw ${picture}.`),
      ...(ownThoughts > 0 ? [`I had thought ${ownThoughts} times.`] : []),
    ];
    return { next: "report", said: { text: report.join(" "), calls: [] } };
  }
  if (textShape) return talk(JSON.stringify(SHAPED));
  return talk(text === RECALL ? `I said: ${ownWords}` : `Grüße – you said: ${text}.`);
}

function callsOf(name: string, isParallel: boolean, wire: Wire): Call[] {
  return PLACES.slice(0, isParallel ? 2 : 1).map((city, index) => ({
    id: wire.callId(index + 1),
    name,
    input: JSON.stringify({ city }),
  }));
}

/** Only what the schema allows, so that a schema which was lost on the way shows. */
function inputFor({ properties = {} }: Body): Body {
  return Object.fromEntries(Object.entries(SHAPED).filter(([key]) => key in properties));
}

/** A picture in words; what is no picture is said too. */
export function pictureOf(mediaType: string, base64: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return "no base64";
  const bytes = Uint8Array.fromBase64(base64);
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  return isPng ? `${mediaType} of ${bytes.length} bytes` : "no PNG";
}

/** The same for a `data:` URL. */
export function pictureOfUrl(url: unknown): string {
  const [, type, data] = /^data:([^;]+);base64,(.*)$/s.exec(String(url)) ?? [];
  return data === undefined ? "no data URL" : pictureOf(type!, data);
}

/** Why OpenAI would refuse a schema as a strict one. */
export function strictSchemaProblem(schema: Body, place = "schema"): string | undefined {
  if (schema?.type !== "object") return undefined;
  const keys = Object.keys(schema.properties ?? {});
  if (schema.additionalProperties !== false) {
    return `In context=(), 'additionalProperties' is required to be supplied and to be false: ${place}`;
  }
  if (keys.some((key) => !(schema.required ?? []).includes(key))) {
    return `In context=(), 'required' is required to include every key in properties: ${place}`;
  }
  return keys.map((key) => strictSchemaProblem(schema.properties[key], `${place}.${key}`))
    .find((one) => one);
}

/** Reads the data of an event's text; `undefined` for `[DONE]`. */
export function dataOf(event: string): Body {
  const line = event.split("\n").find((one) => one.startsWith("data: "))!.slice("data: ".length);
  return line === "[DONE]" ? undefined : JSON.parse(line);
}
