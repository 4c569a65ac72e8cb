/**
 * What every client does, whatever SDK it is, so that one table can hold them all.
 *
 * @module
 */
import type { Protocol } from "../../../lib/base/protocol.ts";
import type { ConformanceScene } from "./scene.ts";

/** What a client is asked to do it with. */
export interface Ask {
  model: string;
  stream: boolean;
}

/** How a shape is asked for. */
export interface ShapeAsk extends Ask {
  /** Whether with the words of JSON Schema that a strict service does not know. */
  isLoose?: boolean;
}

/** How a loop over the tool is made. */
export interface LoopAsk extends Ask {
  /** Whether the tool's result is a picture. */
  isPicture?: boolean;
  /** Whether the model is asked to think. */
  isThinking?: boolean;
  /** The model that is told the results; absent: the same. The last question goes to `model`. */
  secondModel?: string;
}

/** An answer in words. */
export interface Talk {
  text: string;
  isFinished: boolean;
  /** The whole prompt, what was read from a cache included. */
  inputTokens: number | undefined;
  cachedTokens: number | undefined;
  outputTokens: number | undefined;
}

/** A loop over the tool, and one more question after it. */
export interface Loop {
  /** The places that the tool was called with, in order. */
  cities: string[];
  /** The words about the results. */
  text: string;
  /** What the client could read of the model's thoughts, in order. */
  thoughts: string[];
  /** What the model answered when it was asked what it had said. */
  recalled: string;
}

/** A failure as the SDK throws it. */
export interface Failure {
  status: number | undefined;
  message: string;
  /** The code or type by which programs know it. */
  code: unknown;
  retryAfter: string | null | undefined;
}

/** One client of the gateway. */
export interface Client {
  name: string;
  protocol: Protocol;
  /** Whether a tool's result may be a picture. */
  hasPictures: boolean;
  /** Whether thoughts have a place in its answers. */
  readsThoughts: boolean;
  /** Whether it sends its history whole, and not by ids of what the upstream keeps. */
  sendsHistory: boolean;
  /** Whether its protocol has shapes that are not strict. */
  takesLooseShapes: boolean;
  /** From which upstreams' thoughts it can carry the proofs that they want back. */
  proves(upstream: Protocol): boolean;
  talk(scene: ConformanceScene, ask: Ask): Promise<Talk>;
  loop(scene: ConformanceScene, ask: LoopAsk): Promise<Loop>;
  /** Asks for JSON of {@linkcode SHAPE}, or of {@linkcode LOOSE_SHAPE}. */
  shape(scene: ConformanceScene, ask: ShapeAsk): Promise<unknown>;
  /** What the SDK's error says. */
  failure(error: unknown): Failure;
}

/** The limit of every answer; enough to think. */
export const MAX_TOKENS = 4096;
export const QUESTION = "hello";
export const SYSTEM = "Be brief.";

export const TOOL = { name: "get_weather", description: "The weather in a city" };

export const TOOL_INPUT = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
  additionalProperties: false,
};

/** What a shaped answer must be. */
export const SHAPE = {
  type: "object" as const,
  properties: { city: { type: "string" as const }, degrees: { type: "number" as const } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

/** The same with limits and with room for more, as schemas are written by hand. */
export const LOOSE_SHAPE = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    city: { type: "string", minLength: 1 },
    degrees: { type: "number", minimum: -90, maximum: 60 },
    note: { type: "string" },
  },
  required: ["city"],
};

/** A picture of one grey pixel. */
export const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/** The same in words, as an upstream tells what it saw. */
export const PICTURE_WORDS = `image/png of ${Uint8Array.fromBase64(PICTURE).length} bytes`;

/** What the tool says of a place, in words. */
export function weatherIn(city: string): string {
  return `rain in ${city}`;
}
