/**
 * What is measured, as a table: one row is one kind of traffic.
 *
 * @module
 */
import type { BodyName } from "./bodies.ts";
import type { ContenderName } from "./contenders/contender.ts";
import type { Stream } from "./tools.ts";

/** One kind of traffic. */
export interface Workload {
  name: string;
  /** For readers. */
  title: string;
  path: string;
  body: BodyName;
  upstream: Stream;
  concurrency: number;
  /** Requests a round; about a second for each, or the time that the pace takes. */
  requests: Readonly<Partial<Record<ContenderName, number>>>;
  /** At most so many rounds, where one of them takes long. */
  maxRounds?: number;
  /** Requests before the first round; absent: as many as in a round. */
  warmUp?: number;
}

const CHAT = "/v1/chat/completions";
const MESSAGES = "/v1/messages";
const BURST: Stream = { chunks: 200, paceMs: 0 };
const PACED: Stream = { chunks: 100, paceMs: 20 };
const SLOW: Stream = { chunks: 100, paceMs: 60 };

/** Who gives a stream as the upstream wrote it, whatever was asked for. */
const UNTRANSLATED: ReadonlySet<ContenderName> = new Set(["direct", "nginx", "reference"]);

/** What stands at the end of an answer: its last word, and that it is whole. */
export function marksOf({ path, body, upstream }: Workload, name: ContenderName): string[] {
  if (body !== "stream" && body !== "message") return ["total_tokens", "}"];
  const isTranslated = path === MESSAGES && !UNTRANSLATED.has(name);
  const end = isTranslated ? "message_stop" : "[DONE]";
  return [`word${upstream.chunks - 2}`, end];
}

/** Every workload. */
export const WORKLOADS: readonly Workload[] = [{
  name: "json",
  title: "1 KB request, 1 KB answer, 16 at once",
  path: CHAT,
  body: "json",
  upstream: BURST,
  concurrency: 16,
  requests: { direct: 40_000, nginx: 20_000, reference: 8_000, gateway: 8_000, Portkey: 1_500 },
}, {
  name: "one-by-one",
  title: "1 KB request, 1 KB answer, one at a time",
  path: CHAT,
  body: "json",
  upstream: BURST,
  concurrency: 1,
  requests: { direct: 20_000, nginx: 5_000, reference: 3_000, gateway: 3_000, Portkey: 1_000 },
}, {
  name: "200kb",
  title: "200 KB request, 8 at once",
  path: CHAT,
  body: "200kb",
  upstream: BURST,
  concurrency: 8,
  requests: { direct: 6_000, nginx: 4_000, reference: 800, gateway: 1_500, Portkey: 150 },
}, {
  name: "4mb",
  title: "4 MB request, 4 at once",
  path: CHAT,
  body: "4mb",
  upstream: BURST,
  concurrency: 4,
  requests: { direct: 300, nginx: 150, reference: 50, gateway: 120, Portkey: 20 },
}, {
  name: "paced-stream",
  title: "100 streams at once, an event each 20 ms",
  path: CHAT,
  body: "stream",
  upstream: PACED,
  concurrency: 100,
  warmUp: 100,
  requests: { direct: 100, nginx: 300, reference: 300, gateway: 300, Portkey: 300 },
}, {
  name: "burst-stream",
  title: "Streams of 200 events as fast as they come, 16 at once",
  path: CHAT,
  body: "stream",
  upstream: BURST,
  concurrency: 16,
  requests: { direct: 10_000, nginx: 1_000, reference: 800, gateway: 1_500, Portkey: 400 },
}, {
  name: "paced-translation",
  title: "100 streams at once, Messages → Chat, an event each 20 ms",
  path: MESSAGES,
  body: "message",
  upstream: PACED,
  concurrency: 100,
  warmUp: 100,
  requests: { direct: 100, gateway: 300, "claude-code-router": 300 },
}, {
  name: "burst-translation",
  title: "Streams of 200 events, Messages → Chat, 16 at once",
  path: MESSAGES,
  body: "message",
  upstream: BURST,
  concurrency: 16,
  requests: { direct: 10_000, gateway: 1_000, "claude-code-router": 250 },
}, {
  name: "thousand-streams",
  title: "1,000 streams at once, an event each 60 ms",
  path: CHAT,
  body: "stream",
  upstream: SLOW,
  concurrency: 1_000,
  warmUp: 0,
  maxRounds: 3,
  requests: { direct: 1_000, nginx: 1_000, gateway: 1_000 },
}];

/**
 * How long a paced stream takes where nobody delays it, in milliseconds: the first event comes after
 * one pace, and `[DONE]` after the last one.
 */
export function idealMs({ chunks, paceMs }: Stream): number {
  return (chunks + 1) * paceMs;
}

/** How many chunks a round of so many requests has. */
export function chunksIn({ upstream }: Workload, requests: number): number {
  return requests * (upstream.chunks + 1);
}
