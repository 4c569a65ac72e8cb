/**
 * What passed in one exchange, as a cassette: only headers that may be shown, no credentials, and
 * what is another one each time under a name that stands for it.
 *
 * @module
 */
import {
  isConnectionHeader,
  isCredentialHeader,
  isForwardedRequestHeader,
  isForwardedResponseHeader,
} from "../base/forwarded_headers.ts";
import { isEventStream } from "../base/answer_head.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import type { Protocol } from "../base/protocol.ts";
import { type Redact, redactor, REPLACEMENT } from "../base/redaction.ts";
import type {
  Cassette,
  RecordedAnswer,
  RecordedAttempt,
  RecordedHeaders,
  RecordedRequest,
} from "../stub/cassette.ts";
import { type Cleaning, cleanText, NOW, REQUEST_ID } from "../stub/cassette_cleaning.ts";
import { recordBody, type RecordedBody, recordStream } from "../stub/recorded_body.ts";
import type {
  PassingAnswer,
  PassingAttempt,
  PassingBody,
  PassingExchange,
  PassingRequest,
} from "./recorded_exchange.ts";

/** What has to be known to write a cassette. */
export interface CassetteSetting {
  redact: Redact;
  /** Every configured secret, also those that are too short to be looked for in a text. */
  secrets: readonly string[];
  requestId: string;
  protocol: Protocol;
}

/** How one cassette is written. */
interface Writing {
  cleaning: Cleaning;
  secrets: ReadonlySet<string>;
}

/** Makes a cassette of a finished exchange. */
export function cassetteOf(exchange: PassingExchange, setting: CassetteSetting): Cassette {
  const { request, clientBody, attempts, answer } = exchange;
  const { requestId, protocol } = setting;
  const secrets = new Set([...setting.secrets, ...credentialsIn(request.headers)]);
  // The client's own credentials are in no configuration, and may be sent on.
  const own = redactor([...secrets]);
  const cleaning = { redact: (text: string) => own(setting.redact(text)), requestId };
  const writing = { cleaning, secrets };
  return {
    client: clientRequest(request, { body: clientBody, protocol, writing }),
    attempts: attempts.map((attempt) => recordedAttempt(attempt, writing)),
    answer: recordedAnswer(answer!, { writing, isShown: isOwnHeader }),
  };
}

function credentialsIn(headers: Headers): string[] {
  return [...headers]
    .filter(([name, value]) => isCredentialHeader(name) && value !== "")
    .map(([, value]) => value.replace(/^(?:bearer|basic)\s+/i, "").trim());
}

function clientRequest(
  { method, url, headers }: PassingRequest,
  { body, protocol, writing }: { body: PassingBody; protocol: Protocol; writing: Writing },
): RecordedRequest {
  const query = cleanQuery(url.searchParams, writing);
  return {
    method,
    path: cleanText(url.pathname, writing.cleaning),
    ...(query === "" ? {} : { query }),
    protocol,
    headers: shownHeaders(headers, { isShown: isClientHeader, writing }),
    ...recordedBody(body, { writing, isLoose: true }),
  };
}

function recordedAttempt(
  { request, body, answer, failure }: PassingAttempt,
  writing: Writing,
): RecordedAttempt {
  const route = request.purpose?.route;
  return {
    ...(route === undefined ? {} : { route: cleanText(route, writing.cleaning) }),
    method: request.method,
    url: cleanUrl(request.url, writing),
    headers: upstreamHeaders(request.headers, writing),
    ...recordedBody(body, { writing, isLoose: true }),
    ...(answer
      ? { answer: recordedAnswer(answer, { writing, isShown: isForwardedResponseHeader }) }
      : {}),
    ...(failure === undefined ? {} : { failure }),
  };
}

type IsShown = (name: string) => boolean;

function recordedAnswer(
  { status, headers, afterMs, body, ended }: PassingAnswer,
  { writing, isShown }: { writing: Writing; isShown: IsShown },
): RecordedAnswer {
  const isStream = isEventStream(headers);
  return {
    status,
    headers: shownHeaders(headers, { isShown, writing }),
    afterMs,
    ...recordedBody(body, { writing, isStream }),
    ...(ended ? { ended } : {}),
  };
}

function recordedBody(
  body: PassingBody,
  { writing, isStream = false, isLoose = false }: {
    writing: Writing;
    isStream?: boolean;
    isLoose?: boolean;
  },
): { body?: RecordedBody; cutFromBytes?: number } {
  const { cleaning } = writing;
  if (body.byteCount === 0) return {};
  return {
    body: isStream
      ? recordStream(body.pieces, { cleaning })
      : recordBody(body.bytes, { cleaning, isLoose }),
    ...(body.isCut ? { cutFromBytes: body.byteCount } : {}),
  };
}

const isClientHeader: IsShown = (name) =>
  isForwardedRequestHeader(name) || name === "x-gateway-strict";
/** Everything that the gateway says: what it passes on of an upstream's it has chosen. */
const isOwnHeader: IsShown = (name) => !isCredentialHeader(name) && !isConnectionHeader(name);
/** The gateway's own choice of encodings is no secret either. */
const isSentHeader: IsShown = (name) =>
  isForwardedRequestHeader(name) || name === "accept-encoding";

function shownHeaders(
  headers: ReadableHeaders,
  { isShown, writing }: { isShown: IsShown; writing: Writing },
): RecordedHeaders {
  const shown = [...headers].sort().filter(([name]) => isShown(name));
  return Object.fromEntries(shown.map(([name, value]) => [name, cleanValue(name, value, writing)]));
}

/** Also names what was sent but may not be shown: which header carried a key is worth knowing. */
function upstreamHeaders(headers: ReadableHeaders, writing: Writing): RecordedHeaders {
  return Object.fromEntries(
    [...headers].sort().map(([name, value]) =>
      isSentHeader(name) ? [name, cleanValue(name, value, writing)] : [name, REPLACEMENT]
    ),
  );
}

/** Headers that name one request. */
const IDS: ReadonlySet<string> = new Set([
  "idempotency-key",
  "request-id",
  "traceparent",
  "x-gateway-request-id",
  "x-request-id",
]);

function cleanValue(name: string, value: string, { cleaning, secrets }: Writing): string {
  if (IDS.has(name)) return REQUEST_ID;
  if (secrets.has(value)) return REPLACEMENT;
  return isMoment(value) ? NOW : cleanText(value, cleaning);
}

/** Whether a value is a date as HTTP or ISO 8601 writes it. */
function isMoment(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$|^\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT$/
    .test(value);
}

/** A URL without its userinfo, and without values of its query that are secrets. */
function cleanUrl(url: URL, writing: Writing): string {
  const query = cleanQuery(url.searchParams, writing);
  const origin = url.protocol === "stub:" ? url.protocol : `${url.protocol}//${url.host}`;
  const address = cleanText(origin + url.pathname, writing.cleaning);
  return query === "" ? address : `${address}?${query}`;
}

/** Names of query parameters that carry credentials, wherever they come from. */
const SECRET_NAME = /key|token|secret|sig|auth|password|credential/i;

function cleanQuery(parameters: URLSearchParams, { cleaning, secrets }: Writing): string {
  const clean = [...parameters].map(([name, value]) => {
    const isSecret = value !== "" && (secrets.has(value) || SECRET_NAME.test(name));
    return [name, isSecret ? REPLACEMENT : cleanText(value, cleaning)];
  });
  return new URLSearchParams(clean).toString().replaceAll(
    encodeURIComponent(REPLACEMENT),
    REPLACEMENT,
  );
}
