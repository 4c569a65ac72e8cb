import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../lib/base/protocol.ts";
import { eventually } from "./eventually.ts";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import {
  answeringUpstream,
  deadUpstream,
  failingUpstream,
  listen,
  type ScriptedUpstream,
  upstreamCutAfter,
  upstreamThatStallsAfter,
} from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

const TIMEOUT_MS = 300;
const ANSWER = "Grüße – you said: hello.";
const WHOLE = { messages: [{ role: "user", content: "hello" }] };
const PATH = "/v1/chat/completions";
const CHAT = { protocol: "openai_chat" } as const;

/** A first upstream and what comes of it when a second one is well. */
interface Row {
  name: string;
  first: () => ScriptedUpstream | string;
  /** How the failed attempt is told. */
  reason: string;
  stream?: boolean;
}

const html = () =>
  new Response("<html>Bad gateway</html>", { headers: { "content-type": "text/html" } });
const json = (body: unknown, init?: ResponseInit) => listen(() => Response.json(body, init));
const sse = (text: string) =>
  listen(() => new Response(text, { headers: { "content-type": "text/event-stream" } }));
const EMPTY_ANSWER = { choices: [{ message: { content: "" }, finish_reason: "stop" }] };

const STATUSES = [408, 412, 425, 429, 500, 502, 503, 504, 529, 520, 524];
const ROWS: readonly Row[] = [
  { name: "cannot be reached", first: deadUpstream, reason: "refused" },
  ...STATUSES.map((status): Row => ({
    name: `answers ${status}`,
    first: () => failingUpstream({ status }),
    reason: String(status),
  })),
  ...[401, 402, 403, 404].map((status): Row => ({
    name: `answers ${status}`,
    first: () => failingUpstream({ status }),
    reason: String(status),
  })),
  { name: "answers with HTML", first: () => listen(html), reason: "html" },
  { name: "answers with nothing", first: () => listen(() => new Response()), reason: "empty-body" },
  {
    name: "answers 204",
    first: () => listen(() => new Response(null, { status: 204 })),
    reason: "empty-body",
  },
  {
    name: "answers with half of a JSON",
    first: () => listen(() => new Response(`{"choices":[`)),
    reason: "malformed",
  },
  {
    name: "answers 200 with an error",
    first: () => json({ error: { message: "overloaded" } }),
    reason: "no-answer",
  },
  { name: "redirects", first: () => json({}, { status: 307 }), reason: "redirect" },
  { name: "finishes without a word", first: () => json(EMPTY_ANSWER), reason: "empty" },
  {
    name: "is silent",
    first: () => listen(() => new Promise<never>(() => {})),
    reason: "timeout",
  },
  {
    name: "breaks off before its first word",
    first: () => upstreamCutAfter(1, CHAT),
    reason: "cut",
    stream: true,
  },
  {
    name: "falls silent before its first word",
    first: () => upstreamThatStallsAfter(1, CHAT),
    reason: "timeout",
    stream: true,
  },
  {
    name: "begins its stream with an error",
    first: () => sse(`data: {"error":{"message":"overloaded"}}\n\n`),
    reason: "error-event",
    stream: true,
  },
  {
    name: "says only [DONE]",
    first: () => sse("data: [DONE]\n\n"),
    reason: "cut",
    stream: true,
  },
];

/** One model per row, whose first route is the row's upstream. */
const scene = sharedByTests(async (owned) => {
  const good = owned.use(answeringUpstream(CHAT));
  const routes = ROWS.flatMap(({ first }, index) => {
    const upstream = first();
    const url = typeof upstream === "string" ? upstream : owned.use(upstream).url;
    return [
      { name: `first-${index}`, url, model: `m-${index}`, apiKey: `key-of-row-${index}` },
      { name: `second-${index}`, url: good.url, model: `m-${index}`, apiKey: "good-key-0001" },
    ];
  });
  const config = { timeouts: { requestMs: TIMEOUT_MS }, routes };
  return { gateway: owned.use(await startGateway({ config })), good };
});

describe("When the first upstream", () => {
  for (const [index, { name, reason, stream = false }] of ROWS.entries()) {
    it(`${name}, the second one answers`, async () => {
      const { gateway, good } = scene();
      const before = good.postCount;
      const response = await gateway.post(PATH, { model: `m-${index}`, stream, ...WHOLE });
      const text = await response.text();
      assertEquals(response.status, 200, text);
      const said = stream ? streamedText(text) : JSON.parse(text).choices[0].message.content;
      assertEquals(said, ANSWER);
      const attempts = response.headers.get("x-gateway-attempts")!;
      assertMatch(attempts, new RegExp(`^m-${index};${reason};\\d+ms, m-${index};200;\\d+ms$`));
      assertEquals(good.postCount - before, 1);
    });
  }
});

describe("What the client has to mend", () => {
  for (const status of [400, 413, 422]) {
    it(`is passed on with its ${status}, and nobody else is asked`, async () => {
      await using first = failingUpstream({ status, message: "Mend your request" });
      await using second = answeringUpstream(CHAT);
      await using gateway = await startGateway({ config: twoRoutes(first.url, second.url) });
      const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
      assertEquals((await response.json()).error.message, "Mend your request");
      assertEquals([response.status, first.postCount, second.postCount], [status, 1, 0]);
      const again = await gateway.post(PATH, { model: "first", ...WHOLE });
      await again.text();
      assertEquals(first.postCount, 2, "a client's fault rests nobody");
    });
  }
});

describe("A candidate that failed", () => {
  it("rests: the next request goes to the other one at once", async () => {
    await using first = failingUpstream({ status: 503 });
    await using second = answeringUpstream(CHAT);
    await using gateway = await startGateway({
      config: { auto: { policy: "ordered" }, ...twoRoutes(first.url, second.url) },
    });
    for (const attemptCount of ["2", "1"]) {
      const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
      await response.text();
      assertEquals(response.headers.get("x-gateway-attempt-count"), attemptCount);
    }
    assertEquals(first.postCount, 1);
  });

  it("is left alone as long as its Retry-After says", async () => {
    await using busy = failingUpstream({
      status: 429,
      message: "Slow down",
      headers: { "retry-after": "30" },
    });
    const routes = [{ url: busy.url, model: "m" }];
    await using gateway = await startGateway({ config: { routes } });
    const first = await gateway.post(PATH, { model: "m", ...WHOLE });
    assertEquals((await first.json()).error.message, "Slow down");
    assertEquals([first.status, first.headers.get("retry-after")], [429, "30"]);
    const second = await gateway.post(PATH, { model: "m", ...WHOLE });
    await second.text();
    assertEquals(second.status, 429);
    assertMatch(second.headers.get("retry-after")!, /^(29|30)$/);
    assertEquals(busy.postCount, 1);
  });
});

describe("When nobody answers", () => {
  it("auto tells each attempt, without an upstream's words or URL", async () => {
    await using first = failingUpstream({ status: 500, message: "inner words" });
    const dead = deadUpstream();
    await using gateway = await startGateway({ config: twoRoutes(first.url, dead) });
    const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
    const text = await response.text();
    const { error } = JSON.parse(text);
    assertEquals([response.status, error.code], [502, "all_candidates_failed"]);
    assertMatch(error.message, /first: 500 .*second: refused/);
    assert(!text.includes("inner words") && !text.includes("127.0.0.1"));
    assertEquals(response.headers.get("x-should-retry"), "false");
  });

  it("auto says 429 when everybody does", async () => {
    await using busy = failingUpstream({ status: 429 });
    await using gateway = await startGateway({ config: twoRoutes(busy.url, busy.url) });
    const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
    await response.text();
    assertEquals([response.status, busy.postCount], [429, 2]);
  });

  it("a pinned model that cannot be reached is asked twice, and then it is a 502", async () => {
    await using gateway = await startGateway({
      config: { routes: [{ url: deadUpstream(), model: "m" }] },
    });
    const response = await gateway.post(PATH, { model: "m", ...WHOLE });
    await response.text();
    assertEquals(response.status, 502);
    assertMatch(response.headers.get("x-gateway-attempts")!, /^m;refused;\d+ms, m;refused;\d+ms$/);
  });

  it("a pinned model that is silent is a 504", async () => {
    await using silent = listen(() => new Promise<never>(() => {}));
    await using gateway = await startGateway({
      config: { timeouts: { requestMs: TIMEOUT_MS }, routes: [{ url: silent.url, model: "m" }] },
    });
    const response = await gateway.post(PATH, { model: "m", ...WHOLE });
    await response.text();
    assertEquals([response.status, silent.postCount], [504, 1]);
  });
});

describe("Behind the first word", () => {
  const ENDINGS: readonly [protocol: Protocol, path: string, body: unknown, end: RegExp][] = [
    ["openai_chat", PATH, WHOLE, /data: \{"error":\{[^\n]*"stream_interrupted"[^\n]*\n\n$/],
    [
      "anthropic_messages",
      "/v1/messages",
      { max_tokens: 10, ...WHOLE },
      /event: error\ndata: \{"type":"error"[^\n]*\n\n$/,
    ],
    [
      "openai_responses",
      "/v1/responses",
      { input: "hello" },
      /event: response\.failed\ndata: \{"type":"response.failed"[^\n]*\n\n$/,
    ],
  ];
  const WORD = {
    openai_chat: "openai",
    openai_responses: "responses",
    anthropic_messages: "anthropic",
  } as const;
  const FINISHED = /\[DONE\]|message_stop|response\.completed|"finish_reason":"/;

  for (const [protocol, path, body, end] of ENDINGS) {
    for (
      const [what, broken] of [["cut", upstreamCutAfter], [
        "stall",
        upstreamThatStallsAfter,
      ]] as const
    ) {
      it(`a ${what} in ${protocol} ends in an error, and is paid once`, async () => {
        await using first = broken(6, { protocol });
        await using second = answeringUpstream({ protocol });
        const route = { protocol: WORD[protocol], model: "m" };
        await using gateway = await startGateway({
          config: {
            timeouts: { idleMs: TIMEOUT_MS },
            routes: [{ ...route, url: first.url }, { ...route, name: "second", url: second.url }],
          },
        });
        const response = await gateway.post(path, { model: "m", stream: true, ...body as object });
        const text = await response.text();
        assertEquals(response.status, 200);
        assertStringIncludes(text, "Grüße");
        assertMatch(text, end);
        assert(!FINISHED.test(text), text);
        assertEquals([first.postCount, second.postCount], [1, 0]);
        await gateway.logLine("event=upstream_error", what === "cut" ? "reason=reset" : "timeout");
      });
    }
  }
});

describe("A client that leaves", () => {
  it("takes its upstream request with it while the head is awaited", async () => {
    await using silent = listen(() => new Promise<never>(() => {}));
    await using gateway = await startGateway({
      config: { routes: [{ url: silent.url, model: "m" }] },
    });
    await leaveOnce(gateway, silent, { model: "m", ...WHOLE });
  });

  it("takes its upstream request with it before the first word of a stream", async () => {
    await using stalling = upstreamThatStallsAfter(1, CHAT);
    await using gateway = await startGateway({
      config: { routes: [{ url: stalling.url, model: "m" }] },
    });
    await leaveOnce(gateway, stalling, { model: "m", stream: true, ...WHOLE });
  });
});

/** Asks, leaves once the upstream was asked, and waits until the upstream hears of it. */
async function leaveOnce(gateway: GatewayProcess, upstream: ScriptedUpstream, body: unknown) {
  const controller = new AbortController();
  const asking = gateway.fetch(PATH, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: controller.signal,
  }).then(() => "answered", () => "left");
  await eventually("the upstream to be asked", () => upstream.postCount === 1);
  controller.abort();
  assertEquals(await asking, "left");
  await eventually("the upstream to be left", () => upstream.leftCount === 1);
  await gateway.logLine("event=routed", "status=499");
}

function twoRoutes(first: string, second: string) {
  return {
    routes: [
      { name: "one", url: first, model: "first", apiKey: "key-of-one" },
      { name: "two", url: second, model: "second", apiKey: "key-of-two" },
    ],
  };
}

function streamedText(text: string): string {
  return [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)]
    .map(([, piece]) => JSON.parse(`"${piece}"`)).join("");
}
