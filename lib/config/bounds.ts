/**
 * The fields of `routes.yml` that bound things: how long an upstream may take, and what a client may
 * send.
 *
 * @module
 */
import { type Fields, type Kind, named, type NamedKind, record, whole } from "./kind.ts";

/** No time that can be set is longer: a day. */
export const MAX_MS: number = 24 * 60 * 60 * 1000;
const milliseconds: Kind = whole(1, MAX_MS);

const TIMEOUT_FIELDS: Fields = {
  connectMs: {
    kind: milliseconds,
    doc: "Time to connect to the upstream.",
    example: "3000",
    default: "5000",
  },
  firstByteMs: {
    kind: milliseconds,
    doc: "Time from the start of an attempt to the upstream's response head.",
    example: "30000",
    default: "60000, 600000 for the last candidate",
  },
  requestMs: {
    kind: milliseconds,
    doc: "Time from the start of an attempt to its first meaningful event or whole JSON body.",
    example: "120000",
    default: "60000, 600000 for the last candidate",
  },
  idleMs: {
    kind: milliseconds,
    doc: "Silence allowed between chunks.",
    example: "30000",
    default: "60000",
  },
  bodyMs: {
    kind: milliseconds,
    doc: "Time to receive a client's body.",
    example: "30000",
    default: "15000",
  },
};

/** The deadlines of a route, or of all. */
export const TIMEOUTS: NamedKind = named("timeouts", record(TIMEOUT_FIELDS));

/** Together with what is made of it, a body takes several times its length in memory. */
const MAX_BODY_BYTES = 512 * 1024 * 1024;
/** What translates a body goes down it level by level, and the stack has an end. */
const MAX_DEPTH = 1_000;

const LIMIT_FIELDS: Fields = {
  bodyBytes: {
    kind: whole(1, MAX_BODY_BYTES),
    doc: "Length of a client's body; a longer one is a 413.",
    example: "10485760",
    default: "52428800, which is 50 MiB",
  },
  headerCount: {
    kind: whole(1, 100),
    doc: "Headers of a request; more are a 431.",
    example: "64",
    default: "what the server allows, about 100",
  },
  depth: {
    kind: whole(1, MAX_DEPTH),
    doc: "Objects and lists in each other in a JSON body; a deeper one is a 400.",
    example: "128",
    default: "512",
  },
};

/** What a request of a client may be. */
export const LIMITS: NamedKind = named("limits", record(LIMIT_FIELDS));
