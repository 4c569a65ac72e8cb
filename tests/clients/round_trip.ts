/**
 * One client and one task: a tool is called, its result is heard, and the answer quotes it.
 *
 * @module
 */
import { CHAT_ENDPOINT, type Protocol } from "../../lib/base/protocol.ts";
import { conformanceUpstream } from "../e2e/conformance/upstream.ts";
import { type GatewayProcess, startGateway } from "../e2e/gateway_process.ts";
import type { ScriptedUpstream } from "../e2e/scripted_upstream.ts";
import { type Client, CLIENT_KEY } from "./client.ts";
import { type ClientEnd, runClient } from "./client_process.ts";
import type { Installed } from "./packages.ts";
import { modelThatFailsAfterRunning, modelThatRuns, REPORT } from "./shell_model.ts";

const UPSTREAM_KEY = "upstream-key-of-the-route";

// What is printed stands nowhere in the task, so that the command must have run.
const COMMAND = "echo gateway-$((40 + 2))";
const PRINTED = "gateway-42";
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

/** What the upstreams speak: one, or one that fails in the middle and one that takes over. */
export type Path = readonly [first: Protocol, second?: Protocol];

/** What came of a round trip. */
export interface Outcome {
  /** What is wrong; none when it passed. */
  problems: string[];
  seconds: number;
}

/** Lets a client do its task. What was said stays in `keep`, if there is such a folder. */
export async function roundTrip(
  client: Client,
  path: Path,
  { installed, keep }: { installed: Installed; keep: string | undefined },
): Promise<Outcome> {
  const startMs = performance.now();
  const scene = await Deno.makeTempDir({ prefix: "gateway_client_" });
  const place = { home: `${scene}/home`, work: `${scene}/work`, output: keep ?? scene };
  try {
    for (const folder of Object.values(place)) await Deno.mkdir(folder, { recursive: true });
    await using owned = new AsyncDisposableStack();
    const upstreams = upstreamsOn(path).map((upstream) => owned.use(upstream));
    const gateway = owned.use(await startGateway({ config: configFor(client, path, upstreams) }));
    const task = { gateway: gateway.address, prompt: PROMPT, home: place.home };
    const end = await runClient(await client.command!(task, installed), place);
    if (keep) await keepSeen(keep, { gateway, upstreams });
    return {
      problems: [
        ...clientProblems(client, end),
        ...gatewayProblems(gateway, path),
        ...upstreams.flatMap((upstream, index) => upstreamProblems(upstream, path[index]!)),
      ],
      seconds: (performance.now() - startMs) / 1000,
    };
  } finally {
    await Deno.remove(scene, { recursive: true });
  }
}

function upstreamsOn([first, second]: Path): ScriptedUpstream[] {
  if (second === undefined) return [conformanceUpstream(first, modelThatRuns(COMMAND))];
  return [
    conformanceUpstream(first, modelThatFailsAfterRunning(COMMAND)),
    conformanceUpstream(second, modelThatRuns(COMMAND)),
  ];
}

function configFor(client: Client, path: Path, upstreams: readonly ScriptedUpstream[]) {
  const routes = upstreams.map(({ url }, index) => {
    const protocol = path[index]!;
    return {
      name: `scripted-${index + 1}`,
      url,
      protocol: WORD[protocol],
      apiKey: UPSTREAM_KEY,
      model: index === 0 && client.model ? client.model : MODEL[protocol],
      // This Chat server thinks aloud, and wants its thoughts back.
      ...(protocol === "openai_chat" ? { reasoningContent: true } : {}),
    };
  });
  const second = path[1];
  return { routes, ...(second === undefined ? {} : { fallback: [MODEL[second]] }) };
}

function clientProblems(client: Client, { code, stdout, stderr }: ClientEnd): string[] {
  if (code !== 0) return [`ended with ${code ?? "a signal"}: ${lastOf(stderr || stdout)}`];
  try {
    const answer = client.answer(stdout);
    const isGood = answer.includes(REPORT) && answer.includes(PRINTED);
    return isGood ? [] : [`answered: ${lastOf(answer)}`];
  } catch {
    return [`printed no answer: ${lastOf(stdout + stderr)}`];
  }
}

function lastOf(text: string): string {
  return JSON.stringify(text.trim().slice(-600));
}

/** Clients hide a refusal by asking again in other words, so none may have come. */
function gatewayProblems(gateway: GatewayProcess, [, second]: Path): string[] {
  const failures = gateway.logLines("event=upstream_error");
  const isWanted = (line: string) => second !== undefined && line.includes("status=500");
  const switches = gateway.logLines("event=switch").length;
  return [
    ...failures.filter((line) => !isWanted(line)),
    ...gateway.logLines("event=compat_error"),
    ...(second !== undefined && switches === 0 ? ["the second upstream never took over"] : []),
  ];
}

/** What an upstream must have seen: a request, its own key, and nothing of the client's. */
function upstreamProblems({ requests }: ScriptedUpstream, protocol: Protocol): string[] {
  const posts = requests.filter(({ path }) => path.includes(CHAT_ENDPOINT[protocol]));
  if (posts.length === 0) return ["an upstream was never asked"];
  return posts.flatMap(({ headers }) => {
    const values = [...headers.values()].join("\n");
    if (values.includes(CLIENT_KEY)) return ["the client's key went to an upstream"];
    return values.includes(UPSTREAM_KEY) ? [] : ["an upstream was not sent its key"];
  });
}

/** Leaves what the gateway said and what the upstreams were asked. */
async function keepSeen(
  folder: string,
  { gateway, upstreams }: { gateway: GatewayProcess; upstreams: readonly ScriptedUpstream[] },
): Promise<void> {
  await Deno.writeTextFile(`${folder}/gateway.log`, gateway.stderr);
  for (const [index, { requests }] of upstreams.entries()) {
    const asked = requests.map(({ method, path, headers, body }) => ({
      method,
      path,
      headers: Object.fromEntries(headers),
      body,
    }));
    const file = `${folder}/upstream_${index + 1}.json`;
    await Deno.writeTextFile(file, JSON.stringify(asked, null, 2));
  }
}
