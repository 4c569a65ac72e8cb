/**
 * Gateways that record and replay, and what their clients get.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import {
  type GatewayProcess,
  PERMISSIONS,
  startGateway,
  type StartOptions,
} from "./gateway_process.ts";

/** `record` needs to write; nothing else does. */
const MAY_WRITE: readonly string[] = [
  "run",
  ...PERMISSIONS,
  "--allow-write",
  fileURLToPath(new URL("../../main.ts", import.meta.url)),
];

/** Starts a gateway that records into a folder. */
export function recordingGateway(
  folder: string,
  options: StartOptions = {},
): Promise<GatewayProcess> {
  return startGateway({
    program: MAY_WRITE,
    verb: ["record", "--to", folder],
    ...options,
  });
}

/** Starts a gateway that replays a folder; it may neither write nor reach any upstream. */
export function replayingGateway(
  folder: string,
  flags: readonly string[] = [],
): Promise<GatewayProcess> {
  return startGateway({ verb: ["replay", "--from", folder, ...flags] });
}

/** One request of a client. */
export interface Asking {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a text. */
  body?: unknown;
}

/** What a client got, in a form that two can be compared in. */
export interface Got {
  status: number;
  headers: Record<string, string>;
  /** The bytes, as base64; the request's own id is taken out. */
  body: string;
  isBroken: boolean;
  ms: number;
}

/** Headers that tell of one connection, of one request, or of the playing. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "request-id",
  "transfer-encoding",
  "vary",
  "x-gateway-cassette",
  "x-gateway-request-id",
  "x-request-id",
]);

/** Asks, and takes what comes. */
export async function got(gateway: GatewayProcess, asking: Asking): Promise<Got> {
  const { method = "POST", path, headers = {}, body } = asking;
  const startedAtMs = performance.now();
  const response = await gateway.fetch(path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const { bytes, isBroken } = await wholeBody(response);
  const id = response.headers.get("x-gateway-request-id") ?? "";
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => !NOT_COMPARED.has(name))),
    body: withoutId(bytes, id),
    isBroken,
    ms: performance.now() - startedAtMs,
  };
}

async function wholeBody(response: Response): Promise<{ bytes: Uint8Array; isBroken: boolean }> {
  const pieces: number[] = [];
  try {
    for await (const piece of response.body ?? []) for (const byte of piece) pieces.push(byte);
    return { bytes: Uint8Array.from(pieces), isBroken: false };
  } catch {
    // How it ended is what is asked.
    return { bytes: Uint8Array.from(pieces), isBroken: true };
  }
}

function withoutId(bytes: Uint8Array, id: string): string {
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(id === "" ? characters : characters.replaceAll(id, "{id}"));
}

/** Asks everything, from so many clients at a time, each of which takes the next that is left. */
export async function gotAll(
  gateway: GatewayProcess,
  askings: readonly Asking[],
  clientCount: number,
): Promise<Got[]> {
  const all: Got[] = [];
  let next = 0;
  const client = async () => {
    while (next < askings.length) {
      const index = next++;
      all[index] = await got(gateway, askings[index]!);
    }
  };
  await Promise.all(Array.from({ length: clientCount }, client));
  return all;
}
