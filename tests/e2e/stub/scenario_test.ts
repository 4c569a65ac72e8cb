/** What a stub says by itself and from a script, and what it tells whoever tests with it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PROTOCOLS } from "../../../lib/base/protocol.ts";
import { eventually } from "../eventually.ts";
import { sharedByTests } from "../shared.ts";
import { asked, PATHS, play, question, startStub, timesAnswered } from "./stub_process.ts";
import { look } from "./wire_view.ts";

const stub = sharedByTests(async (owned) => owned.use(await startStub()));

/** The JSON of an answer to one Chat request. */
async function ask(body: Record<string, unknown>, headers?: Record<string, string>) {
  const response = await stub().post(PATHS.openai_chat, body, headers);
  return { status: response.status, body: await response.json() };
}

const HELLO = question("openai_chat");

describe("A stub without a script", () => {
  it("answers any model in every protocol, with a stream and without", async () => {
    await play(stub(), []);
    for (const protocol of PROTOCOLS) {
      for (const stream of [true, false]) {
        const body = question(protocol, { stream, model: "a-model/of nobody" });
        const view = await look(stub().address, PATHS[protocol], body);
        assertEquals([view.status, view.ending], [200, "whole"]);
        assertStringIncludes(view.body, "hello");
      }
    }
  });

  it("calls the first tool, with input that satisfies its schema, and quotes the result", async () => {
    const parameters = {
      type: "object",
      properties: { city: { type: "string", enum: ["Oslo", "Paris"] }, days: { type: "integer" } },
      required: ["city", "days"],
    };
    const tools = [{ type: "function", function: { name: "get_weather", parameters } }];
    const { body: first } = await ask({ ...HELLO, tools });
    const [call] = first.choices[0].message.tool_calls;
    assertEquals([call.function.name, JSON.parse(call.function.arguments).city], [
      "get_weather",
      "Oslo",
    ]);
    const messages = [
      { role: "user", content: "hello" },
      first.choices[0].message,
      { role: "tool", tool_call_id: call.id, content: "rain" },
    ];
    const { body: second } = await ask({ ...HELLO, messages, tools });
    assertMatch(second.choices[0].message.content, /The tool said: rain$/);
  });

  it("lists usual models, and counts tokens and embeds without a network", async () => {
    const { data } = await (await stub().fetch("/v1/models")).json();
    const ids = data.map(({ id }: { id: string }) => id);
    for (const id of ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro"]) assert(ids.includes(id));
    const counted = await stub().post("/v1/messages/count_tokens", question("anthropic_messages"));
    assert((await counted.json()).input_tokens > 0);
    const embedded = await stub().post("/v1/embeddings", { model: "e", input: ["a", "b"] });
    assertEquals((await embedded.json()).data.length, 2);
  });

  it("says the same to the same request", async () => {
    const texts = [await ask(HELLO), await ask(HELLO)].map(({ body }) =>
      JSON.stringify(body).replaceAll(/stub-ok-\d+/g, "N")
    );
    assertEquals(texts[0], texts[1]);
  });
});

describe("A scenario", () => {
  it("says what it is told to, in every protocol and in as many pieces as it says", async () => {
    const answer = {
      reasoning: "hm",
      text: "It rains",
      toolCalls: [{ name: "f", input: { a: 1 }, id: "call_of_mine" }],
      usage: { inputTokens: 11, outputTokens: 22 },
      model: "another",
    };
    await play(stub(), [{ answer, pace: { chunks: 2 } }]);
    for (const protocol of PROTOCOLS) {
      const view = await look(stub().address, PATHS[protocol], question(protocol));
      for (const part of ["It rains", "call_of_mine", '"another"', "22"]) {
        assertStringIncludes(view.body, part);
      }
      const stream = await look(
        stub().address,
        PATHS[protocol],
        question(protocol, { stream: true }),
      );
      assertStringIncludes(stream.body, '"It r"');
      assertStringIncludes(stream.body, '"ains"');
    }
  });

  it("answers raw bytes exactly, and raw chunks as a stream", async () => {
    const bytes = Uint8Array.of(0, 0xff, 10).toBase64();
    await play(stub(), [{
      sequence: [
        { answer: { raw: { status: 418, headers: { "x-tea": "pot" }, body: "short" } } },
        { answer: { raw: { base64: bytes, headers: { "Content-Type": "x/y" } } } },
        { answer: { raw: { chunks: ["data: 1\n\n", "data: 2\n\n"] } } },
      ],
    }]);
    const next = () => look(stub().address, PATHS.openai_chat, HELLO);
    const [tea, binary, stream] = [await next(), await next(), await next()];
    assertEquals([tea.status, tea.body], [418, "short"]);
    assertStringIncludes(tea.text, "\r\nx-tea: pot\r\n");
    assertEquals(binary.body, "\x00\xff\n");
    assertEquals(binary.text.match(/content-type: .*/gi), ["Content-Type: x/y"]);
    assertEquals(stream.events, ["1", "2"]);
  });

  it("paces an answer by tokens per second", async () => {
    const text = "four".repeat(10);
    await play(stub(), [{ answer: text, pace: { chunkSize: 4, tokensPerSecond: 50 } }]);
    const body = question("openai_chat", { stream: true });
    const { totalMs, events } = await look(stub().address, PATHS.openai_chat, body);
    assertEquals(events.filter((event) => event.includes('"four"')).length, 10);
    assert(totalMs >= 200, `${totalMs} ms`);
  });

  it("leaves what no rule fits to the stub itself, and malformed bodies to its 400", async () => {
    await play(stub(), [{ when: { text: "never said" }, fault: "fail" }]);
    assertEquals((await ask(HELLO)).status, 200);
    await play(stub(), [{ fault: "fail" }]);
    const broken = await stub().fetch(PATHS.openai_chat, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    assertEquals([broken.status, (await broken.json()).error.type], [400, "invalid_request_error"]);
  });

  it("works on what the gateway answers at endpoints where the stub has no words", async () => {
    const when = { endpoint: "/models", method: "GET" };
    await play(stub(), [{ when, sequence: ["overloaded", "ok", { pace: { delayMs: 60 } }] }]);
    const seen: [number, number][] = [];
    for (let call = 0; call < 3; call++) {
      const startMs = performance.now();
      const response = await stub().fetch("/v1/models");
      const { data = [] } = await response.json();
      seen.push([response.status, data.length]);
      if (call === 2) assert(performance.now() - startMs >= 55);
    }
    assertEquals(seen.map(([status, count]) => [status, count > 5]), [
      [529, false],
      [200, true],
      [200, true],
    ]);
  });

  it("is refused as a whole when something in it is wrong, and the one before stays", async () => {
    await play(stub(), [{ fault: "quota" }]);
    const response = await stub().post("/gateway/stub/scenario", { rules: [{ falt: "fail" }] });
    const { error } = await response.json();
    assertEquals([response.status, error.code], [400, "invalid_scenario"]);
    const [{ line, column, message }] = error.problems;
    assertEquals([line, column > 10], [1, true]);
    assertEquals(message, 'rules[0].falt: unknown key, did you mean "fault"?');
    assertEquals((await ask(HELLO)).status, 429);
  });

  it("is taken as YAML, tells how often its rules answered, and can be taken away", async () => {
    const response = await stub().fetch("/gateway/stub/scenario", {
      method: "POST",
      body: "rules:\n  - name: broken\n    fault: fail\n",
    });
    assertEquals(await response.json(), { rules: [{ name: "broken", answered: 0 }] });
    await ask(HELLO);
    const tally = await (await stub().fetch("/gateway/stub/scenario")).json();
    assertEquals(tally, { rules: [{ name: "broken", answered: 1 }] });
    const removed = await stub().fetch("/gateway/stub/scenario", { method: "DELETE" });
    assertEquals(await removed.json(), { rules: [] });
    assertEquals((await ask(HELLO)).status, 200);
  });
});

describe("The request log", () => {
  it("has what was asked, in order, without a key", async () => {
    await play(stub(), [{ name: "first only", times: 1, fault: "rate-limit" }]);
    await stub().fetch("/gateway/stub/requests", { method: "DELETE" });
    const secret = "a-key-that-is-in-no-log";
    const headers = { authorization: `Bearer ${secret}`, "x-api-key": secret, "x-app": "cli" };
    await ask(HELLO, headers);
    await ask(HELLO, headers);
    await (await stub().fetch("/v1/models?limit=2")).body?.cancel();
    const [first, second, third, ...rest] = await asked(stub());
    const { headers: seen, ...told } = first!;
    assertEquals(told, {
      number: 1,
      method: "POST",
      path: PATHS.openai_chat,
      body: HELLO,
      rule: "first only",
      fault: "rate-limit",
    });
    assertEquals((seen as Record<string, string>)["x-app"], "cli");
    assertEquals([second!.rule, third!.path, rest.length], [undefined, "/v1/models?limit=2", 0]);
    const text = await (await stub().fetch("/gateway/stub/requests?format=text")).text();
    assertEquals(text.trimEnd().split("\n").length, 3);
    assert(!text.includes(secret) && !JSON.stringify([first, second]).includes(secret));
    assert(!stub().stderr.includes(secret));
  });

  it("is shown to nobody but this machine's own pages and programs", async () => {
    const foreign = { origin: "https://example.com" };
    for (const path of ["requests", "scenario"]) {
      const response = await stub().fetch(`/gateway/stub/${path}`, { headers: foreign });
      assertEquals([response.status, (await response.json()).error.code], [
        403,
        "origin_not_allowed",
      ]);
    }
    const rebound = await look(stub().address, "/gateway/stub/scenario", [], {
      headers: { host: "evil.example" },
    });
    assertEquals(rebound.status, 403);
  });

  it("needs a client key where clients need one", async () => {
    await using guarded = await startStub({ env: { GATEWAY_API_KEYS: "client-key-one" } });
    const refused = await guarded.fetch("/gateway/stub/requests");
    assertEquals((await refused.json()).error.code, "invalid_api_key");
    const headers = { authorization: "Bearer client-key-one" };
    const shown = await guarded.fetch("/gateway/stub/requests", { headers });
    assertEquals((await shown.json()).count, 0);
  });

  it("plays another scenario while answers of the one before go on to their end", async () => {
    await play(stub(), [{ name: "slow", answer: "one two three four", pace: { chunkMs: 60 } }]);
    const running = look(
      stub().address,
      PATHS.openai_chat,
      question("openai_chat", {
        stream: true,
      }),
    );
    await eventually("the answer to begin", async () => await timesAnswered(stub(), "slow") === 1);
    const statuses: number[] = [];
    for (const fault of ["fail", "rate-limit", "overloaded"]) {
      await play(stub(), [{ fault }]);
      const wrong = await stub().post("/gateway/stub/scenario", [{ fault: "no-such" }]);
      await wrong.body?.cancel();
      statuses.push(wrong.status, (await ask(HELLO)).status);
    }
    assertEquals(statuses, [400, 503, 400, 429, 400, 529]);
    const { ending, body } = await running;
    assertEquals(ending, "whole");
    assertStringIncludes(body, " four");
  });

  it("takes no other method", async () => {
    const response = await stub().post("/gateway/stub/requests", {});
    assertStringIncludes((await response.json()).error.message, "takes GET, DELETE");
    assertEquals(response.status, 405);
  });
});
