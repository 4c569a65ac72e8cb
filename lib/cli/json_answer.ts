/**
 * Asks servers for JSON: gateways for what they know, and servers on this machine who they are.
 *
 * @module
 */
import { readWhole, UpstreamFailure } from "../base/exchange.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import { parseJson } from "../base/json.ts";
import type { Transport } from "../upstream/send.ts";

/** What a server said. */
export interface JsonAnswer {
  status: number;
  headers: ReadableHeaders;
  /** Its body, if that was JSON and not too long. */
  json: unknown;
}

/** How long is waited for an answer, and what is sent along. */
export interface Asking {
  deadlineMs: number;
  headers?: Readonly<Record<string, string>>;
}

const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Asks `GET url`, over a connection of its own.
 *
 * @throws {UpstreamFailure} When nobody answers in time.
 */
export async function getJson(
  url: URL,
  { send }: Transport,
  { deadlineMs, headers = {} }: Asking,
): Promise<JsonAnswer> {
  const response = await send({
    method: "GET",
    url,
    headers: new Headers({ accept: "application/json", ...headers }),
    connectTimeoutMs: deadlineMs,
    isFresh: true,
  }, AbortSignal.timeout(deadlineMs));
  const bytes = await readWhole(response.body, MAX_BODY_BYTES);
  const json = bytes && parseJson(new TextDecoder().decode(bytes));
  return { status: response.status, headers: response.headers, json };
}

/** Who listens on this machine answers at once, or is not what is looked for. */
const LOCAL_DEADLINE_MS = 600;

/** Asks a server on this machine; `undefined` when nobody answers in time. */
export async function askLocally(
  url: string,
  transport: Transport,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer | undefined> {
  try {
    return await getJson(new URL(url), transport, { deadlineMs: LOCAL_DEADLINE_MS, headers });
  } catch (error) {
    // Nobody there, somebody slow, or somebody who does not speak HTTP: no answer in each case.
    if (!(error instanceof UpstreamFailure)) throw error;
    return undefined;
  }
}

/** Whether an answer is one of this gateway. */
export function isGateway({ headers }: JsonAnswer): boolean {
  return headers.has("x-gateway-request-id");
}
