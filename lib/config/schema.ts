/**
 * Every field of `routes.yml`, in one place: what it may be, what holds without it, and the line
 * that documents it. Checking, the reference and the JSON Schema are made from this table. Deadlines
 * and limits stand in `bounds.ts`.
 *
 * @module
 */
import { LIMITS, TIMEOUTS } from "./bounds.ts";
import {
  type Fields,
  flag,
  type Kind,
  listOf,
  listOrMap,
  mapOf,
  named,
  type NamedKind,
  nonEmptyText,
  oneOf,
  oneOrMore,
  record,
  regularExpression,
  text,
  whole,
} from "./kind.ts";

/** The words that `protocol:` takes. */
export const PROTOCOL_WORDS = ["openai", "anthropic", "responses"] as const;

/** The selection policies of `auto`, by the names that the configuration takes. */
const POLICY_WORDS = ["round-robin", "ordered", "weighted", "least-latency"] as const;

/** A larger share than this tells nothing more, and the weighted policy counts turns up to it. */
const MAX_WEIGHT = 1_000;
const status: Kind = whole(100, 599);

/** What `defaults` and every route may say. */
const SHARED_FIELDS: Fields = {
  protocol: {
    kind: oneOrMore(oneOf(PROTOCOL_WORDS)),
    doc: "What the upstream speaks; a list when it speaks several.",
    example: "[openai, responses]",
    default: "read from the URL",
  },
  authHeader: {
    kind: nonEmptyText,
    doc: "The header that carries the key.",
    example: "x-api-key",
    default: "authorization, for Anthropic x-api-key",
  },
  authPrefix: {
    kind: text,
    doc: "What stands before the key in that header.",
    example: '"Token "',
    default: '"Bearer " for authorization, else nothing',
  },
  apiKey: {
    kind: nonEmptyText,
    doc: "The upstream's key; better a variable: ${NAME}.",
    example: "${OPENAI_API_KEY}",
  },
  apiKeyEnv: {
    kind: nonEmptyText,
    doc: "The environment variable that holds the key.",
    example: "OPENAI_API_KEY",
  },
  headers: {
    kind: mapOf(text),
    doc: "Headers sent with every request.",
    example: "{X-Title: my-agent}",
  },
  isBaseUrl: {
    kind: flag,
    doc: "Whether `url` is a base rather than one endpoint.",
    example: "true",
    default: "read from the URL",
  },
  enabled: { kind: flag, doc: "Whether the route is used.", example: "false", default: "true" },
  weight: {
    kind: whole(1, MAX_WEIGHT),
    doc: "Its share under the weighted policy.",
    example: "3",
    default: "1",
  },
  fallback: {
    kind: listOf(nonEmptyText),
    doc: "Models to try, in order, when a pinned model fails.",
    example: "[gpt-5.2-mini]",
  },
  forwardClientAuth: {
    kind: flag,
    doc: "Whether a route without a key sends the client's own.",
    example: "false",
    default: "true",
  },
  forwardHeaders: {
    kind: listOf(nonEmptyText),
    doc: "More request headers of the client to send on.",
    example: "[x-trace-id]",
  },
  timeouts: { kind: TIMEOUTS, doc: "Deadlines of this route.", example: "{requestMs: 120000}" },
  maxTokensField: {
    kind: oneOf(["max_tokens", "max_completion_tokens"]),
    doc: "The name under which the upstream takes the answer's limit.",
    example: "max_completion_tokens",
  },
  reasoningContent: {
    kind: flag,
    doc: "Whether earlier thoughts are sent back as `reasoning_content`.",
    example: "true",
  },
  dropParams: {
    kind: listOf(nonEmptyText),
    doc: "Parameters that are not sent.",
    example: "[temperature]",
  },
  toolIdPattern: {
    kind: regularExpression,
    doc: "What the upstream's tool-call ids must match.",
    example: '"^[a-zA-Z0-9]{9}$"',
  },
  vision: {
    kind: flag,
    doc: "Whether the upstream reads images.",
    example: "false",
    default: "true",
  },
  defaultMaxTokens: {
    kind: whole(1, 10_000_000),
    doc: "The limit sent when the upstream requires one and the client gave none.",
    example: "4096",
    default: "8192",
  },
  strict: {
    kind: flag,
    doc: "Refuse a translation that would change the meaning.",
    example: "true",
    default: "false",
  },
};

const SHARED = named("defaults", record(SHARED_FIELDS));

/** The fields of one entry of `routes`. */
export const ROUTE_FIELDS: Fields = {
  name: {
    kind: nonEmptyText,
    doc: "How logs and headers call the route.",
    example: "openai",
    default: "the host",
  },
  url: {
    kind: nonEmptyText,
    doc: "The upstream: a base URL, one endpoint, or `stub:…`.",
    example: "https://api.openai.com/v1",
    required: true,
  },
  model: {
    kind: oneOrMore(nonEmptyText),
    doc: 'The models served; "*" takes every name that no other route has.',
    example: "[gpt-5.2, gpt-5.2-mini]",
  },
  models: {
    kind: oneOrMore(nonEmptyText),
    doc: "Another name for `model`.",
    example: "[gpt-5.2, gpt-5.2-mini]",
  },
  ...SHARED_FIELDS,
};

const ROUTE = named("route", record(ROUTE_FIELDS, [["model"], ["models"]]));

const AUTO_FIELDS: Fields = {
  models: {
    kind: listOf(nonEmptyText),
    doc: "The models of `auto`.",
    example: "[gpt-5.2, claude-sonnet-4-5]",
    default: "all",
  },
  policy: {
    kind: oneOf(POLICY_WORDS),
    doc: "Which model a new conversation begins at.",
    example: "ordered",
    default: "round-robin",
  },
  sticky: {
    kind: flag,
    doc: "Whether a conversation stays with the model that it began with.",
    example: "false",
    default: "true",
  },
};

const CLIENT_FIELDS: Fields = {
  name: { kind: nonEmptyText, doc: "How logs call the client.", example: "laptop", required: true },
  key: {
    kind: nonEmptyText,
    doc: "The key that it must send; better `keyEnv`.",
    example: "${LAPTOP_KEY}",
  },
  keyEnv: {
    kind: nonEmptyText,
    doc: "The environment variable that holds the key.",
    example: "LAPTOP_KEY",
  },
};

/** The upstreams; a file may also be just this list. */
export const ROUTES: Kind = listOf(ROUTE);
const AUTO = named("auto", record(AUTO_FIELDS));
const CLIENT = named("client", record(CLIENT_FIELDS, [["key"], ["keyEnv"]]));

/** The fields of the document itself. */
export const TOP_FIELDS: Fields = {
  host: {
    kind: nonEmptyText,
    doc: "The address to listen on.",
    example: "0.0.0.0",
    default: "127.0.0.1",
  },
  port: {
    kind: whole(0, 65_535),
    doc: "The port to listen on; 0: any.",
    example: "9000",
    default: "8787",
  },
  defaults: {
    kind: SHARED,
    doc: "What holds for routes that do not say.",
    example: "{apiKeyEnv: SHARED_API_KEY}",
  },
  global: {
    kind: SHARED,
    doc: "Another name for `defaults`.",
    example: "{apiKeyEnv: SHARED_API_KEY}",
  },
  auth: {
    kind: SHARED,
    doc: "Another name for `defaults`.",
    example: "{apiKeyEnv: SHARED_API_KEY}",
  },
  retryStatusCodes: {
    kind: listOf(status),
    doc: "Statuses that make the gateway try the next candidate.",
    example: "[429, 503]",
    default: "412, 429, 500, 502, 503, 504",
  },
  strictRetryList: {
    kind: flag,
    doc: "Whether only `retryStatusCodes` counts, without the built-in 408, 425, 520–524, 529.",
    example: "true",
    default: "false",
  },
  replayAmbiguous: {
    kind: flag,
    doc: "Whether a request that may have reached an upstream is tried at the next one.",
    example: "false",
    default: "true",
  },
  emptyIsFailure: {
    kind: flag,
    doc: "Whether an answer without content is tried at the next candidate.",
    example: "false",
    default: "true",
  },
  fallback: {
    kind: listOrMap(listOf(nonEmptyText), mapOf(listOf(nonEmptyText))),
    doc: "Models to try when a pinned one fails: a list for all, or one list per model.",
    example: '{gpt-5.2: [claude-sonnet-4-5], "*": [gpt-5.2-mini]}',
  },
  maxAttempts: { kind: whole(1, 100), doc: "Attempts per request.", example: "4", default: "10" },
  auto: { kind: AUTO, doc: "How `model: auto` chooses.", example: "{policy: ordered}" },
  notice: {
    kind: oneOf(["comment", "event", "off"]),
    doc: "How an answer says that a fallback happened.",
    example: "off",
    default: "comment",
  },
  forwardClientAuth: {
    kind: flag,
    doc: "Whether routes without a key send the client's own.",
    example: "false",
    default: "true",
  },
  clients: {
    kind: listOf(CLIENT),
    doc: "Who may use the gateway.",
    example: "[{name: laptop, keyEnv: LAPTOP_KEY}]",
  },
  allowedHosts: {
    kind: listOf(nonEmptyText),
    doc: "Names beside loopback under which clients may call the gateway.",
    example: "[gateway.home.arpa]",
  },
  limits: {
    kind: LIMITS,
    doc: "What a client's request may be at most.",
    example: "{bodyBytes: 10485760}",
  },
  timeouts: { kind: TIMEOUTS, doc: "Deadlines.", example: "{connectMs: 3000}" },
  routes: {
    kind: ROUTES,
    doc: "The upstreams.",
    example: '[{url: "https://api.openai.com/v1", model: gpt-5.2}]',
    required: true,
  },
};

/** The whole document. */
export const DOCUMENT: Kind = record(TOP_FIELDS);

/** Every mapping with a name of its own, those that others are made of first. */
export const NAMED: readonly NamedKind[] = [TIMEOUTS, LIMITS, SHARED, ROUTE, AUTO, CLIENT];
