/**
 * Which conversation a request belongs to, and which model served it last.
 *
 * A conversation that stays with its model keeps the upstream's prompt cache, its tool-call ids
 * and its thinking signatures.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { JsonBody } from "../base/json_body.ts";

/** What a request says about its conversation. */
export interface Conversation {
  /** The client's own name for its session. */
  session?: string;
  /** A hash of the first user message: one session of an agent holds several conversations. */
  opening?: string;
  /** Whether a model has spoken before: only then is there somebody to stay with. */
  isFollowUp: boolean;
}

/** Headers in which clients name their session: Claude Code's, then Codex's. */
const SESSION_HEADERS = ["x-claude-code-session-id", "session_id", "session-id"] as const;

/** Item types of the Responses protocol that a model made. */
const MODEL_ITEMS: ReadonlySet<string> = new Set([
  "function_call",
  "custom_tool_call",
  "reasoning",
  // Whose content the upstream keeps: clients refer only to what a model made.
  "item_reference",
]);

/** Reads a request body of any protocol. */
export function conversationOf(body: JsonObject, headers: Headers): Conversation {
  const turns = Array.isArray(body.messages) ? body.messages : body.input;
  const session = sessionOf(body, headers);
  const opening = openingOf(turns);
  return {
    ...(session === undefined ? {} : { session }),
    ...(opening === undefined ? {} : { opening }),
    isFollowUp: Array.isArray(turns) && turns.some(isModelTurn) || isContinued(body),
  };
}

/** The fields that tell the conversation, beside the turns. */
const FIELDS = [
  "session_id",
  "prompt_cache_key",
  "metadata",
  "previous_response_id",
  "conversation",
  "thread",
] as const;

/** What {@linkcode conversationOf} looks at: of a long history only its beginning. */
export function turnsIn(body: JsonBody): JsonObject {
  if (body.isRead) return body.value;
  return {
    ...body.fields(...FIELDS),
    ...beginningOf(body, "messages"),
    ...beginningOf(body, "input"),
  };
}

/** A list of turns as far as the first of a user and the first of a model, or another value. */
function beginningOf(body: JsonBody, name: "messages" | "input"): JsonObject {
  const list = body.list(name);
  if (!list) return body.fields(name);
  const turns: JsonValue[] = [];
  let isOpen = false;
  let isAnswered = false;
  for (const turn of list) {
    turns.push(turn);
    isOpen ||= isUserTurn(turn);
    isAnswered ||= isModelTurn(turn);
    if (isOpen && isAnswered) break;
  }
  return { [name]: turns };
}

function isUserTurn(turn: JsonValue): turn is JsonObject {
  return isObject(turn) && turn.role === "user";
}

function sessionOf(body: JsonObject, headers: Headers): string | undefined {
  const header = SESSION_HEADERS.map((name) => headers.get(name)).find((value) => value);
  const userId = isObject(body.metadata) ? body.metadata.user_id : undefined;
  const fields = [body.session_id, body.prompt_cache_key, userId];
  const named = header ?? fields.find((value) => typeof value === "string" && value !== "");
  return typeof named === "string" ? hash(named) : undefined;
}

function openingOf(turns: JsonValue | undefined): string | undefined {
  if (typeof turns === "string") return hash(turns);
  if (!Array.isArray(turns)) return undefined;
  const first = turns.find(isUserTurn);
  return first ? hash(textOf(first.content)) : undefined;
}

/** The words alone: clients write the same message as a string first and as a list later. */
function textOf(content: JsonValue | undefined): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => isObject(part) && typeof part.text === "string" ? part.text : "")
    .join("");
}

/** Whether the turns before are kept upstream, under an id that only that upstream knows. */
function isContinued({ previous_response_id: id, conversation, thread }: JsonObject): boolean {
  return typeof id === "string" || typeof conversation === "string" || isObject(conversation) ||
    (isObject(thread) && typeof thread.previous_message_id === "string");
}

function isModelTurn(turn: JsonValue): boolean {
  if (!isObject(turn)) return false;
  return turn.role === "assistant" || MODEL_ITEMS.has(String(turn.type));
}

/** 64 bits of FNV-1a, in two halves that start apart. */
function hash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 16), 0x01000193);
  }
  return (low >>> 0).toString(36) + (high >>> 0).toString(36);
}

const MAX_REMEMBERED = 10_000;
const REMEMBERED_MS = 3_600_000;

/** Remembers which model served which conversation; for an hour, and boundedly many. */
export class ConversationMemory {
  readonly #clock: Clock;
  /** In the order of their last use, the oldest first. */
  readonly #models = new Map<string, { model: string; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The model that served the conversation's last turn; `undefined` for a new conversation. */
  modelOf(conversation: Conversation): string | undefined {
    if (!conversation.isFollowUp) return undefined;
    for (const key of keysOf(conversation)) {
      const known = this.#models.get(key);
      if (known && this.#clock.nowMs() - known.atMs < REMEMBERED_MS) return known.model;
    }
    return undefined;
  }

  /** Notes that `model` served a turn. */
  remember(conversation: Conversation, model: string): void {
    const entry = { model, atMs: this.#clock.nowMs() };
    for (const key of keysOf(conversation)) {
      this.#models.delete(key);
      this.#models.set(key, entry);
    }
    while (this.#models.size > MAX_REMEMBERED) {
      this.#models.delete(this.#models.keys().next().value!);
    }
  }
}

/** The most telling first: session and opening, the session alone, the opening alone. */
function keysOf({ session, opening }: Conversation): string[] {
  const keys: string[] = [];
  if (session !== undefined && opening !== undefined) keys.push(`${session}/${opening}`);
  if (session !== undefined) keys.push(`${session}/`);
  if (opening !== undefined) keys.push(`/${opening}`);
  return keys;
}
