/**
 * A client that asks in any protocol and tells what it made of the answer.
 *
 * @module
 */
import { CHAT_ENDPOINT, type Protocol } from "../../../lib/base/protocol.ts";
import type { Body } from "../upstream/wire.ts";

/** How something is asked. */
export interface Asking {
  protocol: Protocol;
  model: string;
  isStream: boolean;
  text: string;
  signal?: AbortSignal;
  /** Called when the first bytes of the body are here. */
  onFirstBytes?: () => void;
}

/** What a client was answered. */
export interface Seen {
  status: number;
  headers: Headers;
  /** The words of the answer. */
  text: string;
  /** Whether the answer says that it is finished, as its protocol wants it. */
  isFinished: boolean;
  /** Whether anything in it looks like a finish. */
  hasFinish: boolean;
  /** The error that the answer holds, in its protocol's shape. */
  error: Body;
  /** Whether the connection broke before the end of the body. */
  isBroken: boolean;
  /** The body as it came. */
  raw: string;
}

/** What a healthy upstream answers to `text`. */
export function answerTo(text: string): string {
  return `Grüße – you said: ${text}.`;
}

/** The request's path, and its body. */
export function requestOf({ protocol, model, isStream, text }: Asking) {
  const messages = [{ role: "user", content: text }];
  const stream = isStream ? { stream: true } : {};
  const content: Readonly<Record<Protocol, Body>> = {
    openai_chat: { messages },
    openai_responses: { input: text },
    anthropic_messages: { messages, max_tokens: 100 },
  };
  return {
    path: `/v1${CHAT_ENDPOINT[protocol]}`,
    body: JSON.stringify({ model, ...content[protocol], ...stream }),
  };
}

/** Asks the gateway at `address`, and reads the answer to its end. */
export async function ask(address: string, asking: Asking): Promise<Seen> {
  const { path, body } = requestOf(asking);
  const response = await fetch(address + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    ...(asking.signal ? { signal: asking.signal } : {}),
  });
  const { text: raw, isBroken } = await readAll(response, asking.onFirstBytes);
  return { ...viewOf(raw, { protocol: asking.protocol, response }), isBroken };
}

async function readAll(
  response: Response,
  onFirstBytes?: () => void,
): Promise<{ text: string; isBroken: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const piece of response.body ?? []) {
      if (text === "") onFirstBytes?.();
      text += decoder.decode(piece, { stream: true });
    }
    return { text, isBroken: false };
  } catch {
    return { text, isBroken: true };
  }
}

function viewOf(
  raw: string,
  { protocol, response }: { protocol: Protocol; response: Response },
): Omit<Seen, "isBroken"> {
  const { status, headers } = response;
  const isStream = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const said = isStream ? STREAM[protocol](messagesIn(raw)) : whole(protocol, raw);
  return { status, headers, raw, ...said };
}

type Said = Pick<Seen, "text" | "isFinished" | "hasFinish" | "error">;

/** The JSON of each SSE message; the end marker of Chat as it is. */
function messagesIn(raw: string): Body[] {
  return raw.replaceAll("\r\n", "\n").split("\n\n").flatMap((block) => {
    const data = block.split("\n").filter((line) => line.startsWith("data: "))
      .map((line) => line.slice(6)).join("\n");
    if (data === "") return [];
    return data === "[DONE]" ? [data] : [JSON.parse(data)];
  });
}

function ofType(messages: Body[], ...types: string[]): Body[] {
  return messages.filter(({ type }) => types.includes(type));
}

const STREAM: Readonly<Record<Protocol, (messages: Body[]) => Said>> = {
  openai_chat(messages) {
    const choices = messages.flatMap(({ choices }) => choices ?? []);
    const isStopped = choices.some(({ finish_reason: reason }) => Boolean(reason));
    return {
      text: choices.map(({ delta }) => delta?.content ?? "").join(""),
      isFinished: isStopped && messages.at(-1) === "[DONE]",
      hasFinish: isStopped || messages.includes("[DONE]"),
      error: messages.find(({ error }) => error)?.error,
    };
  },
  openai_responses(messages) {
    const completed = ofType(messages, "response.completed");
    const failed = ofType(messages, "response.failed", "error");
    return {
      text: ofType(messages, "response.output_text.delta").map(({ delta }) => delta).join(""),
      isFinished: completed.length === 1 && messages.at(-1) === completed[0],
      hasFinish: completed.length > 0,
      error: failed[0]?.response?.error ?? failed[0],
    };
  },
  anthropic_messages(messages) {
    const stops = ofType(messages, "message_stop");
    return {
      text: ofType(messages, "content_block_delta").map(({ delta }) => delta.text ?? "").join(""),
      isFinished: stops.length === 1 && messages.at(-1) === stops[0] &&
        ofType(messages, "message_start").length === 1,
      hasFinish: stops.length > 0,
      error: ofType(messages, "error")[0]?.error,
    };
  },
};

const TEXT: Readonly<Record<Protocol, (body: Body) => string>> = {
  openai_chat: ({ choices }) => choices?.[0]?.message?.content ?? "",
  openai_responses: ({ output }) =>
    (output ?? []).flatMap(({ content }: Body) => content ?? [])
      .map(({ text }: Body) => text ?? "").join(""),
  anthropic_messages: ({ content }) => (content ?? []).map(({ text }: Body) => text ?? "").join(""),
};

function whole(protocol: Protocol, raw: string): Said {
  const body = jsonOf(raw);
  const isFinished = body !== undefined && !body.error;
  return {
    text: body === undefined ? "" : TEXT[protocol](body),
    isFinished,
    hasFinish: isFinished,
    error: body === undefined ? { message: raw } : body.error ?? undefined,
  };
}

function jsonOf(raw: string): Body {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
