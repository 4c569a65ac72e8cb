/**
 * Upstreams with quirks, each in the words of a real service: what it refuses, and what it says.
 *
 * @module
 */
import { CHAT_ENDPOINT, type Protocol } from "../../lib/base/protocol.ts";
import { eventStream, listen, type ScriptedUpstream } from "./scripted_upstream.ts";
import { chatWire } from "./upstream/chat_wire.ts";
import { messagesWire } from "./upstream/messages_wire.ts";
import { responsesWire } from "./upstream/responses_wire.ts";
import { type Body, type Said, saidTo, type Wire } from "./upstream/wire.ts";

const WIRES: Readonly<Record<Protocol, Wire>> = {
  openai_chat: chatWire,
  openai_responses: responsesWire,
  anthropic_messages: messagesWire,
};

/** Why a request is refused; `undefined` when it is not. */
type Whim = (body: Body) => string | undefined;

const limitOf = (body: Body): number =>
  body.max_tokens ?? body.max_completion_tokens ?? body.max_output_tokens ?? 0;

const callsOf = (body: Body): Body[] =>
  (body.messages ?? []).flatMap((message: Body) => message.tool_calls ?? []);

const assistantsWithCalls = (body: Body): Body[] =>
  (body.messages ?? []).filter((message: Body) => message.tool_calls);

/** Every whim by name. */
export const WHIMS = {
  "wants max_completion_tokens": ({ max_tokens: limit }) =>
    limit === undefined
      ? undefined
      : "Unsupported parameter: 'max_tokens' is not supported with this model. Use " +
        "'max_completion_tokens' instead.",
  "wants max_tokens": ({ max_completion_tokens: limit }) =>
    limit === undefined
      ? undefined
      : "Unrecognized request argument supplied: max_completion_tokens",
  "refuses stream_options": ({ stream_options: options }) =>
    options && "stream_options: Extra inputs are not permitted",
  "refuses stream_options without a word": ({ stream_options: options }) =>
    options && "Bad request",
  "refuses temperature": ({ temperature }) =>
    temperature === undefined
      ? undefined
      : "Unsupported value: 'temperature' does not support 0.5 with this model. Only the " +
        "default (1) value is supported.",
  "wants ids of 9": (body) => {
    const bad = callsOf(body).find(({ id }) => !/^[a-zA-Z0-9]{9}$/.test(id));
    return bad &&
      `Tool call id was ${bad.id} but must be a-z, A-Z, 0-9, with a length of 9.`;
  },
  "wants ids that begin with call_": (body) =>
    callsOf(body).some(({ id }) => !id.startsWith("call_"))
      ? "Invalid 'messages[1].tool_calls[0].id': expected an id that begins with 'call_'."
      : undefined,
  "wants ids of a kind that it does not name": (body) =>
    callsOf(body).some(({ id }) => !/^call_[a-zA-Z0-9]{24}$/.test(id))
      ? "Invalid tool call id"
      : undefined,
  "takes no results": ({ messages }) =>
    messages?.some(({ role }: Body) => role === "tool") ? "Tool results are not taken" : undefined,
  "wants thoughts back": (body) =>
    assistantsWithCalls(body).some((message) => !message.reasoning_content)
      ? "thinking is enabled but reasoning_content is missing in assistant tool call message " +
        "at index 1"
      : undefined,
  "wants no thoughts back": (body) =>
    assistantsWithCalls(body).some((message) => message.reasoning_content)
      ? "property 'messages.1.reasoning_content' is unsupported"
      : undefined,
  "sees nothing": (body) =>
    JSON.stringify(body).includes("image")
      ? "Invalid content type. image_url is only supported by certain models."
      : undefined,
  "writes at most 4096": (body) =>
    limitOf(body) > 4_096
      ? `max_tokens: ${limitOf(body)} > 4096, which is the maximum allowed number of output ` +
        "tokens for claude-3-dummy-20990101"
      : undefined,
  "writes at most 16384": (body) =>
    limitOf(body) > 16_384
      ? `max_tokens is too large: ${limitOf(body)}. This model supports at most 16384 ` +
        "completion tokens"
      : undefined,
} satisfies Record<string, Whim>;

/** How an upstream is picky. */
export interface Picky {
  protocol?: Protocol;
  whims?: readonly (keyof typeof WHIMS)[];
  /** Sent before an answer is looked for: whatever else is wrong. */
  before?: (body: Body, headers: Headers) => Response | Promise<Response> | undefined;
}

/** An upstream that does everything well, but for its whims. */
export function pickyUpstream(picky: Picky = {}): ScriptedUpstream {
  const { protocol = "openai_chat", whims = [], before } = picky;
  const wire = WIRES[protocol];
  return listen(({ path, body, headers }) => {
    if (path !== `/v1${CHAT_ENDPOINT[protocol]}`) {
      return Response.json({ error: { message: "Not Found" } }, { status: 404 });
    }
    const early = before?.(body, headers);
    if (early) return early;
    const problem = wire.problem(body, headers) ??
      whims.map((name) => (WHIMS[name] as Whim)(body)).find((one) => one);
    if (problem) return Response.json(wire.error(400, problem), { status: 400 });
    const said = wittyAnswer(body, wire);
    return body.stream === true
      ? eventStream(wire.events(said, body))
      : Response.json(wire.whole(said, body));
  });
}

/** It knows red when it sees it, and keeps to a schema. */
function wittyAnswer(body: Body, wire: Wire): Said {
  const asked = wire.asked(body);
  const format = body.response_format ?? body.text?.format ?? body.output_config?.format;
  if (format) return { text: '{"sum": 5}', calls: [] };
  if (/colour/.test(asked.text)) return { text: "Red.", calls: [] };
  return saidTo(asked, wire);
}
