/**
 * Responses with thoughts that are encrypted, items that are stored, and OpenAI's rules for both.
 *
 * @see {@link https://platform.openai.com/docs/guides/reasoning}
 * @module
 */
import { responsesWire } from "../upstream/responses_wire.ts";
import { type Body, firstUnknown, words } from "../upstream/wire.ts";
import {
  dataOf,
  isThinker,
  pictureOfUrl,
  type Seen,
  type Service,
  strictSchemaProblem,
  THOUGHT_TOKENS,
  THOUGHTS,
  WORDS,
} from "./service.ts";

const INCLUDES = new Set(["reasoning.encrypted_content", "message.output_text.logprobs"]);
const SUMMARIES = ["auto", "concise", "detailed"];
/** The ids that the wire gives to everything it says. */
const FIXED_ID = /"(resp|msg|fc|rs)_68f2([0-9a-f]+)"/g;

/** A service with a store of its own. */
export function responsesService(): Service {
  const stored = new Map<string, Body>();
  let count = 0;
  /** The answer with ids of its own, and its items in the store. */
  const finished = (response: Body, asked: Body): Body => {
    const own = renamed(response, ++count);
    if (asked.store !== false) own.output.forEach((item: Body) => stored.set(item.id, item));
    return own;
  };
  return {
    protocol: "openai_responses",
    wire: responsesWire,

    resolved(body) {
      if (!Array.isArray(body.input)) return body;
      const input = body.input.map((item: Body) =>
        item.type === "item_reference" ? stored.get(item.id) ?? item : item
      );
      return { ...body, input };
    },

    problem(body) {
      return fieldProblem(body) ?? formatProblem(body.text?.format) ?? toolsProblem(body) ??
        itemsProblem(itemsOf(body), { stored, isStored: body.store !== false });
    },

    seen(body, kind): Seen {
      const { tools = [], tool_choice: choice, text, reasoning } = body;
      const items = itemsOf(body);
      const forced = tools.find(({ name }: Body) => name === choice?.name) ??
        (choice === "required" ? tools[0] : undefined);
      const lastCall = items.findLastIndex(({ type }) => type === "function_call");
      return {
        ...(text?.format?.type === "json_schema" ? { textShape: text.format.schema } : {}),
        ...(forced ? { forcedTool: forced } : {}),
        pictures: items.slice(lastCall + 1).flatMap(picturesOf),
        ownWords: textOf(items.findLast(({ role }) => role === "assistant")?.content),
        ownThoughts: items.filter(({ type }) => type === "reasoning").length,
        mayThink: isThinker(kind) && reasoning?.effort !== "none",
        isReadable: SUMMARIES.includes(reasoning?.summary),
      };
    },

    whole({ thought, preface, isReadable, ...said }, body) {
      const whole = responsesWire.whole(said, body);
      return finished(withBefore(whole, { thought, preface, isReadable }, body), body);
    },

    events({ thought, preface, isReadable, ...said }, body) {
      const events: Body[] = responsesWire.events(said, body).map(dataOf);
      const last = events.pop();
      const before = { thought, preface, isReadable };
      const response = finished(withBefore(last.response, before, body), body);
      const prefaced = preface === undefined ? [] : messageEvents(preface, body);
      const [created, inProgress, ...steps] = renamed([...events.slice(0, 2), ...prefaced], count);
      const calls = renamed(events.slice(2), count);
      const thinking = thought === undefined ? [] : thoughtEvents(response.output[0]);
      const thoughtCount = thought === undefined ? 0 : 1;
      const itemCount = thoughtCount + (preface === undefined ? 0 : 1);
      return numbered([
        created,
        inProgress,
        ...thinking,
        ...moved(steps, thoughtCount),
        ...moved(calls, itemCount),
        { ...last, response },
      ]);
    },

    failures: FAILURES,
    overflowsInStream: true,

    streamError(name, number) {
      const { code, message } = FAILURES[name].error;
      const response = {
        id: "resp_68f2",
        object: "response",
        status: "failed",
        error: { code, message },
        output: [],
      };
      return numbered([
        { type: "error", code, message, param: null },
        { type: "response.failed", response },
      ], number);
    },
  };
}

/** The same with ids that no other answer has. */
function renamed(value: Body, number: number): Body {
  const end = String(number).padStart(4, "0");
  return JSON.parse(JSON.stringify(value).replace(FIXED_ID, `"$1_68f2$2${end}"`));
}

function failure(message: string, type: string, code: string): Body {
  return { error: { message, type, param: null, code } };
}

const FAILURES: Service["failures"] = {
  limited: failure(WORDS.limited, "requests", "rate_limit_exceeded"),
  refuses: failure(WORDS.refuses, "invalid_request_error", "invalid_image"),
  overflows: failure(
    "Your input exceeds the context window of this model. Please adjust your input and try " +
      "again.",
    "invalid_request_error",
    "context_length_exceeded",
  ),
  errs: failure(WORDS.errs, "server_error", "server_error"),
};

function numbered(events: Body[], first = 0): string[] {
  return events.map((one, index) => {
    const data = { ...one, sequence_number: first + index };
    return `event: ${one.type}\ndata: ${JSON.stringify(data)}\n\n`;
  });
}

interface Before {
  thought: string | undefined;
  preface: string | undefined;
  isReadable: boolean;
}

function withBefore(response: Body, { thought, preface, isReadable }: Before, body: Body): Body {
  const prefaced = preface === undefined ? [] : [messageItem(preface, body)];
  const output = [...prefaced, ...response.output];
  if (thought === undefined) return { ...response, output };
  const isEncrypted = (body.include ?? []).includes("reasoning.encrypted_content");
  const item = {
    id: `rs_68f2${thought.length}`,
    type: "reasoning",
    summary: isReadable ? [{ type: "summary_text", text: thought }] : [],
    ...(isEncrypted ? { encrypted_content: encryptionOf(thought) } : {}),
  };
  const details = { reasoning_tokens: THOUGHT_TOKENS };
  return {
    ...response,
    output: [item, ...output],
    usage: { ...response.usage, output_tokens_details: details },
  };
}

function messageItem(text: string, body: Body): Body {
  return responsesWire.whole({ text, calls: [] }, body).output[0];
}

/** The events of an item of words. */
function messageEvents(text: string, body: Body): Body[] {
  return responsesWire.events({ text, calls: [] }, body).slice(2, -1).map(dataOf);
}

/** Only this service can make it, or read it. */
function encryptionOf(thought: string): string {
  const bytes = new TextEncoder().encode(`encrypted: ${thought}`);
  return `gAAAAAB${bytes.toBase64({ alphabet: "base64url" })}`;
}

const ENCRYPTED: ReadonlySet<unknown> = new Set(Object.values(THOUGHTS).map(encryptionOf));

function thoughtEvents(item: Body): Body[] {
  const { encrypted_content: encrypted, ...rest } = item;
  const [part] = item.summary;
  const place = { item_id: item.id, output_index: 0, summary_index: 0 };
  const begun = { ...rest, summary: [], ...(encrypted ? { encrypted_content: encrypted } : {}) };
  const summary = part === undefined ? [] : [
    {
      type: "response.reasoning_summary_part.added",
      ...place,
      part: { type: "summary_text", text: "" },
    },
    ...words(part.text).map((delta) => ({
      type: "response.reasoning_summary_text.delta",
      ...place,
      delta,
    })),
    { type: "response.reasoning_summary_text.done", ...place, text: part.text },
    { type: "response.reasoning_summary_part.done", ...place, part },
  ];
  return [
    { type: "response.output_item.added", output_index: 0, item: begun },
    ...summary,
    { type: "response.output_item.done", output_index: 0, item },
  ];
}

/** The same events, behind `count` items. */
function moved(events: Body[], count: number): Body[] {
  return events.map((data) => ({ ...data, output_index: data.output_index + count }));
}

function fieldProblem({ include = [], reasoning, previous_response_id: previous }: Body) {
  const unknown = firstUnknown(include, INCLUDES);
  if (unknown) return `Invalid value: '${unknown}'. Supported values are listed for 'include'.`;
  if (previous) return `Previous response with id '${previous}' not found.`;
  if (reasoning === undefined) return undefined;
  const extra = firstUnknown(Object.keys(reasoning), new Set(["effort", "summary", "context"]));
  return extra && `Unknown parameter: 'reasoning.${extra}'.`;
}

function formatProblem(format: Body): string | undefined {
  if (format?.type !== "json_schema") return undefined;
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(format.name ?? "")) {
    return "Missing required parameter: 'text.format.name'.";
  }
  return format.strict ? strictSchemaProblem(format.schema) : undefined;
}

function toolsProblem({ tools = [], tool_choice: choice }: Body): string | undefined {
  const named = choice?.name;
  const isKnown = named === undefined || tools.some(({ name }: Body) => name === named);
  if (!isKnown) return `Tool choice '${named}' not found in 'tools' parameter.`;
  return tools.filter(({ strict }: Body) => strict)
    .map(({ parameters }: Body) => strictSchemaProblem(parameters))
    .find((one: unknown) => one);
}

/** What an item refers to must be there: in the store, or encrypted in the request itself. */
function itemsProblem(
  items: Body[],
  { stored, isStored }: { stored: ReadonlyMap<string, Body>; isStored: boolean },
): string | undefined {
  for (const [index, item] of items.entries()) {
    const partProblem = partsProblem(item, index);
    if (partProblem) return partProblem;
    if (item.type !== "reasoning") continue;
    const { id, encrypted_content: encrypted } = item;
    if (encrypted && !ENCRYPTED.has(encrypted)) {
      return `The encrypted content ${encrypted.slice(0, 8)}... could not be verified.`;
    }
    // OpenClaw sends thoughts back with neither, which then refer to nothing.
    if (!encrypted && id !== undefined && !(isStored && stored.has(id))) {
      return `Item with id '${id}' not found.`;
    }
    const next = items[index + 1];
    const isFollowed = next?.type === "function_call" || next?.type === "reasoning" ||
      next?.role === "assistant";
    if (isFollowed) continue;
    return `Item '${id}' of type 'reasoning' was provided without its required following item.`;
  }
  return undefined;
}

function partsProblem(item: Body, index: number): string | undefined {
  const { content, output } = item;
  for (const part of [content, output].flatMap((one) => Array.isArray(one) ? one : [])) {
    if (part.type !== "input_image") continue;
    if (typeof part.image_url !== "string" && typeof part.file_id !== "string") {
      return `Invalid type for 'input[${index}]': expected an image URL.`;
    }
  }
  return undefined;
}

function picturesOf({ type, output, content }: Body): string[] {
  const parts = type === "function_call_output" ? output : content;
  if (!Array.isArray(parts)) return [];
  return parts.filter((part) => part.type === "input_image")
    .map((part) => pictureOfUrl(part.image_url));
}

function itemsOf({ input }: Body): Body[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : input;
}

function textOf(content: Body): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text = "" }: Body) => text).join("");
}
