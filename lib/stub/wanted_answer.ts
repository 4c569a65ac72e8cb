/**
 * What a scenario wants said, as an answer.
 *
 * @module
 */
import type { AssistantBlock } from "../chat/block.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse } from "../chat/response.ts";
import { sampleOf } from "./schema_sample.ts";
import type { RawAnswer, WantedAnswer, WantedCall, WantedPace } from "./scenario.ts";
import type { Cutting, Question, Script } from "./spoken.ts";
import type { Pace, PlainAnswer } from "./wire.ts";

const encoder = new TextEncoder();
/** What a token is, roughly. */
const CHARACTERS_PER_TOKEN = 4;
/** A word and its space, for deltas whose size nobody said. */
const CHARACTERS_PER_WORD = 6;

/** The script of an answer. */
export function scriptOf(wanted: WantedAnswer, { id }: Question): Script {
  return (request, own) => {
    const content = blocksOf(wanted, request, id);
    const calls = content.some(({ type }) => type === "tool-call");
    const characters = content.reduce((sum, block) => sum + lengthOf(block), 0);
    const outputTokens = Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
    const usual = calls ? "tool-calls" : wanted.refusal === undefined ? "end" : "refusal";
    return {
      ...own,
      model: wanted.model ?? own.model,
      content,
      stopReason: wanted.stopReason ?? usual,
      usage: { ...own.usage, outputTokens, ...wanted.usage },
    } satisfies ChatResponse;
  };
}

function blocksOf(wanted: WantedAnswer, request: ChatRequest, id: string): AssistantBlock[] {
  const { text, json, refusal, reasoning, toolCalls = [] } = wanted;
  const words = json === undefined ? text : JSON.stringify(json);
  return [
    ...(reasoning === undefined ? [] : [{ type: "reasoning", text: reasoning } as const]),
    ...(words === undefined ? [] : [{ type: "text", text: words } as const]),
    ...(refusal === undefined ? [] : [{ type: "refusal", text: refusal } as const]),
    ...toolCalls.map((call, index) => callOf(call, request, `call_${id}_${index + 1}`)),
  ];
}

function callOf(call: WantedCall, { tools = [] }: ChatRequest, id: string): AssistantBlock {
  const tool = tools.find(({ name }) => name === call.name);
  const isFreeform = tool?.type === "freeform";
  const schema = tool?.type === "function" ? tool.parameters : undefined;
  const sample = isFreeform ? "stub" : sampleOf(schema ?? { type: "object" });
  const input = call.input === undefined ? sample : call.input;
  return {
    type: "tool-call",
    id: call.id ?? id,
    name: call.name,
    // A text is taken as it is, so that a scenario can also send what is not JSON.
    input: typeof input === "string" ? input : JSON.stringify(input),
    ...(isFreeform ? { isFreeform } : {}),
  };
}

function lengthOf(block: AssistantBlock): number {
  if (block.type === "tool-call") return block.input.length;
  return "text" in block ? block.text.length : 0;
}

/** An answer that is sent as it is written. */
export function rawAnswer({ status = 200, headers = {}, ...raw }: RawAnswer): PlainAnswer {
  const { body, base64, chunks } = raw;
  const named = Object.entries(headers);
  const isTyped = named.some(([name]) => name.toLowerCase() === "content-type");
  const type = chunks === undefined ? "application/json" : "text/event-stream";
  const whole = base64 === undefined
    ? encoder.encode(bodyText(body))
    : Uint8Array.fromBase64(base64);
  return {
    status,
    headers: isTyped ? named : [["content-type", type], ...named],
    chunks: chunks?.map((chunk) => encoder.encode(chunk)) ?? [whole],
    isStream: chunks !== undefined,
  };
}

function bodyText(body: RawAnswer["body"]): string {
  if (body === undefined) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** How fast an answer comes, and in which pieces. */
export function paceOf(wanted: WantedPace): { pace: Partial<Pace>; cutting: Cutting } {
  const { delayMs, chunkMs, tokensPerSecond, chunkSize, chunks } = wanted;
  const tokensPerChunk = (chunkSize ?? CHARACTERS_PER_WORD) / CHARACTERS_PER_TOKEN;
  const pauseMs = tokensPerSecond === undefined
    ? chunkMs
    : Math.round(tokensPerChunk * 1000 / tokensPerSecond);
  return {
    pace: {
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(pauseMs === undefined ? {} : { chunkMs: pauseMs }),
    },
    cutting: {
      ...(chunkSize === undefined ? {} : { chunkSize }),
      ...(chunks === undefined ? {} : { chunks }),
    },
  };
}
