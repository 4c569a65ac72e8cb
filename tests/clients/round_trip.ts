/**
 * One client, one upstream, one task: a tool is called, its result is heard, and the answer quotes
 * it.
 *
 * @module
 */
import type { Protocol } from "../../lib/base/protocol.ts";
import { type GatewayProcess, startGateway } from "../e2e/gateway_process.ts";
import { conformanceUpstream } from "../e2e/conformance/upstream.ts";
import type { ScriptedUpstream } from "../e2e/scripted_upstream.ts";
import { CHAT_ENDPOINT } from "../../lib/base/protocol.ts";
import { type Client, CLIENT_KEY } from "./client.ts";
import { type ClientEnd, runClient } from "./client_process.ts";
import type { Installed } from "./packages.ts";
import { modelThatRuns } from "./shell_model.ts";

const UPSTREAM_KEY = "upstream-key-of-the-route";
const SAID = "gateway-works";
const COMMAND = `echo ${SAID}`;
const PROMPT = `Run the command \`${COMMAND}\` and tell me what it prints.`;

/** How a route's `protocol:` says each. */
const WORD: Readonly<Record<Protocol, string>> = {
  openai_chat: "openai",
  openai_responses: "responses",
  anthropic_messages: "anthropic",
};

/** Models that think, named as the gateway expects those of each protocol. */
const MODEL: Readonly<Record<Protocol, string>> = {
  openai_chat: "mini-chat-thinks",
  openai_responses: "mini-responses-thinks",
  anthropic_messages: "claude-opus-4-7-thinks",
};

/** What came of a round trip. */
export interface Outcome {
  /** What is wrong; none when it passed. */
  problems: string[];
  seconds: number;
}

/** Lets a client do its task before an upstream. What it left stays in `keep`, if there is one. */
export async function roundTrip(
  client: Client,
  protocol: Protocol,
  { installed, keep }: { installed: Installed; keep: string | undefined },
): Promise<Outcome> {
  const startMs = performance.now();
  const scene = await Deno.makeTempDir({ prefix: "gateway_client_" });
  const place = { home: `${scene}/home`, work: `${scene}/work`, output: keep ?? scene };
  try {
    for (const path of Object.values(place)) await Deno.mkdir(path, { recursive: true });
    await using upstream = conformanceUpstream(protocol, modelThatRuns(COMMAND));
    await using gateway = await startGateway({ config: configFor(upstream, protocol) });
    const task = { gateway: gateway.address, prompt: PROMPT, home: place.home };
    const end = await runClient(await client.command(task, installed), place);
    if (keep) await keepSeen(keep, { gateway, upstream });
    return {
      problems: [...clientProblems(client, end), ...upstreamProblems(upstream, protocol)],
      seconds: (performance.now() - startMs) / 1000,
    };
  } finally {
    await Deno.remove(scene, { recursive: true });
  }
}

function configFor({ url }: ScriptedUpstream, protocol: Protocol) {
  const route = {
    name: "scripted",
    url,
    protocol: WORD[protocol],
    apiKey: UPSTREAM_KEY,
    model: MODEL[protocol],
    // This Chat server thinks aloud, and wants its thoughts back.
    ...(protocol === "openai_chat" ? { reasoningContent: true } : {}),
  };
  return { routes: [route] };
}

function clientProblems(client: Client, { code, stdout, stderr }: ClientEnd): string[] {
  if (code !== 0) return [`ended with ${code ?? "a timeout"}: ${lastOf(stderr || stdout)}`];
  try {
    const answer = client.answer(stdout);
    return answer.includes(SAID) ? [] : [`answered: ${lastOf(answer)}`];
  } catch {
    return [`printed no answer: ${lastOf(stdout + stderr)}`];
  }
}

function lastOf(text: string): string {
  return JSON.stringify(text.trim().slice(-600));
}

/** What the upstream must have seen: two good requests, no key of the client, all of the result. */
function upstreamProblems({ requests }: ScriptedUpstream, protocol: Protocol): string[] {
  const posts = requests.filter(({ path }) => path.includes(CHAT_ENDPOINT[protocol]));
  const problems: string[] = [];
  if (posts.length < 2) problems.push(`the upstream was asked ${posts.length} times`);
  return problems;
}

/** Leaves what the gateway said and what the upstream was asked. */
async function keepSeen(
  folder: string,
  { gateway, upstream }: { gateway: GatewayProcess; upstream: ScriptedUpstream },
): Promise<void> {
  const asked = upstream.requests.map(({ method, path, headers, body }) => ({
    method,
    path,
    headers: Object.fromEntries(headers),
    body,
  }));
  await Deno.writeTextFile(`${folder}/gateway.log`, gateway.stderr);
  await Deno.writeTextFile(`${folder}/upstream.json`, JSON.stringify(asked, null, 2));
}
