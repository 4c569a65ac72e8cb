/**
 * `record` and `replay`: what a client got when it was recorded is what it gets when it is played.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "./eventually.ts";
import { runCli } from "./gateway_process.ts";
import { type Asking, got, gotAll, recordingGateway, replayingGateway } from "./recording.ts";
import {
  answeringUpstream,
  deadUpstream,
  eventStream,
  failingUpstream,
  listen,
  tornApart,
  upstreamCutAfter,
} from "./scripted_upstream.ts";

/** A folder for the cassettes of one test. */
async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gateway_e2e_cassettes_" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

function textsIn(folder: string): string[] {
  return namesIn(folder).map((name) => Deno.readTextFileSync(`${folder}/${name}`));
}

/** Records one conversation with a stub, and stops. */
async function recordStub(folder: string, askings: Asking[], url = "stub:ok"): Promise<void> {
  await using gateway = await recordingGateway(folder, {
    config: { routes: [{ name: "stub", url, model: "m" }] },
  });
  for (const asking of askings) await got(gateway, asking);
  assertEquals(await gateway.stop(), 0);
}

function chat(content: string, more: Record<string, unknown> = {}): Asking {
  const body = { model: "m", messages: [{ role: "user", content }], ...more };
  return { path: "/v1/chat/completions", body };
}

const PLACE = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const CHAT_TOOL = { type: "function", function: { name: "weather", parameters: PLACE } };
const RESPONSES_TOOL = { type: "function", name: "weather", parameters: PLACE, strict: false };
const MESSAGES_TOOL = { name: "weather", input_schema: PLACE };

/** Every kind of exchange, made out of a number. */
const KINDS: readonly ((number: number, model: string) => Asking)[] = [
  (number, model) => chat(`question ${number}`, { model }),
  (number, model) => chat(`question ${number}`, { model, stream: true }),
  (number, model) => chat(`question ${number}`, { model, tools: [CHAT_TOOL] }),
  (number, model) => chat(`question ${number}`, { model, tools: [CHAT_TOOL], stream: true }),
  (number, model) => responses(number, { model }),
  (number, model) => responses(number, { model, stream: true }),
  (number, model) => responses(number, { model, stream: true, tools: [RESPONSES_TOOL] }),
  (number, model) => messages(number, { model }),
  (number, model) => messages(number, { model, stream: true }),
  (number, model) => messages(number, { model, stream: true, tools: [MESSAGES_TOOL] }),
];

/** Every way in which an exchange can go. */
const MODELS: readonly string[] = [
  "chat-model",
  "responses-model",
  "messages-model",
  "falls-back",
  "unreachable",
  "refused",
  "cut-short",
  "nowhere",
];

const OTHERS: readonly Asking[] = [
  { path: "/v1/embeddings", body: { model: "chat-model", input: "words" } },
  { path: "/v1/files", body: { model: "chat-model", purpose: "any" } },
  { path: "/v1/audio/speech", body: { model: "noise", input: "sound" } },
  { path: "/v1/messages/count_tokens", body: messages(1, { model: "messages-model" }).body },
  { path: "/v1/models", method: "GET" },
  { path: "/anthropic/v1/models", method: "GET", headers: { "anthropic-version": "2023-06-01" } },
  { path: "/v1/chat/completions", body: "{no json" },
  { path: "/v1/chat/completions", body: { model: "chat-model", messages: 7 } },
  { path: "/v1/chat/completions", method: "GET" },
];

function responses(number: number, more: Record<string, unknown>): Asking {
  return { path: "/v1/responses", body: { input: `question ${number}`, ...more } };
}

function messages(number: number, more: Record<string, unknown>): Asking {
  const messages = [{ role: "user", content: `question ${number}` }];
  return {
    path: number % 2 === 0 ? "/v1/messages?beta=true" : "/anthropic/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    body: { max_tokens: 100, messages, ...more },
  };
}

const COUNT = 200;
const CLIENTS = 16;

describe("record and replay", () => {
  it("200 exchanges of every kind are played as their clients got them, from 16 clients", () =>
    withFolder(async (folder) => {
      await using upstreams = new AsyncDisposableStack();
      const noise = Uint8Array.from({ length: 4096 }, (_, index) => index * 7 % 256);
      const chatUpstream = upstreams.use(answeringUpstream({ protocol: "openai_chat" }));
      const route = (model: string, url: string, more: Record<string, unknown> = {}) => ({
        name: model,
        model,
        url,
        ...more,
      });
      const config = {
        routes: [
          route("chat-model", chatUpstream.url),
          route(
            "responses-model",
            upstreams.use(answeringUpstream({ protocol: "openai_responses" })).url,
            { protocol: "responses" },
          ),
          route(
            "messages-model",
            upstreams.use(answeringUpstream({ protocol: "anthropic_messages" })).url,
            { protocol: "anthropic" },
          ),
          route("falls-back", upstreams.use(failingUpstream({ status: 503 })).url, {
            fallback: ["chat-model"],
          }),
          route("unreachable", deadUpstream()),
          route("refused", upstreams.use(failingUpstream({ status: 400 })).url),
          route(
            "cut-short",
            upstreams.use(upstreamCutAfter(4, { protocol: "openai_chat" })).url,
          ),
          route("noise", upstreams.use(listen(() => new Response(noise))).url),
        ],
      };
      const askings = [
        ...OTHERS,
        ...Array.from({ length: COUNT - OTHERS.length }, (_, index) => {
          const kind = KINDS[index % KINDS.length]!;
          return kind(index, MODELS[Math.floor(index / KINDS.length) % MODELS.length]!);
        }),
      ];

      await using recording = await recordingGateway(folder, { config });
      const recorded = await gotAll(recording, askings, CLIENTS);
      assertEquals(await recording.stop(), 0);
      assertEquals(namesIn(folder).length, COUNT);
      const asked = chatUpstream.postCount;

      await using replaying = await replayingGateway(folder, ["--strict", "--port", "0"]);
      const reversed = await gotAll(replaying, askings.toReversed(), CLIENTS);
      const played = reversed.toReversed();
      for (const [index, asking] of askings.entries()) {
        const [before, after] = [recorded[index]!, played[index]!];
        const what = `${index} ${JSON.stringify(asking)}`;
        assertEquals({ ...after, ms: 0 }, { ...before, ms: 0 }, what);
      }
      const statuses = new Set(played.map(({ status }) => status));
      for (const status of [200, 400, 404, 405]) assert(statuses.has(status), `no ${status}`);
      assertEquals(chatUpstream.postCount, asked);
      assertEquals(await replaying.stop(), 0, replaying.stderr);
    }));

  it("a conversation with ids, dates and another session is found again", () =>
    withFolder(async (folder) => {
      const said = (day: string, session: string, callId: string): Asking =>
        chat("What is it like?", {
          user: session,
          metadata: { user_id: session },
          messages: [
            { role: "system", content: `<env>\nWorking directory: /home/${session}\n</env>` },
            { role: "user", content: `Today is ${day}. What is it like?` },
            {
              role: "assistant",
              content: null,
              tool_calls: [{
                id: callId,
                type: "function",
                function: { name: "weather", arguments: "{}" },
              }],
            },
            { role: "tool", tool_call_id: callId, content: "sunny" },
          ],
        });
      await recordStub(folder, [said("2025-03-01", "session_1a2b3c4d", "call_one")]);
      await using gateway = await replayingGateway(folder, ["--port", "0"]);
      const answer = await got(gateway, said("2026-11-24", "session_9z8y7x6w", "call_two"));
      assertEquals(answer.status, 200);
      assertStringIncludes(atob(answer.body), "sunny");
    }));

  it("equal requests are played in the order of their recording, and the last one again", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("again"), chat("again")], "stub:flaky?every=2&status=503");
      await using gateway = await replayingGateway(folder, ["--port", "0"]);
      const statuses: number[] = [];
      for (let time = 0; time < 3; time++) {
        statuses.push((await got(gateway, chat("again"))).status);
      }
      assertEquals(statuses, [503, 200, 200]);
    }));
});

describe("replay", () => {
  for (
    const [path, codeOf] of [
      ["/v1/chat/completions", (body: Body) => body.error.code],
      ["/v1/responses", (body: Body) => body.error.code],
      ["/v1/messages", (body: Body) => body.error.details.error_code],
    ] as const
  ) {
    it(`tells a client of ${path} which request was recorded instead`, () =>
      withFolder(async (folder) => {
        const body = { model: "m", max_tokens: 9, input: "old", messages: chatMessages("old") };
        await recordStub(folder, [{ path, body }]);
        await using gateway = await replayingGateway(folder, ["--port", "0"]);
        const response = await gateway.post(path, { ...body, max_tokens: 10 });
        assertEquals(response.status, 404);
        assertEquals(response.headers.get("x-should-retry"), "false");
        const answer = await response.json();
        assertEquals(codeOf(answer), "cassette_miss");
        assertStringIncludes(answer.error.message, "max_tokens: recorded 9, asked 10");
        assertStringIncludes(answer.error.message, namesIn(folder)[0]!);
        await gateway.logLine("event=cassette_miss", "max_tokens");
      }));
  }

  it("leaves out of the comparison what --ignore names, as often as it is given", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("x", { seed: 1, metadata: { a: "1" } })]);
      const flags = ["--ignore", "$.seed", "--ignore", "metadata.a", "--port", "0"];
      await using gateway = await replayingGateway(folder, flags);
      const { status } = await got(gateway, chat("x", { seed: 2, metadata: { a: "2" } }));
      assertEquals(status, 200);
    }));

  for (
    const [what, askings, code, said] of [
      ["every cassette was played once", ["one", "two"], 0, "played 2"],
      ["a request had no cassette", ["one", "two", "three"], 1, "no cassette for 1"],
      ["a cassette was not played", ["one"], 1, "not played: 0002-"],
      ["a cassette was asked for twice", ["one", "two", "two"], 1, "no cassette for 1"],
    ] as const
  ) {
    it(`--strict exits with ${code} when ${what}`, () =>
      withFolder(async (folder) => {
        await recordStub(folder, [chat("one"), chat("two")]);
        await using gateway = await replayingGateway(folder, ["--strict", "--port", "0"]);
        for (const content of askings) await got(gateway, chat(content));
        assertEquals(await gateway.stop(), code);
        assertStringIncludes(gateway.stderr, said);
      }));
  }

  it("exits with 0 without --strict, and still names what was not played", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("one")]);
      await using gateway = await replayingGateway(folder, ["--port", "0"]);
      await got(gateway, chat("else"));
      assertEquals(await gateway.stop(), 0);
      assertStringIncludes(gateway.stderr, "not played: 0001-");
    }));

  it("--timing keeps the pace of the recording within a fifth, and is at once without", () =>
    withFolder(async (folder) => {
      const asking = chat("one two three four five", { stream: true });
      const config = { routes: [{ name: "slow", url: "stub:ok?chunkMs=150", model: "m" }] };
      await using recording = await recordingGateway(folder, { config });
      const recorded = await got(recording, asking);
      await recording.stop();
      await using timed = await replayingGateway(folder, ["--timing", "--port", "0"]);
      const inTime = await got(timed, asking);
      await using hasty = await replayingGateway(folder, ["--port", "0"]);
      const atOnce = await got(hasty, asking);
      assert(recorded.ms > 1_000, `${recorded.ms}`);
      const told = `${inTime.ms} ms for ${recorded.ms} ms`;
      assert(Math.abs(inTime.ms - recorded.ms) <= recorded.ms * 0.2, told);
      assert(atOnce.ms < recorded.ms / 3, `${atOnce.ms} ms for ${recorded.ms} ms`);
      assertEquals([inTime.body, atOnce.body], [recorded.body, recorded.body]);
    }));

  it("answers /v1/models with the recorded models when no cassette does", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("one")]);
      await using gateway = await replayingGateway(folder, ["--strict", "--port", "0"]);
      const { data } = await (await gateway.fetch("/v1/models")).json();
      assertEquals(data.map(({ id }: Body) => id), ["auto", "m"]);
      assertEquals((await got(gateway, chat("one"))).status, 200);
      assertEquals(await gateway.stop(), 0, gateway.stderr);
    }));

  it("refuses a web page of another origin, as the gateway does", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("one")]);
      await using gateway = await replayingGateway(folder, ["--port", "0"]);
      const asking = { ...chat("one"), headers: { origin: "https://evil.example" } };
      assertEquals((await got(gateway, asking)).status, 403);
    }));

  for (
    const [args, part] of [
      [["replay"], "--from DIR"],
      [["record", "--stub"], "--to DIR"],
      [["replay", "--from", ".", "--ignore", "$.a["], "$.a["],
    ] as const
  ) {
    it(`${args.join(" ")} is misuse, told in one line`, async () => {
      const { code, stdout, stderr } = await runCli([...args]);
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, /^[^\n]+\n$/);
      assertStringIncludes(stderr, part);
    });
  }

  it("names file, line and column of every slip in a cassette, and does not start", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("one"), chat("two")]);
      const [first, second] = namesIn(folder).map((name) => `${folder}/${name}`);
      const edit = (path: string, from: RegExp, to: string) =>
        Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(from, to));
      edit(first!, /^answer:\n {2}status: 200/m, "answer:\n  status: fine");
      edit(second!, /^ {2}path:/m, "  pth:");
      const { code, stderr } = await runCli(["replay", "--from", folder, "--port", "0"]);
      assertEquals(code, 1);
      assertMatch(
        stderr,
        /0001-\S+:\d+:11: answer\.status: expected a status from 200 to 599, got "fine"\n/,
      );
      assertMatch(stderr, /0002-\S+:4:3: client\.pth: unknown key, did you mean "path"\?\n/);
    }));

  for (const [what, path] of [["is missing", "nowhere"], ["is empty", "empty"]] as const) {
    it(`says in one line that its folder ${what}`, () =>
      withFolder(async (folder) => {
        await Deno.mkdir(`${folder}/empty`);
        const { code, stderr } = await runCli(["replay", "--from", `${folder}/${path}`]);
        assertEquals(code, 1);
        assertMatch(stderr, /^[^\n]+\n$/);
        assertStringIncludes(stderr, path);
      }));
  }
});

// deno-lint-ignore no-explicit-any -- a parsed answer
type Body = any;

function chatMessages(content: string) {
  return [{ role: "user", content }];
}

/** Obvious dummies, one for each place that a secret can stand in. */
const SECRETS = {
  routeKey: "dummy-route-key/+0123456789",
  header: "dummy-header-token-0123456789",
  user: "dummy-user-0123456789",
  password: "dummy-password-0123456789",
  query: "dummy-query-0123456789",
  client: "dummy-client-key-0123456789",
};
const ALL_SECRETS = Object.values(SECRETS);

/** Everything under which a secret could be found in a text. */
function formsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret), btoa(secret).replace(/=+$/, "")];
}

describe("record", () => {
  it("keeps no configured secret, whatever an upstream says", () =>
    withFolder(async (folder) => {
      const parrot = ALL_SECRETS.flatMap(formsOf);
      await using upstream = listen(({ body, path }) => {
        const headers = { "openai-organization": SECRETS.routeKey };
        if (path.startsWith("/v1/audio")) {
          return new Response(
            new Uint8Array([255, 254, ...new TextEncoder().encode(parrot.join())]),
          );
        }
        if (!body.stream) {
          const escaped = JSON.stringify(completion(parrot.join(" "))).replaceAll("-", "\\u002d");
          return new Response(escaped, {
            headers: { ...headers, "content-type": "application/json" },
          });
        }
        const torn = body.messages[0].content === "by words"
          ? deltas(parrot.join(" ").match(/.{1,5}/gs)!)
          : tornApart(deltas([parrot.join(" ")]).join(""));
        return eventStream(torn);
      });
      const url = new URL(upstream.url);
      url.username = SECRETS.user;
      url.password = SECRETS.password;
      url.searchParams.set("sig", SECRETS.query);
      await using gateway = await recordingGateway(folder, {
        config: {
          clients: [{ name: "one", key: SECRETS.client }],
          routes: [{
            name: "parrot",
            url: url.href,
            model: "m",
            apiKey: SECRETS.routeKey,
            headers: { "x-team-token": SECRETS.header },
          }],
        },
        spoken: ALL_SECRETS,
      });
      const headers = { authorization: `Bearer ${SECRETS.client}` };
      const askings = [
        chat("whole"),
        chat("by chunks", { stream: true }),
        chat("by words", { stream: true }),
        chat(`I am ${SECRETS.client}`),
        { path: "/v1/audio/speech", body: { model: "m", input: "sound" } },
      ];
      for (const asking of askings) {
        assertEquals((await got(gateway, { ...asking, headers })).status, 200);
      }
      await gateway.stop();
      const texts = textsIn(folder);
      assertEquals(texts.length, askings.length);
      for (const text of texts) {
        for (const form of parrot) {
          for (const seen of viewsOf(text)) assert(!seen.includes(form), `${form} in ${text}`);
        }
        assertStringIncludes(text, "[redacted]");
      }
    }));

  it("keeps nothing of a client that may not use the gateway", () =>
    withFolder(async (folder) => {
      await using gateway = await recordingGateway(folder, {
        config: {
          clients: [{ name: "one", key: SECRETS.client }],
          routes: [{ name: "stub", url: "stub:ok", model: "m" }],
        },
      });
      const headers = { "x-api-key": SECRETS.client };
      const foreign = { ...headers, origin: "https://evil.example" };
      const statuses: number[] = [];
      for (const more of [{}, { headers: foreign }, { headers }]) {
        statuses.push((await got(gateway, { ...chat("hello"), ...more })).status);
      }
      assertEquals(statuses, [401, 403, 200]);
      await gateway.stop();
      assertEquals(namesIn(folder), ["0001-openai_chat-m.yml"]);
    }));

  it("does not keep the credentials of a client that are sent on", () =>
    withFolder(async (folder) => {
      const key = "dummy-own-key-0123456789";
      await using upstream = listen(({ headers }) =>
        Response.json(completion(`You are ${headers.get("authorization")}`))
      );
      await using gateway = await recordingGateway(folder, {
        config: { routes: [{ name: "open", url: upstream.url, model: "m" }] },
      });
      const asking = { ...chat("who?"), headers: { authorization: `Bearer ${key}` } };
      assertStringIncludes(atob((await got(gateway, asking)).body), key);
      await gateway.stop();
      assert(!textsIn(folder).join().includes(key));
    }));

  it("tells of both sides: every attempt, its answer or failure, and the client's answer", () =>
    withFolder(async (folder) => {
      await using failing = failingUpstream({ status: 429, message: "Slow down" });
      await using answering = answeringUpstream({ protocol: "anthropic_messages" });
      await using gateway = await recordingGateway(folder, {
        config: {
          routes: [
            { name: "dead", url: deadUpstream(), model: "m", fallback: ["full", "last"] },
            { name: "full", url: failing.url, model: "full" },
            { name: "last", url: answering.url, model: "last", protocol: "anthropic" },
          ],
        },
      });
      await got(gateway, chat("hello"));
      await gateway.stop();
      assertEquals(namesIn(folder), ["0001-openai_chat-m.yml"]);
      const [text] = textsIn(folder);
      for (
        const part of [
          "failure: refused",
          "status: 429",
          "Slow down",
          "/v1/messages",
          'x-gateway-switched: "1"',
        ]
      ) {
        assertStringIncludes(text!, part);
      }
    }));

  it("two recordings of one conversation with a stub differ in milliseconds alone", () =>
    withFolder(async (folder) => {
      const askings = [chat("a", { stream: true }), chat("b"), {
        ...chat("c"),
        path: "/v1/messages",
      }];
      for (const part of ["first", "second"]) await recordStub(`${folder}/${part}`, askings);
      const [first, second] = ["first", "second"].map((part) =>
        textsIn(`${folder}/${part}`).map((text) =>
          text.replace(/(atMs|afterMs): \d+/g, "$1").replace(/\d+ms/g, "ms")
        )
      );
      assertEquals(first, second);
    }));

  it("goes on with the numbers of the cassettes that are there", () =>
    withFolder(async (folder) => {
      await recordStub(folder, [chat("one")]);
      await recordStub(folder, [chat("two")]);
      assertEquals(namesIn(folder), ["0001-openai_chat-m.yml", "0002-openai_chat-m.yml"]);
    }));

  it("answers its clients when the disk takes nothing, and says so once", () =>
    withFolder(async (folder) => {
      const gone = `${folder}/gone`;
      await using gateway = await recordingGateway(gone, {
        config: { routes: [{ name: "stub", url: "stub:ok", model: "m" }] },
      });
      await Deno.remove(gone);
      for (let time = 0; time < 3; time++) {
        assertEquals((await got(gateway, chat("x"))).status, 200);
      }
      await gateway.logLine("event=record_failed", gone);
      await gateway.stop();
      assertEquals(gateway.logLines("event=record_failed").length, 1);
    }));

  it("keeps the beginning of a very long answer, in bounded memory, and replay says so", () =>
    withFolder(async (folder) => {
      const piece = new Uint8Array(1024 * 1024);
      let left = LONG_MIB;
      const endless = () =>
        new ReadableStream<Uint8Array<ArrayBuffer>>({
          pull: (controller) => left-- > 0 ? controller.enqueue(piece) : controller.close(),
        });
      await using upstream = listen(() => new Response(endless()));
      await using gateway = await recordingGateway(folder, {
        config: { routes: [{ name: "long", url: upstream.url, model: "m" }] },
      });
      await got(gateway, { path: "/v1/models", method: "GET" });
      const before = gateway.residentMiB;
      const response = await gateway.post("/v1/audio/speech", { model: "m", input: "long" });
      let most = 0;
      let byteCount = 0;
      for await (const bytes of response.body!) {
        byteCount += bytes.length;
        most = Math.max(most, gateway.residentMiB);
      }
      assertEquals(byteCount, LONG_MIB * piece.length);
      assert(most - before < MAX_GROWTH_MIB, `grew by ${most - before} MiB`);
      await gateway.stop();
      assertStringIncludes(textsIn(folder)[1]!, `cutFromBytes: ${byteCount}`);
      await using replaying = await replayingGateway(folder, ["--port", "0"]);
      assertStringIncludes(replaying.stderr, "is not played: answer.body is only the beginning");
    }));

  it("keeps what a client got that left, and lets it break off again", () =>
    withFolder(async (folder) => {
      const config = { routes: [{ name: "slow", url: "stub:ok?chunkMs=100", model: "m" }] };
      await using gateway = await recordingGateway(folder, { config });
      const leaving = new AbortController();
      const asking = chat("one two three four", { stream: true });
      const response = await gateway.fetch(asking.path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(asking.body),
        signal: leaving.signal,
      });
      const reader = response.body!.getReader();
      await reader.read();
      leaving.abort();
      await reader.read().catch(() => {});
      await eventually("the cassette", () => namesIn(folder).some((name) => name.endsWith(".yml")));
      await gateway.stop();
      assertStringIncludes(textsIn(folder)[0]!, "ended: client-left");
      await using replaying = await replayingGateway(folder, ["--port", "0"]);
      const answer = await got(replaying, asking);
      assert(answer.isBroken);
      assertStringIncludes(atob(answer.body), "data: ");
    }));

  it("says in one line that it may not write", async () => {
    const { code, stderr } = await runCli(["record", "--stub", "--to", "cassettes"]);
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot write to cassettes: .*--allow-write\n$/);
  });
});

/** Twice that would be held if it were kept on both sides; a transfer alone takes about 150. */
const LONG_MIB = 600;
const MAX_GROWTH_MIB = 550;

function completion(content: string) {
  const message = { role: "assistant", content };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message, finish_reason: "stop" }],
  };
}

function deltas(words: readonly string[]): string[] {
  const chunk = (delta: Record<string, string>, finish: string | null) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const chunks = [...words.map((content) => chunk({ content }, null)), chunk({}, "stop")];
  return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"];
}

/** The text, its escapes resolved, its streamed words joined, and its binary parts as characters. */
function viewsOf(text: string): string[] {
  const resolved = text.replace(
    /\\u([0-9a-f]{4})/gi,
    (_, code) => String.fromCharCode(parseInt(code, 16)),
  );
  const words = [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word);
  const binary = [...text.matchAll(/base64: "?([^"\s]+)/g)].map(([, base64]) => atob(base64!));
  return [text, resolved, words.join(""), ...binary];
}
