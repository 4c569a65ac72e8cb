/**
 * A gateway before one upstream of each protocol, and the official SDKs in front of it.
 *
 * Upstreams that fail are a stub, over HTTP. Those that stall are raw, as tests count how often they
 * were left.
 *
 * @module
 */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Protocol, PROTOCOLS } from "../../lib/base/protocol.ts";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import {
  answeringUpstream,
  type ScriptedUpstream,
  upstreamThatStallsAfter,
} from "./scripted_upstream.ts";
import { play, startStub } from "./stub/stub_process.ts";

/** How a route's `protocol:` says each. */
const WORD: Readonly<Record<Protocol, string>> = {
  openai_chat: "openai",
  openai_responses: "responses",
  anthropic_messages: "anthropic",
};

/** A failed candidate rests, so each test that needs a failure takes a model of its own. */
const BROKEN_MODELS = 30;
/** Past the first words of every protocol's stream. */
const EVENTS_BEFORE_THE_END = 6;

/** The key that clients send; no upstream may see it. */
export const CLIENT_KEY = "client-key-that-stays-here";

/** Everything that a test of an SDK touches. */
export interface SdkScene {
  gateway: GatewayProcess;
  /** The upstream that answers well, by protocol. */
  upstreams: Readonly<Record<Protocol, ScriptedUpstream>>;
  /** The upstream whose streams stop in the middle and stay open, by protocol. */
  stalling: Readonly<Record<Protocol, ScriptedUpstream>>;
  /**
   * A model that answers 503 at its first route, and well at the upstream of `protocol`, to which
   * it falls back; a new one each time. The first route speaks `first`, or the same.
   */
  brokenModel(protocol: Protocol, first?: Protocol): string;
  openai: OpenAI;
  anthropic: Anthropic;
}

/** The name of the model that an upstream of a protocol serves. */
export function modelOf(protocol: Protocol): string {
  return `model-${protocol}`;
}

/** The model whose upstream refuses the key. */
export function refusedModel(protocol: Protocol): string {
  return `refused-${protocol}`;
}

/** The model whose streams break off in the middle. */
export function cutModel(protocol: Protocol): string {
  return `cut-${protocol}`;
}

/** The model whose streams fall silent in the middle. */
export function stallingModel(protocol: Protocol): string {
  return `stalling-${protocol}`;
}

/** The key that the gateway sends to the upstreams of a protocol. */
export function upstreamKey(protocol: Protocol): string {
  return `upstream-key-of-${protocol}`;
}

/** How each kind of model fails. */
const RULES = [
  {
    when: { model: "cut-*" },
    answer: "Grüße – and more words than ever arrive, as it breaks off before.",
    fault: { name: "reset-after", after: EVENTS_BEFORE_THE_END },
  },
  { when: { model: "*-for-*" }, fault: "fail" },
  { when: { model: "refused-*" }, fault: "unauthorized" },
];

/** Starts everything. */
export async function sdkScene(owned: AsyncDisposableStack): Promise<SdkScene> {
  const each = (make: (protocol: Protocol) => ScriptedUpstream) =>
    Object.fromEntries(
      PROTOCOLS.map((protocol) => [protocol, owned.use(make(protocol))]),
    ) as Record<Protocol, ScriptedUpstream>;
  const upstreams = each((protocol) => answeringUpstream({ protocol }));
  const stalling = each((protocol) => upstreamThatStallsAfter(EVENTS_BEFORE_THE_END, { protocol }));
  const stub = owned.use(await startStub());
  await play(stub, RULES);
  const failing = { url: `${stub.address}/v1` };
  const routes = PROTOCOLS.flatMap((protocol) => {
    const route = (name: string, { url }: { url: string }, model: string | string[]) => ({
      name: `${name}-${protocol}`,
      url,
      protocol: WORD[protocol],
      apiKey: upstreamKey(protocol),
      model,
    });
    return [
      route("good", upstreams[protocol], modelOf(protocol)),
      route("refusing", failing, refusedModel(protocol)),
      route("cut", failing, cutModel(protocol)),
      route("stalling", stalling[protocol], stallingModel(protocol)),
      ...PROTOCOLS.map((target) => ({
        ...route(`broken-for-${target}`, failing, brokenModels(protocol, target)),
        fallback: [modelOf(target)],
      })),
    ];
  });
  const gateway = owned.use(await startGateway({ config: { routes } }));
  const taken = new Map<string, number>();
  return {
    gateway,
    upstreams,
    stalling,
    brokenModel(protocol, first = protocol) {
      const models = brokenModels(first, protocol);
      const index = taken.get(models[0]!) ?? 0;
      taken.set(models[0]!, index + 1);
      return models[index]!;
    },
    ...clientsOf(gateway),
  };
}

function brokenModels(first: Protocol, target: Protocol): string[] {
  return Array.from({ length: BROKEN_MODELS }, (_, index) => `${first}-for-${target}-${index}`);
}

/** Without retries: what the gateway answers first is what counts. */
function clientsOf({ address }: GatewayProcess): { openai: OpenAI; anthropic: Anthropic } {
  const setting = { apiKey: CLIENT_KEY, maxRetries: 0, timeout: 15_000 };
  return {
    openai: new OpenAI({ ...setting, baseURL: `${address}/v1` }),
    anthropic: new Anthropic({ ...setting, baseURL: `${address}/anthropic` }),
  };
}
