/**
 * Every field of `routes.yml`, in one place: what it may be, what holds without it, and the line
 * that documents it. Checking, the reference and the JSON Schema are made from this table.
 *
 * @module
 */
import {
  type Fields,
  flag,
  type Kind,
  listOf,
  listOrMap,
  mapOf,
  nonEmptyText,
  oneOf,
  oneOrMore,
  record,
  text,
  whole,
} from "./kind.ts";

/** The words that `protocol:` takes. */
export const PROTOCOL_WORDS = ["openai", "anthropic", "responses"] as const;

/** The selection policies of `auto`, by the names that the configuration takes. */
export const POLICY_WORDS = ["round-robin", "ordered", "weighted", "least-latency"] as const;

const MAX_MS = 24 * 60 * 60 * 1000;
/** A larger share than this tells nothing more, and the weighted policy counts turns up to it. */
const MAX_WEIGHT = 1_000;
const milliseconds: Kind = whole(1, MAX_MS);
const status: Kind = whole(100, 599);

const TIMEOUT_FIELDS: Fields = {
  connectMs: { kind: milliseconds, doc: "Time to connect to the upstream.", default: "5000" },
  firstByteMs: {
    kind: milliseconds,
    doc: "Time from the start of an attempt to the upstream's response head.",
    default: "60000, 600000 for the last candidate",
  },
  requestMs: {
    kind: milliseconds,
    doc: "Time from the start of an attempt to its first meaningful event or whole JSON body.",
    default: "60000, 600000 for the last candidate",
  },
  idleMs: { kind: milliseconds, doc: "Silence allowed between chunks.", default: "60000" },
  bodyMs: { kind: milliseconds, doc: "Time to receive a client's body.", default: "15000" },
};

/** What `defaults` and every route may say. */
const SHARED_FIELDS: Fields = {
  protocol: {
    kind: oneOrMore(oneOf(PROTOCOL_WORDS)),
    doc: "What the upstream speaks; a list when it speaks several.",
    default: "read from the URL",
  },
  authHeader: {
    kind: nonEmptyText,
    doc: "The header that carries the key.",
    default: "authorization, for Anthropic x-api-key",
  },
  authPrefix: {
    kind: text,
    doc: "What stands before the key in that header.",
    default: '"Bearer " for authorization, else nothing',
  },
  apiKey: { kind: nonEmptyText, doc: "The upstream's key; better a variable: ${NAME}." },
  apiKeyEnv: { kind: nonEmptyText, doc: "The environment variable that holds the key." },
  headers: { kind: mapOf(text), doc: "Headers sent with every request." },
  isBaseUrl: {
    kind: flag,
    doc: "Whether `url` is a base rather than one endpoint.",
    default: "read from the URL",
  },
  enabled: { kind: flag, doc: "Whether the route is used.", default: "true" },
  weight: { kind: whole(1, MAX_WEIGHT), doc: "Its share under the weighted policy.", default: "1" },
  fallback: {
    kind: listOf(nonEmptyText),
    doc: "Models to try, in order, when a pinned model fails.",
  },
  forwardClientAuth: {
    kind: flag,
    doc: "Whether a route without a key sends the client's own.",
    default: "true",
  },
  forwardHeaders: {
    kind: listOf(nonEmptyText),
    doc: "More request headers of the client to send on.",
  },
  timeouts: { kind: record(TIMEOUT_FIELDS), doc: "Deadlines of this route." },
  maxTokensField: {
    kind: oneOf(["max_tokens", "max_completion_tokens"]),
    doc: "The name under which the upstream takes the answer's limit.",
  },
  reasoningContent: {
    kind: flag,
    doc: "Whether earlier thoughts are sent back as `reasoning_content`.",
  },
  dropParams: { kind: listOf(nonEmptyText), doc: "Parameters that are not sent." },
  toolIdPattern: { kind: nonEmptyText, doc: "What the upstream's tool-call ids must match." },
  vision: { kind: flag, doc: "Whether the upstream reads images.", default: "true" },
  defaultMaxTokens: {
    kind: whole(1, 10_000_000),
    doc: "The limit sent when the upstream requires one and the client gave none.",
    default: "8192",
  },
  strict: {
    kind: flag,
    doc: "Refuse a translation that would change the meaning.",
    default: "false",
  },
};

/** The fields of one entry of `routes`. */
export const ROUTE_FIELDS: Fields = {
  name: { kind: nonEmptyText, doc: "How logs and headers call the route.", default: "the host" },
  url: {
    kind: nonEmptyText,
    doc: "The upstream: a base URL, one endpoint, or `stub:…`.",
    required: true,
  },
  model: {
    kind: oneOrMore(nonEmptyText),
    doc: 'The models served; "*" takes every name that no other route has.',
  },
  models: { kind: oneOrMore(nonEmptyText), doc: "Another name for `model`." },
  ...SHARED_FIELDS,
};

const AUTO_FIELDS: Fields = {
  models: { kind: listOf(nonEmptyText), doc: "The models of `auto`.", default: "all" },
  policy: {
    kind: oneOf(POLICY_WORDS),
    doc: "Which model a new conversation begins at.",
    default: "round-robin",
  },
  sticky: {
    kind: flag,
    doc: "Whether a conversation stays with the model that it began with.",
    default: "true",
  },
};

const CLIENT_FIELDS: Fields = {
  name: { kind: nonEmptyText, doc: "How logs call the client.", required: true },
  key: { kind: nonEmptyText, doc: "The key that it must send; better `keyEnv`." },
  keyEnv: { kind: nonEmptyText, doc: "The environment variable that holds the key." },
};

/** The fields of the document itself. */
export const TOP_FIELDS: Fields = {
  host: { kind: nonEmptyText, doc: "The address to listen on.", default: "127.0.0.1" },
  port: { kind: whole(0, 65_535), doc: "The port to listen on; 0: any.", default: "8787" },
  defaults: { kind: record(SHARED_FIELDS), doc: "What holds for routes that do not say." },
  global: { kind: record(SHARED_FIELDS), doc: "Another name for `defaults`." },
  auth: { kind: record(SHARED_FIELDS), doc: "Another name for `defaults`." },
  retryStatusCodes: {
    kind: listOf(status),
    doc: "Statuses that make the gateway try the next candidate.",
    default: "412, 429, 500, 502, 503, 504",
  },
  strictRetryList: {
    kind: flag,
    doc: "Whether only `retryStatusCodes` counts, without the built-in 408, 425, 520–524, 529.",
    default: "false",
  },
  replayAmbiguous: {
    kind: flag,
    doc: "Whether a request that may have reached an upstream is tried at the next one.",
    default: "true",
  },
  emptyIsFailure: {
    kind: flag,
    doc: "Whether an answer without content is tried at the next candidate.",
    default: "true",
  },
  fallback: {
    kind: listOrMap(listOf(nonEmptyText), mapOf(listOf(nonEmptyText))),
    doc: "Models to try when a pinned one fails: a list for all, or one list per model.",
  },
  maxAttempts: { kind: whole(1, 100), doc: "Attempts per request.", default: "10" },
  auto: { kind: record(AUTO_FIELDS), doc: "How `model: auto` chooses." },
  notice: {
    kind: oneOf(["comment", "event", "off"]),
    doc: "How an answer says that a fallback happened.",
    default: "comment",
  },
  forwardClientAuth: {
    kind: flag,
    doc: "Whether routes without a key send the client's own.",
    default: "true",
  },
  clients: { kind: listOf(record(CLIENT_FIELDS)), doc: "Who may use the gateway." },
  allowedHosts: {
    kind: listOf(nonEmptyText),
    doc: "Names beside loopback under which clients may call the gateway.",
  },
  timeouts: { kind: record(TIMEOUT_FIELDS), doc: "Deadlines." },
  routes: { kind: listOf(record(ROUTE_FIELDS)), doc: "The upstreams.", required: true },
};

/** The whole document. */
export const DOCUMENT: Kind = record(TOP_FIELDS);
