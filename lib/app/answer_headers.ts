/**
 * The headers of an answer: what the upstream's may pass, and what the gateway did.
 *
 * @module
 */
import { isForwardedResponseHeader } from "../base/forwarded_headers.ts";
import { HeaderFields, type ReadableHeaders } from "../base/header_fields.ts";
import type { AttemptRecord } from "../base/observer.ts";
import type { Redact } from "../base/redaction.ts";
import type { Loss } from "../chat/loss.ts";
import type { Delivery } from "../fallback/delivery.ts";

/** Names longer than this are cut in headers, so that none grows past what clients accept. */
const MAX_NAME = 200;
/** More losses are only counted: a client that sends many unknown fields gets a header it can read. */
const MAX_LOSSES = 32;

/** A name as it can stand in a header value and be split again. */
export function headerText(name: string): string {
  return name.slice(0, MAX_NAME).toWellFormed()
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    .replace(/[%;,\u0000-\u001f\u007f-\uffff]+/g, (match) => encodeURIComponent(match));
}

/** `m-a;429;120ms, m-b;200;840ms` */
export function attemptsText(attempts: readonly AttemptRecord[]): string {
  return attempts
    .map(({ model, reason, status, ms }) => `${headerText(model)};${reason ?? status};${ms}ms`)
    .join(", ");
}

/** The upstream's headers that may pass, and ours. */
export function answerHeaders(
  delivery: Delivery,
  { requestId, redact }: { requestId: string; redact: Redact },
): HeaderFields {
  const headers = new HeaderFields();
  forward(delivery.answer?.headers ?? delivery.passedOn?.headers ?? headers, { headers, redact });
  headers.set("x-gateway-request-id", requestId);
  const { attempts, candidate, notice, answer } = delivery;
  if (candidate) headers.set("x-gateway-model-used", headerText(candidate.model));
  if (attempts.length > 0) {
    headers.set("x-gateway-attempt-count", String(attempts.length));
    headers.set("x-gateway-attempts", attemptsText(attempts));
  }
  if (notice) headers.set("x-gateway-switched", "1");
  const losses = answer?.losses ?? [];
  if (losses.length > 0) headers.set("x-gateway-losses", lossesText(losses));
  return headers;
}

/** What may pass of the upstream's; a key that it sends back stays here. */
function forward(
  upstream: ReadableHeaders,
  { headers, redact }: { headers: HeaderFields; redact: Redact },
): void {
  for (const [name, value] of upstream) {
    if (isForwardedResponseHeader(name)) headers.set(name, redact(value));
  }
}

function lossesText(losses: readonly Loss[]): string {
  const names = losses.slice(0, MAX_LOSSES).map(({ field }) => headerText(field));
  const more = losses.length - names.length;
  return [...names, ...(more > 0 ? [`+${more}`] : [])].join(", ");
}
