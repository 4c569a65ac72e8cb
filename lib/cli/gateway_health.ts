/**
 * Asks a running gateway how its models are.
 *
 * @module
 */
import { UpstreamFailure } from "../base/exchange.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { callableAddress, isLoopback } from "../base/listen_address.ts";
import type { ModelHealth } from "../metrics/health.ts";
import type { Transport } from "../upstream/send.ts";
import { getJson } from "./json_answer.ts";

/** A gateway, and the key that it wants to see. */
export interface GatewayPlace {
  /** Its address; a path is not looked at. */
  url: URL;
  key?: string;
}

/** What a gateway said of itself. */
export interface GatewayHealth {
  status: string;
  windowHours: number;
  models: ModelHealth[];
  /** Where its configuration came from, and since when it is in use; what is wrong with a newer. */
  config?: { source: string; loadedAt: string; problems: string[] };
  /** The whole answer, for those who read JSON. */
  json: JsonObject;
}

/** What came of asking. */
export type HealthAnswer = { health: GatewayHealth } | { problem: string };

const DEADLINE_MS = 5_000;

/** Where a gateway listens; the port as a number, or as it was typed. */
export interface ListenedPlace {
  host: string;
  port: number | string;
}

/** An address that is listened on, as one that can be called; `null` for what is none. */
export function addressOf({ host, port }: ListenedPlace): URL | null {
  return URL.parse(callableAddress(host, port));
}

/** Whether a client key may be shown there: on this machine, or where the gateway listens. */
export function isOwnPlace(url: URL, configured: ListenedPlace): boolean {
  return isLoopback(url.hostname) || url.host === addressOf(configured)?.host;
}

/** Asks once. A redirect is an answer like any other that is not the gateway's. */
export async function askHealth(
  { url, key }: GatewayPlace,
  transport: Transport,
): Promise<HealthAnswer> {
  const headers: Record<string, string> = key === undefined
    ? {}
    : { authorization: `Bearer ${key}` };
  const place = `${url.protocol}//${url.host}`;
  try {
    const asked = new URL("/health?format=json", url);
    return answerOf(place, await getJson(asked, transport, { deadlineMs: DEADLINE_MS, headers }));
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    return { problem: `No gateway answers at ${place}: ${WORDS[error.reason] ?? error.reason}` };
  }
}

/** What is said of a failure, where its own name says too little. */
const WORDS: Readonly<Record<string, string>> = {
  refused: "the connection was refused",
  aborted: "it is silent",
  dns: "its name is not known",
};

function answerOf(
  place: string,
  { status, json }: { status: number; json: unknown },
): HealthAnswer {
  if (status === 401) {
    return {
      problem: `The gateway at ${place} wants a client key: set GATEWAY_API_KEYS or clients:`,
    };
  }
  if (status !== 200 || !isObject(json) || !Array.isArray(json.modelHealth)) {
    return { problem: `What answers at ${place} is not this gateway: status ${status}` };
  }
  return {
    health: {
      status: String(json.status),
      windowHours: Number(json.modelHealthWindowHours),
      models: json.modelHealth.filter(isObject) as unknown as ModelHealth[],
      ...configOf(json.config),
      json,
    },
  };
}

/** An older gateway does not say. */
function configOf(value: unknown): Pick<GatewayHealth, "config"> {
  if (!isObject(value)) return {};
  const problems = Array.isArray(value.problems) ? value.problems.map(String) : [];
  const { source, loadedAt } = value;
  return { config: { source: String(source), loadedAt: String(loadedAt), problems } };
}
