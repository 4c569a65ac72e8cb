import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import OpenAI from "openai";
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

const CHAT = modelOf("openai_chat");
const RESPONSES = modelOf("openai_responses");
const MESSAGES: { role: "user"; content: string }[] = [{ role: "user", content: "hello" }];
const ANSWER = "Grüße – you said: hello.";
const PARAMETERS = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
  additionalProperties: false,
};

/** A tool that remembers where it was asked about. */
function weatherTool() {
  const cities: string[] = [];
  const tool = {
    type: "function" as const,
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: PARAMETERS,
      parse: (input: string) => JSON.parse(input) as { city: string },
      function: ({ city }: { city: string }) => {
        cities.push(city);
        return `rain in ${city}`;
      },
    },
  };
  return { cities, tool };
}

const FUNCTION_TOOL = {
  type: "function",
  name: "get_weather",
  description: "The weather in a city",
  parameters: PARAMETERS,
  strict: true,
} as const;

describe("OpenAI SDK: chat.completions", () => {
  it("create() returns the upstream's answer and usage", async () => {
    const { openai, upstreams } = scene();
    const completion = await openai.chat.completions.create({ model: CHAT, messages: MESSAGES });
    assertEquals(completion.choices[0]?.message.content, ANSWER);
    assertEquals(completion.choices[0]?.finish_reason, "stop");
    assertEquals(completion.usage?.prompt_tokens, USED.input);
    assertEquals(completion.usage?.prompt_tokens_details?.cached_tokens, USED.cached);
    assertEquals(completion.model, `${CHAT}-2026-01-01`);
    assertEquals(upstreams.openai_chat.last.body, { model: CHAT, messages: MESSAGES });
  });

  it("create() sends the route's key upstream and never the client's", async () => {
    const { openai, upstreams } = scene();
    await openai.chat.completions.create({ model: CHAT, messages: MESSAGES });
    const headers = upstreams.openai_chat.last.headers;
    assertEquals(headers.get("authorization"), `Bearer ${upstreamKey("openai_chat")}`);
    assert(!JSON.stringify([...headers]).includes(CLIENT_KEY));
  });

  it("create({stream}) yields the words, and the usage once at the end", async () => {
    const { openai } = scene();
    const stream = await openai.chat.completions.create({
      model: CHAT,
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    assertEquals(text, ANSWER);
    assertEquals(chunks.filter((chunk) => chunk.usage).length, 1);
    assertEquals(chunks.at(-1)?.usage?.completion_tokens, USED.output);
    assertEquals(chunks.at(-2)?.choices[0]?.finish_reason, "stop");
  });

  it("stream() collects the whole completion", async () => {
    const { openai } = scene();
    const stream = openai.chat.completions.stream({ model: CHAT, messages: MESSAGES });
    const completion = await stream.finalChatCompletion();
    assertEquals(completion.choices[0]?.message.content, ANSWER);
  });

  it("runTools() calls both parallel calls and gets the final words", async () => {
    const { openai, upstreams } = scene();
    const before = upstreams.openai_chat.postCount;
    const { cities, tool } = weatherTool();
    const runner = openai.chat.completions.runTools({
      model: CHAT,
      messages: MESSAGES,
      tools: [tool],
    });
    assertEquals(await runner.finalContent(), "The tools said: rain in Oslo / rain in Lima.");
    assertEquals(cities, ["Oslo", "Lima"]);
    assertEquals(upstreams.openai_chat.postCount - before, 2);
  });

  it("runTools({stream}) calls both parallel calls and gets the final words", async () => {
    const { openai } = scene();
    const { cities, tool } = weatherTool();
    const runner = openai.chat.completions.runTools({
      model: CHAT,
      messages: MESSAGES,
      tools: [tool],
      stream: true,
    });
    assertEquals(await runner.finalContent(), "The tools said: rain in Oslo / rain in Lima.");
    assertEquals(cities, ["Oslo", "Lima"]);
  });

  it("create() works after a fallback, and the answer says so", async () => {
    const { openai, brokenModel } = scene();
    const model = brokenModel("openai_chat");
    const { data, response } = await openai.chat.completions
      .create({ model, messages: MESSAGES }).withResponse();
    assertEquals(data.choices[0]?.message.content, ANSWER);
    assertEquals(response.headers.get("x-gateway-switched"), "1");
    assertEquals((data as unknown as Record<string, unknown>)["gateway_notice"], {
      trigger_status: 503,
      from_model: model,
      from_route: "broken-for-openai_chat-openai_chat",
      to_model: CHAT,
      to_route: "good-openai_chat",
    });
  });

  it("create({stream}) works after a fallback: the notice breaks nothing", async () => {
    const { openai, brokenModel } = scene();
    const { data, response } = await openai.chat.completions
      .create({ model: brokenModel("openai_chat"), messages: MESSAGES, stream: true })
      .withResponse();
    const chunks = await Array.fromAsync(data);
    assertEquals(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), ANSWER);
    assertEquals(response.headers.get("x-gateway-switched"), "1");
    assert(chunks.every((chunk) => chunk.object === "chat.completion.chunk"));
  });

  it("runTools() works when each of its requests begins with a fallback", async () => {
    const { openai, brokenModel } = scene();
    const { cities, tool } = weatherTool();
    const runner = openai.chat.completions.runTools({
      model: brokenModel("openai_chat"),
      messages: MESSAGES,
      tools: [tool],
      stream: true,
    });
    assertEquals(await runner.finalContent(), "The tools said: rain in Oslo / rain in Lima.");
    assertEquals(cities, ["Oslo", "Lima"]);
  });

  it("a stream that breaks off is an error, never a short answer", async () => {
    const { openai } = scene();
    const stream = await openai.chat.completions.create({
      model: cutModel("openai_chat"),
      messages: MESSAGES,
      stream: true,
    });
    const seen: string[] = [];
    const error = await assertRejects(async () => {
      for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content ?? "");
    }, OpenAI.APIError);
    assertEquals(error.code, "stream_interrupted");
    assertStringIncludes(seen.join(""), "Grüße");
  });

  it("an aborted stream reaches the upstream", async () => {
    const { openai, stalling } = scene();
    const before = stalling.openai_chat.leftCount;
    const stream = await openai.chat.completions.create({
      model: stallingModel("openai_chat"),
      messages: MESSAGES,
      stream: true,
    });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) stream.controller.abort();
    }
    await eventually("the upstream's abort", () => stalling.openai_chat.leftCount > before);
  });
});

describe("OpenAI SDK: responses", () => {
  it("create() returns the upstream's answer and usage", async () => {
    const { openai, upstreams } = scene();
    const response = await openai.responses.create({ model: RESPONSES, input: "hello" });
    assertEquals(response.output_text, ANSWER);
    assertEquals(response.status, "completed");
    assertEquals(response.usage?.input_tokens_details.cached_tokens, USED.cached);
    assertEquals(upstreams.openai_responses.last.body, { model: RESPONSES, input: "hello" });
  });

  it("stream() gives every delta and the final response", async () => {
    const { openai } = scene();
    const stream = openai.responses.stream({ model: RESPONSES, input: "hello" });
    let text = "";
    stream.on("response.output_text.delta", ({ delta }) => text += delta);
    const response = await stream.finalResponse();
    assertEquals(text, ANSWER);
    assertEquals(response.output_text, ANSWER);
    assertEquals(response.usage?.output_tokens, USED.output);
  });

  it("create() makes a round trip with two parallel calls", async () => {
    const { openai } = scene();
    const first = await openai.responses.create({
      model: RESPONSES,
      input: "hello",
      tools: [FUNCTION_TOOL],
      store: false,
    });
    const calls = first.output.filter((item) => item.type === "function_call");
    assertEquals(calls.map((call) => JSON.parse(call.arguments).city), ["Oslo", "Lima"]);
    const second = await openai.responses.create({
      model: RESPONSES,
      tools: [FUNCTION_TOOL],
      store: false,
      input: [
        { role: "user", content: "hello" },
        ...first.output as OpenAI.Responses.ResponseInputItem[],
        ...calls.map(({ call_id }, index) =>
          ({ type: "function_call_output", call_id, output: `rain ${index}` }) as const
        ),
      ],
    });
    assertEquals(second.output_text, "The tools said: rain 0 / rain 1.");
  });

  it("create() works after a fallback, and the answer says so", async () => {
    const { openai, brokenModel } = scene();
    const model = brokenModel("openai_responses");
    const { data, response } = await openai.responses.create({ model, input: "hello" })
      .withResponse();
    assertEquals(data.output_text, ANSWER);
    assertEquals(response.headers.get("x-gateway-switched"), "1");
    const { gateway_notice: notice } = data as unknown as { gateway_notice: unknown };
    assertEquals(notice, {
      trigger_status: 503,
      from_model: model,
      from_route: "broken-for-openai_responses-openai_responses",
      to_model: RESPONSES,
      to_route: "good-openai_responses",
    });
  });

  it("create({stream}) works after a fallback: the notice breaks nothing", async () => {
    const { openai, brokenModel } = scene();
    const { data, response } = await openai.responses
      .create({ model: brokenModel("openai_responses"), input: "hello", stream: true })
      .withResponse();
    const events = await Array.fromAsync(data);
    assertEquals(response.headers.get("x-gateway-switched"), "1");
    assertEquals(events[0]?.type, "response.created");
    assertEquals(events.at(-1)?.type, "response.completed");
    assertEquals(events.map((event) => event.sequence_number), [...events.keys()]);
  });

  it("stream() works after a fallback", async () => {
    const { openai, brokenModel } = scene();
    const stream = openai.responses.stream({
      model: brokenModel("openai_responses"),
      input: "hello",
    });
    assertEquals((await stream.finalResponse()).output_text, ANSWER);
  });

  it("a stream that breaks off is an error, never a short answer", async () => {
    const { openai } = scene();
    const stream = await openai.responses.create({
      model: cutModel("openai_responses"),
      input: "hello",
      stream: true,
    });
    const seen: string[] = [];
    const error = await assertRejects(async () => {
      for await (const event of stream) seen.push(event.type);
    }, OpenAI.APIError);
    assertEquals(error.code, "stream_interrupted");
    assert(seen.includes("response.output_text.delta"));
    assert(!seen.includes("response.completed"));
  });
});

describe("OpenAI SDK: models, embeddings and errors", () => {
  it("models.list() gives auto and every model of the configuration", async () => {
    const { openai } = scene();
    const ids = (await Array.fromAsync(openai.models.list())).map(({ id }) => id);
    assertEquals(ids[0], "auto");
    assert(ids.includes(CHAT) && ids.includes(RESPONSES));
  });

  it("models.retrieve() gives one model", async () => {
    assertEquals((await scene().openai.models.retrieve(CHAT)).id, CHAT);
  });

  it("embeddings.create() is passed through with the route's key", async () => {
    const { openai, upstreams } = scene();
    const { data } = await openai.embeddings.create({
      model: CHAT,
      input: "hello",
      encoding_format: "float",
    });
    assertEquals(data[0]?.embedding, [0.25, -0.5]);
    const { headers, path } = upstreams.openai_chat.last;
    assertEquals(path, "/v1/embeddings");
    assertEquals(headers.get("authorization"), `Bearer ${upstreamKey("openai_chat")}`);
  });

  it("an unknown model is a NotFoundError, and nothing is sent", async () => {
    const { openai, upstreams } = scene();
    const before = upstreams.openai_chat.requests.length;
    const error = await assertRejects(
      () => openai.chat.completions.create({ model: "model-openai_chap", messages: MESSAGES }),
      OpenAI.NotFoundError,
    );
    assertEquals(error.code, "model_not_found");
    assertStringIncludes(error.message, CHAT);
    assertEquals(upstreams.openai_chat.requests.length, before);
  });

  it("a pinned model's 401 is an AuthenticationError with the upstream's words", async () => {
    const { openai } = scene();
    for (const protocol of ["openai_chat", "openai_responses"] as const) {
      const model = refusedModel(protocol);
      const error = await assertRejects(
        async () =>
          protocol === "openai_chat"
            ? void await openai.chat.completions.create({ model, messages: MESSAGES })
            : void await openai.responses.create({ model, input: "hello" }),
        OpenAI.AuthenticationError,
        "Incorrect API key provided",
      );
      assertEquals(error.code, "invalid_api_key");
    }
  });

  it("a body that the protocol forbids is a BadRequestError that names the place", async () => {
    const { openai } = scene();
    const messages = [{ role: "user", content: 5 }] as never;
    const error = await assertRejects(
      () => openai.chat.completions.create({ model: modelOf("anthropic_messages"), messages }),
      OpenAI.BadRequestError,
    );
    assertStringIncludes(error.message, "messages[0].content");
    assertEquals(error.param, "messages[0].content");
  });
});
