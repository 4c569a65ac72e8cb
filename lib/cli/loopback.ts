/**
 * Asks servers on this machine who they are.
 *
 * @module
 */
import { joinBytes } from "../base/exchange.ts";
import { parseJson } from "../base/json.ts";
import type { Transport } from "../upstream/send.ts";

/** What a server said. */
export interface LocalAnswer {
  status: number;
  headers: Headers;
  /** Its body, if that was JSON. */
  json: unknown;
}

/** Who listens here answers at once, or is not what is looked for. */
const DEADLINE_MS = 600;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Asks `GET url`; `undefined` when nobody answers in time. */
export async function askLocally(
  url: string,
  { send }: Transport,
  headers: Readonly<Record<string, string>> = {},
): Promise<LocalAnswer | undefined> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await send(
      {
        method: "GET",
        url: new URL(url),
        headers: new Headers({ accept: "application/json", ...headers }),
        connectTimeoutMs: DEADLINE_MS,
        isFresh: true,
      },
      signal,
    );
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for (let piece; (piece = await response.body.read()) !== undefined;) {
      pieces.push(piece);
      if ((bytes += piece.length) > MAX_BODY_BYTES) return response.body.cancel(), undefined;
    }
    const json = parseJson(new TextDecoder().decode(joinBytes(pieces)));
    return { status: response.status, headers: response.headers, json };
  } catch {
    // Nobody there, somebody slow, or somebody who does not speak HTTP: no answer in each case.
    return undefined;
  }
}

/** Whether an answer is one of this gateway. */
export function isGateway({ headers }: LocalAnswer): boolean {
  return headers.has("x-gateway-request-id");
}
