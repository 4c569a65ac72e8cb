/**
 * Whether a rule's conditions hold for a request.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { UserBlock } from "../chat/block.ts";
import type { ChatRequest, Message } from "../chat/request.ts";
import { type JsonPath, parseJsonPath, replaceAt } from "./json_path.ts";
import type { Place, When } from "./scenario.ts";
import { isChatEndpoint, protocolOf, type Question } from "./spoken.ts";
import type { PlainAnswer } from "./wire.ts";

/** A request, as conditions see it. */
export interface Asked extends Question {
  method: string;
  headers: Headers;
  /** What is answered where nobody says anything else; absent: the stub's own words. */
  plain?: PlainAnswer | undefined;
  /** The decoded conversation; `undefined` when the body is none. */
  chat(): ChatRequest | undefined;
}

/** Asks a request. */
export type Condition = (asked: Asked) => boolean;

const PROTOCOL_OF_WORD: Readonly<Record<string, Protocol>> = {
  openai: "openai_chat",
  responses: "openai_responses",
  anthropic: "anthropic_messages",
};

type Values = Required<When>;
type Name = Exclude<keyof When, "call">;

/** What each condition asks; made once per rule. */
const MAKERS: { readonly [K in Name]: (value: Values[K]) => Condition } = {
  model: (value) => {
    const fits = anyOf(value);
    return ({ body }) => typeof body.model === "string" && fits(body.model);
  },
  protocol: (value) => {
    const protocols = list(value).map((word) => PROTOCOL_OF_WORD[word]);
    return ({ endpoint }) => protocols.includes(protocolOf(endpoint));
  },
  endpoint: (value) => {
    const fits = anyOf(list(value).map((path) => path.startsWith("/") ? path : `/${path}`));
    return ({ endpoint }) => fits(endpoint);
  },
  method: (value) => ({ method }) => method === value.toUpperCase(),
  stream: (value) => ({ body }) => (body.stream === true) === value,
  header: (value) => {
    const wanted = Object.entries(value).map(([name, text]) => [name, glob(text)] as const);
    return ({ headers }) => wanted.every(([name, fits]) => fits(headers.get(name) ?? ""));
  },
  text: (value) => {
    const parts = list(value);
    return (asked) => contains(lastUserText(asked), parts);
  },
  matches: (value) => {
    const pattern = new RegExp(value, "u");
    return (asked) => pattern.test(lastUserText(asked));
  },
  anywhere: (value) => {
    const parts = list(value);
    return (asked) => contains((asked.chat()?.messages ?? []).map(textOf).join("\n"), parts);
  },
  tool: (value) => {
    const fits = glob(value);
    return (asked) => (asked.chat()?.tools ?? []).some(({ name }) => fits(name));
  },
  afterTool: (value) => (asked) => endsWithResult(asked.chat()) === value,
  json: (value) => {
    const wanted = Object.entries(value).map(([path, place]) =>
      [parseJsonPath(path)!, isObject(place) ? place as Place : { is: place as JsonValue }] as const
    );
    return ({ body }) => wanted.every(([path, place]) => standsAt(body, path, place));
  },
};

/** All conditions of a rule but `call`, as one. */
export function conditionOf(when: When): Condition {
  const names = Object.keys(MAKERS) as Name[];
  const conditions = names.filter((name) => when[name] !== undefined).map((name) =>
    (MAKERS[name] as (value: unknown) => Condition)(when[name])
  );
  // Whoever does not name an endpoint means conversations.
  if (when.endpoint === undefined) conditions.push(({ endpoint }) => isChatEndpoint(endpoint));
  if (when.method === undefined) conditions.push(({ method }) => method === "POST");
  return (asked) => conditions.every((holds) => holds(asked));
}

/** Whether `call: …` takes the so-manyth request, from 1. */
export function takesCall(when: When["call"], call: number): boolean {
  if (when === undefined) return true;
  if (typeof when === "number") return call === when;
  const { from = 1, to = Infinity, every = 1 } = when;
  return call >= from && call <= to && (call - from) % every === 0;
}

function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

function anyOf(value: string | string[]): (text: string) => boolean {
  const globs = list(value).map(glob);
  return (text) => globs.some((fits) => fits(text));
}

/** A text in which `*` stands for any characters. */
function glob(text: string): (text: string) => boolean {
  if (!text.includes("*")) return (other) => other === text;
  const pattern = new RegExp(`^${text.split("*").map(RegExp.escape).join(".*")}$`, "su");
  return (other) => pattern.test(other);
}

function contains(text: string, parts: readonly string[]): boolean {
  return parts.every((part) => text.includes(part));
}

function lastUserText(asked: Asked): string {
  const last = asked.chat()?.messages.findLast((message) =>
    message.role === "user" && message.content.some(({ type }) => type === "text")
  );
  return last === undefined ? "" : textOf(last);
}

function textOf({ content }: Message): string {
  return (content as UserBlock[]).map((block) => {
    if (block.type === "tool-result") {
      return block.content.map((one) => one.type === "text" ? one.text : "").join("\n");
    }
    return block.type === "text" ? block.text : "";
  }).join("\n");
}

function endsWithResult(request: ChatRequest | undefined): boolean {
  const last = request?.messages.findLast(({ role }) => role !== "system");
  return last?.role === "user" && last.content.some(({ type }) => type === "tool-result");
}

/** Whether one of the values at a place is as it should be. */
function standsAt(body: JsonObject, path: JsonPath, place: Place): boolean {
  const found: JsonValue[] = [];
  replaceAt(body as JsonValue, path, (value) => (found.push(value), value));
  if (place.exists !== undefined && (found.length > 0) !== place.exists) return false;
  const { is, contains: part, matches } = place;
  if (is === undefined && part === undefined && matches === undefined) return true;
  const wanted = is === undefined ? undefined : JSON.stringify(is);
  const pattern = matches === undefined ? undefined : new RegExp(matches, "u");
  return found.some((value) => {
    if (wanted !== undefined && JSON.stringify(value) !== wanted) return false;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return (part === undefined || text.includes(part)) && (pattern?.test(text) ?? true);
  });
}
