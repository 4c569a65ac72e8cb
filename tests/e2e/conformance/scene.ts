/**
 * One gateway before the strict upstream of each protocol.
 *
 * @module
 */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { type GatewayProcess, startGateway } from "../gateway_process.ts";
import type { ScriptedUpstream } from "../scripted_upstream.ts";
import { type Kind, KINDS } from "./service.ts";
import { conformanceUpstream } from "./upstream.ts";

/** How a route's `protocol:` says each. */
const WORD: Readonly<Record<Protocol, string>> = {
  openai_chat: "openai",
  openai_responses: "responses",
  anthropic_messages: "anthropic",
};

/** What the models of each upstream are called: the gateway knows Claude's by their names. */
const FAMILY: Readonly<Record<Protocol, string>> = {
  openai_chat: "mini-chat",
  openai_responses: "mini-responses",
  anthropic_messages: "claude-sonnet-4-5",
};

/** A model of Anthropic's that decides itself how much it thinks. */
export const ADAPTIVE_MODEL = "claude-opus-4-7-thinks";

/** A model that was told to rest rests, so each test takes one of its own. */
const LIMITED_MODELS = 40;

/** What `auto` chooses from: no upstream that keeps anything. */
const AUTO_MODELS = [modelOf("openai_chat", "well"), modelOf("openai_responses", "well")];

/** Everything that a test touches. */
export interface ConformanceScene {
  gateway: GatewayProcess;
  upstreams: Readonly<Record<Protocol, ScriptedUpstream>>;
  openai: OpenAI;
  anthropic: Anthropic;
  /** The model of that kind; for `limited`, one that no test has taken before. */
  model(protocol: Protocol, kind: Kind): string;
}

/** The first model of a kind. */
export function modelOf(protocol: Protocol, kind: Kind): string {
  return `${FAMILY[protocol]}-${kind}`;
}

/** Starts everything. */
export async function conformanceScene(owned: AsyncDisposableStack): Promise<ConformanceScene> {
  const upstreams = Object.fromEntries(
    PROTOCOLS.map((protocol) => [protocol, owned.use(conformanceUpstream(protocol))]),
  ) as Record<Protocol, ScriptedUpstream>;
  const config = { routes: routesTo(upstreams), auto: { models: AUTO_MODELS } };
  const gateway = owned.use(await startGateway({ config }));
  const setting = { apiKey: "client-key-of-the-conformance", maxRetries: 0 };
  const taken = new Map<Protocol, number>();
  return {
    gateway,
    upstreams,
    openai: new OpenAI({ ...setting, baseURL: `${gateway.address}/v1` }),
    anthropic: new Anthropic({ ...setting, baseURL: `${gateway.address}/anthropic` }),
    model(protocol, kind) {
      const model = modelOf(protocol, kind);
      if (kind !== "limited") return model;
      const index = taken.get(protocol) ?? 0;
      taken.set(protocol, index + 1);
      return `${model}-${index}`;
    },
  };
}

function routesTo(upstreams: Readonly<Record<Protocol, ScriptedUpstream>>) {
  const route = (protocol: Protocol, name: string) => ({
    name: `${name}-${protocol}`,
    url: upstreams[protocol].url,
    protocol: WORD[protocol],
    apiKey: `key-of-${protocol}`,
  });
  const isOwnRoute = (protocol: Protocol, kind: Kind) =>
    protocol === "openai_chat" && kind === "thinks";
  return [
    ...PROTOCOLS.map((protocol) => ({
      ...route(protocol, "main"),
      model: KINDS.filter((kind) => !isOwnRoute(protocol, kind))
        .flatMap((kind) => names(protocol, kind)),
    })),
    // This server wants its thoughts back, which it does not say itself.
    {
      ...route("openai_chat", "thoughtful"),
      model: modelOf("openai_chat", "thinks"),
      reasoningContent: true,
    },
    { ...route("anthropic_messages", "adaptive"), model: ADAPTIVE_MODEL },
  ];
}

function names(protocol: Protocol, kind: Kind): string[] {
  const model = modelOf(protocol, kind);
  if (kind !== "limited") return [model];
  return Array.from({ length: LIMITED_MODELS }, (_, index) => `${model}-${index}`);
}
