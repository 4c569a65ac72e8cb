/**
 * Which failures another candidate mends, and what a client is told when none is left.
 *
 * Upstreams that fail are a stub, over HTTP. Raw are those that tell how often they were left, which
 * a stub does not, and the port that nobody listens on.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../lib/base/protocol.ts";
import { eventually } from "./eventually.ts";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import {
  answeringUpstream,
  deadUpstream,
  listen,
  type ScriptedUpstream,
  upstreamThatStallsAfter,
} from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";
import { play, startStub, timesAnswered } from "./stub/stub_process.ts";

const TIMEOUT_MS = 300;
const ANSWER = "Grüße – you said: hello.";
const WHOLE = { messages: [{ role: "user", content: "hello" }] };
const PATH = "/v1/chat/completions";
const CHAT = { protocol: "openai_chat" } as const;

/** What a stub does with a request. */
interface Acts {
  fault?: string | Record<string, unknown>;
  answer?: unknown;
}

/** A first upstream and what comes of it when a second one is well. */
interface Row {
  name: string;
  /** Absent: nobody listens. */
  first?: Acts;
  /** How the failed attempt is told. */
  reason: string;
  stream?: boolean;
}

const STATUSES = [401, 402, 403, 404, 408, 412, 425, 429, 500, 502, 503, 504, 520, 524, 529];
const ROWS: readonly Row[] = [
  { name: "cannot be reached", reason: "refused" },
  ...STATUSES.map((status): Row => ({
    name: `answers ${status}`,
    first: { fault: { name: "fail", status } },
    reason: String(status),
  })),
  { name: "speaks no HTTP", first: { fault: "not-http" }, reason: "reset" },
  { name: "answers with HTML", first: { fault: "html" }, reason: "html" },
  { name: "answers with nothing", first: { fault: "empty" }, reason: "empty-body" },
  { name: "answers 204", first: { fault: "no-content" }, reason: "empty-body" },
  { name: "answers with half of a JSON", first: { fault: "truncated-json" }, reason: "malformed" },
  { name: "answers 200 with an error", first: { fault: "error-event" }, reason: "no-answer" },
  { name: "redirects", first: { fault: "redirect" }, reason: "redirect" },
  { name: "finishes without a word", first: { answer: "" }, reason: "empty" },
  { name: "is silent", first: { fault: "stall" }, reason: "timeout" },
  {
    name: "breaks off before its first word",
    first: { fault: "reset-after" },
    reason: "cut",
    stream: true,
  },
  {
    name: "falls silent before its first word",
    first: { fault: "stall-after" },
    reason: "timeout",
    stream: true,
  },
  {
    name: "begins its stream with an error",
    first: { fault: { name: "error-event", after: 0 } },
    reason: "error-event",
    stream: true,
  },
  { name: "says only [DONE]", first: { fault: "done-only" }, reason: "cut", stream: true },
];

/** What is played behind the first word of a stream, and how the log tells it. */
const BREAKS = { "cut-after": "reset", "reset-after": "reset", "stall-after": "timeout" } as const;
/** Past the first words of every protocol's stream. */
const COMMITTED = 6;

/** The models of the stub beside those of the rows: each test has its own, to count it. */
const ACTS: Readonly<Record<string, Acts>> = {
  ...Object.fromEntries([400, 413, 422].map((status) => [
    `mend-${status}`,
    { fault: { name: "fail", status } },
  ])),
  rests: { fault: "fail" },
  patient: { fault: { name: "rate-limit", retryAfter: 30 } },
  told: { fault: { name: "fail", status: 500 } },
  "busy-1": { fault: { name: "fail", status: 429 } },
  "busy-2": { fault: { name: "fail", status: 429 } },
  silent: { fault: "stall" },
  ...Object.fromEntries(
    Object.keys(BREAKS).map((name) => [
      `${name}-*`,
      {
        answer: "Grüße, und was sonst noch alles zu sagen wäre.",
        fault: { name, after: COMMITTED },
      },
    ]),
  ),
};

/** One stub for all tests of this file: what it does depends on the model. */
const faulty = sharedByTests(async (owned) => {
  const stub = owned.use(await startStub());
  const rows = ROWS.map(({ first = {} }, index) => [`m-${index}`, first] as const);
  const rules = [...rows, ...Object.entries(ACTS)]
    .map(([model, acts]) => ({ name: model, when: { model }, ...acts }));
  await play(stub, rules);
  return { url: `${stub.address}/v1`, count: (model: string) => timesAnswered(stub, model) };
});

/** One model per row, whose first route is the row's upstream. */
const scene = sharedByTests(async (owned) => {
  const good = owned.use(answeringUpstream(CHAT));
  const routes = ROWS.flatMap(({ first }, index) => {
    const url = first === undefined ? deadUpstream() : faulty().url;
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
      const model = `mend-${status}`;
      await using second = answeringUpstream(CHAT);
      await using gateway = await startGateway({ config: routesTo({ model }, second) });
      const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
      assertMatch((await response.json()).error.message, /on purpose/);
      const counts = [await faulty().count(model), second.postCount];
      assertEquals([response.status, ...counts], [status, 1, 0]);
      const again = await gateway.post(PATH, { model, ...WHOLE });
      await again.text();
      assertEquals(await faulty().count(model), 2, "a client's fault rests nobody");
    });
  }
});

describe("A candidate that failed", () => {
  it("rests: the next request goes to the other one at once", async () => {
    await using second = answeringUpstream(CHAT);
    await using gateway = await startGateway({
      config: { auto: { policy: "ordered" }, ...routesTo({ model: "rests" }, second) },
    });
    for (const attemptCount of ["2", "1"]) {
      const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
      await response.text();
      assertEquals(response.headers.get("x-gateway-attempt-count"), attemptCount);
    }
    assertEquals(await faulty().count("rests"), 1);
  });

  it("is left alone as long as its Retry-After says", async () => {
    const model = "patient";
    await using gateway = await startGateway({ config: routesTo({ model }) });
    const first = await gateway.post(PATH, { model, ...WHOLE });
    assertMatch((await first.json()).error.message, /asks for patience/);
    assertEquals([first.status, first.headers.get("retry-after")], [429, "30"]);
    const second = await gateway.post(PATH, { model, ...WHOLE });
    await second.text();
    assertEquals(second.status, 429);
    assertMatch(second.headers.get("retry-after")!, /^(29|30)$/);
    assertEquals(await faulty().count(model), 1);
  });
});

describe("When nobody answers", () => {
  it("auto tells each attempt, without an upstream's words or URL", async () => {
    await using gateway = await startGateway({
      config: routesTo({ model: "told" }, { url: deadUpstream() }),
    });
    const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
    const text = await response.text();
    const { error } = JSON.parse(text);
    assertEquals([response.status, error.code], [502, "all_candidates_failed"]);
    assertMatch(error.message, /told: 500 .*second: refused/);
    assert(!text.includes("on purpose") && !text.includes("127.0.0.1"));
    assertEquals(response.headers.get("x-should-retry"), "false");
  });

  it("auto says 429 when everybody does", async () => {
    const models = ["busy-1", "busy-2"];
    const routes = models.flatMap((model) => routesTo({ model }).routes);
    await using gateway = await startGateway({ config: { routes } });
    const response = await gateway.post(PATH, { model: "auto", ...WHOLE });
    await response.text();
    const counts = await Promise.all(models.map((model) => faulty().count(model)));
    assertEquals([response.status, ...counts], [429, 1, 1]);
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
    const model = "silent";
    await using gateway = await startGateway({
      config: { timeouts: { requestMs: TIMEOUT_MS }, ...routesTo({ model }) },
    });
    const response = await gateway.post(PATH, { model, ...WHOLE });
    await response.text();
    assertEquals([response.status, await faulty().count(model)], [504, 1]);
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
    for (const [name, reason] of Object.entries(BREAKS)) {
      it(`a ${name} in ${protocol} ends in an error, and is paid once`, async () => {
        const model = `${name}-${protocol}`;
        const told = faulty();
        const before = await told.count(`${name}-*`);
        await using second = answeringUpstream({ protocol });
        const route = { protocol: WORD[protocol], model };
        await using gateway = await startGateway({
          config: {
            timeouts: { idleMs: TIMEOUT_MS },
            routes: [{ ...route, url: told.url }, { ...route, name: "second", url: second.url }],
          },
        });
        const response = await gateway.post(path, { model, stream: true, ...body as object });
        const text = await response.text();
        assertEquals(response.status, 200);
        assertStringIncludes(text, "Grüße");
        assertMatch(text, end);
        assert(!FINISHED.test(text), text);
        assertEquals([await told.count(`${name}-*`) - before, second.postCount], [1, 0]);
        await gateway.logLine("event=upstream_error", `reason=${reason}`);
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

/** The stub under a model's name, and another upstream behind it as the model "second". */
function routesTo({ model }: { model: string }, second?: { url: string }) {
  const first = { name: model, url: faulty().url, model, apiKey: `key-of-${model}` };
  const next = { name: "two", url: second?.url, model: "second", apiKey: "key-of-two" };
  return { routes: second === undefined ? [first] : [first, next] };
}

function streamedText(text: string): string {
  return [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)]
    .map(([, piece]) => JSON.parse(`"${piece}"`)).join("");
}
