/**
 * A stub as its users start it, and the requests that tests send to it.
 *
 * @module
 */
import type { Protocol } from "../../../lib/base/protocol.ts";
import { type GatewayProcess, startGateway, type StartOptions } from "../gateway_process.ts";

/** Starts a stub on a port of its own. */
export function startStub(
  { flags = [], ...options }: StartOptions = {},
): Promise<GatewayProcess> {
  return startGateway({ verb: ["stub"], flags: ["--port", "0", ...flags], ...options });
}

/** Gives a stub a scenario; throws when it refuses it. */
export async function play(stub: GatewayProcess, scenario: unknown): Promise<void> {
  const response = await stub.post("/gateway/stub/scenario", scenario);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
}

/** What the stub was asked. */
export async function asked(stub: GatewayProcess): Promise<Record<string, unknown>[]> {
  return (await (await stub.fetch("/gateway/stub/requests")).json()).requests;
}

/** How often a rule of its scenario answered. */
export async function timesAnswered(stub: GatewayProcess, rule: string): Promise<number> {
  const { rules } = await (await stub.fetch("/gateway/stub/scenario")).json();
  return rules.find(({ name }: { name: string }) => name === rule).answered;
}

/** The path of each protocol's chat endpoint. */
export const PATHS: Readonly<Record<Protocol, string>> = {
  openai_chat: "/v1/chat/completions",
  openai_responses: "/v1/responses",
  anthropic_messages: "/v1/messages",
};

/** A request of one user message. */
export function question(
  protocol: Protocol,
  { text = "hello", stream = false, model = "gpt-5" }: {
    text?: string;
    stream?: boolean;
    model?: string;
  } = {},
): Record<string, unknown> {
  const messages = [{ role: "user", content: text }];
  if (protocol === "openai_responses") return { model, stream, input: text };
  if (protocol === "anthropic_messages") return { model, stream, max_tokens: 100, messages };
  return { model, stream, messages };
}
