import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "./eventually.ts";
import {
  CLIENT_KEY,
  cutModel,
  modelOf,
  refusedModel,
  sdkScene,
  stallingModel,
  upstreamKey,
} from "./sdk_scene.ts";
import { sharedByTests } from "./shared.ts";
import { USED } from "./upstream/wire.ts";

const scene = sharedByTests(sdkScene);

const MODEL = modelOf("anthropic_messages");
const ANSWER = "Grüße – you said: hello.";
const QUESTION = {
  model: MODEL,
  max_tokens: 100,
  messages: [{ role: "user", content: "hello" }],
} satisfies Anthropic.MessageCreateParams;

const WEATHER: Anthropic.Tool = {
  name: "get_weather",
  description: "The weather in a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => block.type === "text" ? block.text : "").join("");
}

/** A tool of the SDK's runner that remembers where it was asked about. */
function weatherTool() {
  const cities: string[] = [];
  const tool = betaTool({
    name: "get_weather",
    description: "The weather in a city",
    inputSchema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
    run: ({ city }) => {
      cities.push(city);
      return `rain in ${city}`;
    },
  });
  return { cities, tool };
}

describe("Anthropic SDK: messages", () => {
  it("create() returns the upstream's answer and usage", async () => {
    const { anthropic, upstreams } = scene();
    const message = await anthropic.messages.create(QUESTION);
    assertEquals(textOf(message), ANSWER);
    assertEquals(message.stop_reason, "end_turn");
    assertEquals(message.usage.input_tokens, USED.input - USED.cached);
    assertEquals(message.usage.cache_read_input_tokens, USED.cached);
    assertEquals(message.usage.output_tokens, USED.output);
    assertEquals(upstreams.anthropic_messages.last.body, QUESTION);
  });

  it("create() sends the route's key upstream and never the client's", async () => {
    const { anthropic, upstreams } = scene();
    await anthropic.messages.create(QUESTION);
    const { headers } = upstreams.anthropic_messages.last;
    assertEquals(headers.get("x-api-key"), upstreamKey("anthropic_messages"));
    assertEquals(headers.get("authorization"), null);
    assert(!JSON.stringify([...headers]).includes(CLIENT_KEY));
    assert(headers.has("anthropic-version"));
  });

  it("create({stream}) yields the events in the order of the protocol", async () => {
    const { anthropic } = scene();
    const stream = await anthropic.messages.create({ ...QUESTION, stream: true });
    const types = (await Array.fromAsync(stream)).map(({ type }) => type);
    assertEquals([types[0], types[1]], ["message_start", "content_block_start"]);
    assertEquals(types.slice(-3), ["content_block_stop", "message_delta", "message_stop"]);
  });

  it("stream() collects the whole message", async () => {
    const { anthropic } = scene();
    const stream = anthropic.messages.stream(QUESTION);
    let text = "";
    stream.on("text", (delta) => text += delta);
    const message = await stream.finalMessage();
    assertEquals(text, ANSWER);
    assertEquals(textOf(message), ANSWER);
    assertEquals(message.usage.output_tokens, USED.output);
  });

  it("stream() makes a round trip with two parallel calls", async () => {
    const { anthropic, upstreams } = scene();
    const first = await anthropic.messages.stream({ ...QUESTION, tools: [WEATHER] })
      .finalMessage();
    assertEquals(first.stop_reason, "tool_use");
    const calls = first.content.filter((block) => block.type === "tool_use");
    assertEquals(calls.map(({ input }) => input), [{ city: "Oslo" }, { city: "Lima" }]);
    const results = calls.map(({ id }, index): Anthropic.ToolResultBlockParam => ({
      type: "tool_result",
      tool_use_id: id,
      content: `rain ${index}`,
    }));
    const second = await anthropic.messages.stream({
      ...QUESTION,
      tools: [WEATHER],
      messages: [
        ...QUESTION.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: results },
      ],
    }).finalMessage();
    assertEquals(textOf(second), "The tools said: rain 0 / rain 1.");
    assertEquals(upstreams.anthropic_messages.last.body.messages.length, 3);
  });

  it("toolRunner() calls both parallel calls and gets the final words", async () => {
    const { anthropic } = scene();
    const { cities, tool } = weatherTool();
    const message = await anthropic.beta.messages
      .toolRunner({ ...QUESTION, tools: [tool], thread: false });
    assertEquals(
      textOf(message as Anthropic.Message),
      "The tools said: rain in Oslo / rain in Lima.",
    );
    assertEquals(cities, ["Oslo", "Lima"]);
  });

  it("toolRunner() on a thread works at an upstream that knows no threads", async () => {
    const { anthropic } = scene();
    const { cities, tool } = weatherTool();
    const message = await anthropic.beta.messages
      .toolRunner({ ...QUESTION, model: modelOf("openai_chat"), tools: [tool] });
    assertEquals(
      textOf(message as Anthropic.Message),
      "The tools said: rain in Oslo / rain in Lima.",
    );
    assertEquals(cities, ["Oslo", "Lima"]);
  });

  it("create() works after a fallback, and the answer says so", async () => {
    const { anthropic, brokenModel } = scene();
    const model = brokenModel("anthropic_messages");
    const { data, response } = await anthropic.messages.create({ ...QUESTION, model })
      .withResponse();
    assertEquals(textOf(data), ANSWER);
    assertEquals(response.headers.get("x-gateway-switched"), "1");
    const { gateway_notice: notice } = data as unknown as { gateway_notice: unknown };
    assertEquals(notice, {
      trigger_status: 503,
      from_model: model,
      from_route: "broken-for-anthropic_messages-anthropic_messages",
      to_model: MODEL,
      to_route: "good-anthropic_messages",
    });
  });

  it("stream() works after a fallback: one message_start, and the notice breaks nothing", async () => {
    const { anthropic, brokenModel } = scene();
    const stream = anthropic.messages
      .stream({ ...QUESTION, model: brokenModel("anthropic_messages") });
    const types: string[] = [];
    stream.on("streamEvent", ({ type }) => types.push(type));
    const { response } = await stream.withResponse();
    const message = await stream.finalMessage();
    assertEquals(response.headers.get("x-gateway-switched"), "1");
    assertEquals(textOf(message), ANSWER);
    assertEquals(types.filter((type) => type === "message_start").length, 1);
  });

  it("toolRunner() works when each of its requests begins with a fallback", async () => {
    const { anthropic, brokenModel } = scene();
    const { cities, tool } = weatherTool();
    const model = brokenModel("anthropic_messages");
    const message = await anthropic.beta.messages
      .toolRunner({ ...QUESTION, model, tools: [tool], thread: false });
    assertEquals(
      textOf(message as Anthropic.Message),
      "The tools said: rain in Oslo / rain in Lima.",
    );
    assertEquals(cities, ["Oslo", "Lima"]);
  });

  it("a stream that breaks off is an error, never a short answer", async () => {
    const { anthropic } = scene();
    const stream = anthropic.messages
      .stream({ ...QUESTION, model: cutModel("anthropic_messages") });
    let text = "";
    stream.on("text", (delta) => text += delta);
    await assertRejects(
      () => stream.finalMessage(),
      Anthropic.APIError,
      "The upstream broke off",
    );
    assertStringIncludes(text, "Grüße");
  });

  it("an aborted stream reaches the upstream", async () => {
    const { anthropic, stalling } = scene();
    const before = stalling.anthropic_messages.leftCount;
    const stream = anthropic.messages
      .stream({ ...QUESTION, model: stallingModel("anthropic_messages") });
    stream.on("text", () => stream.abort());
    await assertRejects(() => stream.done(), Anthropic.APIUserAbortError);
    await eventually("the upstream's abort", () => stalling.anthropic_messages.leftCount > before);
  });
});

describe("Anthropic SDK: models and errors", () => {
  it("models.list() gives auto and every model of the configuration", async () => {
    const ids = (await Array.fromAsync(scene().anthropic.models.list())).map(({ id }) => id);
    assertEquals(ids[0], "auto");
    assert(ids.includes(MODEL));
  });

  it("models.retrieve() gives one model", async () => {
    const model = await scene().anthropic.models.retrieve(MODEL);
    assertEquals([model.type, model.id], ["model", MODEL]);
  });

  it("messages.countTokens() is answered by a native upstream", async () => {
    const { anthropic } = scene();
    const { model, messages } = QUESTION;
    assertEquals((await anthropic.messages.countTokens({ model, messages })).input_tokens, 12);
  });

  it("messages.countTokens() is estimated where the upstream has another protocol", async () => {
    const { anthropic, upstreams } = scene();
    const before = upstreams.openai_chat.requests.length;
    const { data, response } = await anthropic.messages
      .countTokens({ model: modelOf("openai_chat"), messages: QUESTION.messages })
      .withResponse();
    assert(data.input_tokens > 0);
    assertEquals(response.headers.get("x-gateway-estimated"), "1");
    assertEquals(upstreams.openai_chat.requests.length, before);
  });

  it("an unknown model is a NotFoundError, and nothing is sent", async () => {
    const { anthropic, upstreams } = scene();
    const before = upstreams.anthropic_messages.requests.length;
    const error = await assertRejects(
      () => anthropic.messages.create({ ...QUESTION, model: "model-anthropic_massages" }),
      Anthropic.NotFoundError,
    );
    assertStringIncludes(error.message, MODEL);
    const { error: body } = error.error as { error: { type: string } };
    assertEquals(body.type, "not_found_error");
    assertEquals(upstreams.anthropic_messages.requests.length, before);
  });

  it("a pinned model's 401 is an AuthenticationError with the upstream's words", async () => {
    const { anthropic } = scene();
    const model = refusedModel("anthropic_messages");
    await assertRejects(
      () => anthropic.messages.create({ ...QUESTION, model }),
      Anthropic.AuthenticationError,
      "Incorrect API key provided",
    );
    await assertRejects(
      () => anthropic.messages.stream({ ...QUESTION, model }).finalMessage(),
      Anthropic.AuthenticationError,
    );
  });

  it("a body that the protocol forbids is a BadRequestError that names the place", async () => {
    const { anthropic } = scene();
    const messages = [{ role: "user", content: 5 }] as never;
    const error = await assertRejects(
      () => anthropic.messages.create({ ...QUESTION, model: modelOf("openai_chat"), messages }),
      Anthropic.BadRequestError,
    );
    assertStringIncludes(error.message, "messages[0].content");
  });
});
