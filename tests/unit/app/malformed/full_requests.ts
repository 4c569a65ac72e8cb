/**
 * One request per protocol that has every field of its schema.
 *
 * What a protocol's codec only hands on, or drops, is checked as far as its own type; what is in it
 * is not read.
 *
 * @module
 */
import type { Protocol } from "../../../../lib/base/protocol.ts";
import {
  anything,
  flag,
  free,
  list,
  number,
  or,
  record,
  type Shape,
  text,
} from "./request_shape.ts";

const PICTURE = "iVBORw0KGgo=";
const SCHEMA = { type: "object", properties: { city: { type: "string" } } };
const CHANGE = { type: "ephemeral", ttl: "5m" };

const chat = record({
  model: text("model"),
  messages: list(
    record({ role: text("system"), content: or(text("Be brief."), "array"), name: text("boss") }),
    record({
      role: text("developer"),
      content: or(list(record({ type: text("text"), text: text("Be kind.") })), "string"),
    }),
    record({
      role: text("user"),
      name: text("ann"),
      content: or(
        list(
          record({ type: text("text"), text: text("hello") }),
          record({
            type: text("image_url"),
            image_url: or(
              record({ url: text(`data:image/png;base64,${PICTURE}`), detail: text("low") }),
              "string",
            ),
          }),
          record({
            type: text("input_audio"),
            input_audio: record({ data: text("UklGRg=="), format: text("wav") }),
          }),
          record({
            type: text("file"),
            file: record({
              file_data: text("data:application/pdf;base64,JVBERi0="),
              filename: text("a.pdf"),
            }),
          }),
          record({ type: text("file"), file: record({ file_id: text("file-1") }) }),
        ),
        "string",
      ),
    }),
    record({
      role: text("assistant"),
      content: or(
        list(
          record({ type: text("text"), text: text("I ask.") }),
          record({ type: text("refusal"), refusal: text("Not that.") }),
        ),
        "string",
      ),
      refusal: text("No."),
      name: text("bot"),
      audio: free({ id: "audio_1" }),
      reasoning_content: anything("Hm."),
      tool_calls: list(
        record({
          id: text("call_1"),
          type: text("function"),
          function: record({ name: text("weather"), arguments: text("{}") }),
        }),
        record({
          id: text("call_2"),
          type: text("custom"),
          custom: record({ name: text("shell"), input: text("ls") }),
        }),
      ),
    }),
    record({
      role: text("tool"),
      tool_call_id: text("call_1"),
      content: or(text("rain"), "array"),
    }),
    record({
      role: text("tool"),
      tool_call_id: text("call_2"),
      content: or(list(record({ type: text("text"), text: text("a.txt") })), "string"),
    }),
    record({
      role: text("assistant"),
      content: or(text(""), "array"),
      function_call: record({ name: text("weather"), arguments: text("{}") }),
    }),
    record({ role: text("function"), name: text("weather"), content: or(text("sun"), "array") }),
    record({ role: text("user"), content: or(text("and now?"), "array") }),
  ),
  stream: flag(false),
  stream_options: record({ include_usage: flag(true), include_obfuscation: anything(false) }),
  tools: list(
    record({
      type: text("function"),
      function: record({
        name: text("weather"),
        description: text("The weather"),
        parameters: free(SCHEMA),
        strict: flag(false),
      }),
    }),
    record({
      type: text("custom"),
      custom: record({
        name: text("shell"),
        description: text("A shell"),
        format: free({ type: "text" }),
      }),
    }),
  ),
  tool_choice: or(
    record({ type: text("function"), function: record({ name: text("weather") }) }),
    "string",
  ),
  functions: list(
    record({
      name: text("weather"),
      description: text("The weather"),
      parameters: free(SCHEMA),
    }),
  ),
  function_call: or(record({ name: text("weather") }), "string"),
  parallel_tool_calls: flag(true),
  max_tokens: number(100),
  max_completion_tokens: number(100),
  temperature: number(0.5),
  top_p: number(0.5),
  stop: or(list(text("END")), "string"),
  n: number(1),
  seed: number(1),
  presence_penalty: number(0),
  frequency_penalty: number(0),
  logit_bias: free({ "50256": -100 }),
  logprobs: flag(false),
  top_logprobs: number(0),
  user: text("ann"),
  safety_identifier: text("ann"),
  response_format: record({
    type: text("json_schema"),
    json_schema: record({
      name: text("place"),
      description: text("A place"),
      schema: free(SCHEMA),
      strict: flag(false),
    }),
  }),
  reasoning_effort: text("low"),
  reasoning: record({ effort: text("low"), max_tokens: number(100), exclude: flag(false) }),
  verbosity: text("low"),
  service_tier: text("auto"),
  store: flag(false),
  metadata: free({ a: "b" }),
  modalities: free(["text"]),
  audio: free({ voice: "alloy", format: "wav" }),
  prediction: free({ type: "content", content: "a" }),
  web_search_options: free({ search_context_size: "low" }),
  prompt_cache_key: text("key"),
  prompt_cache_retention: text("24h"),
  prompt_cache_options: free({ mode: "auto" }),
  moderation: free({}),
});

const summary = list(record({ type: text("summary_text"), text: text("Hm.") }));

const responses = record({
  model: text("model"),
  instructions: text("Be brief."),
  input: or(
    list(
      record({ type: text("message"), role: text("developer"), content: or(text("a"), "array") }),
      record({
        type: text("message"),
        role: text("user"),
        content: or(
          list(
            record({ type: text("input_text"), text: text("hello") }),
            record({
              type: text("input_image"),
              image_url: or(text(`data:image/png;base64,${PICTURE}`)),
              detail: text("low"),
            }),
            record({ type: text("input_image"), file_id: text("file-1"), detail: text("low") }),
            record({
              type: text("input_file"),
              file_data: text("data:application/pdf;base64,JVBERi0="),
              filename: text("a.pdf"),
            }),
            record({ type: text("input_file"), file_url: text("https://example.com/a.pdf") }),
            record({ type: text("input_file"), file_id: text("file-1") }),
          ),
          "string",
        ),
      }),
      record({
        type: text("reasoning"),
        id: text("rs_1"),
        status: text("completed"),
        summary,
        content: list(record({ type: text("reasoning_text"), text: text("Hm.") })),
        encrypted_content: text("gAAAAAB"),
      }),
      record({
        type: text("message"),
        id: text("msg_1"),
        status: text("completed"),
        role: text("assistant"),
        content: or(
          list(
            record({
              type: text("output_text"),
              text: text("I ask."),
              annotations: anything([]),
              logprobs: anything([]),
            }),
            record({ type: text("refusal"), refusal: text("No.") }),
          ),
          "string",
        ),
      }),
      record({
        type: text("function_call"),
        id: text("fc_1"),
        status: text("completed"),
        call_id: text("call_1"),
        name: text("weather"),
        arguments: text("{}"),
      }),
      record({
        type: text("function_call_output"),
        id: text("fc_2"),
        status: text("completed"),
        call_id: text("call_1"),
        output: or(
          list(
            record({ type: text("input_text"), text: text("rain") }),
            record({
              type: text("input_image"),
              image_url: text(`data:image/png;base64,${PICTURE}`),
            }),
          ),
          "string",
        ),
      }),
      record({
        type: text("custom_tool_call"),
        id: text("ctc_1"),
        call_id: text("call_2"),
        name: text("shell"),
        input: text("ls"),
      }),
      record({
        type: text("custom_tool_call_output"),
        call_id: text("call_2"),
        output: or(text("a.txt"), "array"),
      }),
      record({ type: text("item_reference"), id: anything("msg_2") }),
      record({ role: text("user"), content: or(text("and now?"), "array") }),
    ),
    "string",
  ),
  stream: flag(false),
  stream_options: free({ include_obfuscation: false }),
  tools: list(
    record({
      type: text("function"),
      name: text("weather"),
      description: text("The weather"),
      parameters: free(SCHEMA),
      strict: flag(false),
    }),
    record({
      type: text("custom"),
      name: text("shell"),
      description: text("A shell"),
      format: free({ type: "text" }),
    }),
    record({ type: text("web_search"), search_context_size: anything("low") }),
  ),
  tool_choice: or(record({ type: text("function"), name: text("weather") }), "string"),
  parallel_tool_calls: flag(true),
  max_output_tokens: number(100),
  max_tool_calls: number(5),
  temperature: number(0.5),
  top_p: number(0.5),
  top_logprobs: number(0),
  reasoning: record({ effort: text("low"), summary: text("auto") }),
  text: record({
    verbosity: text("low"),
    format: record({
      type: text("json_schema"),
      name: text("place"),
      description: text("A place"),
      schema: free(SCHEMA),
      strict: flag(false),
    }),
  }),
  user: text("ann"),
  safety_identifier: text("ann"),
  store: flag(false),
  include: list(text("reasoning.encrypted_content")),
  metadata: free({ a: "b" }),
  client_metadata: free({ a: "b" }),
  service_tier: text("auto"),
  truncation: text("disabled"),
  prompt_cache_key: text("key"),
  prompt_cache_retention: text("24h"),
  background: flag(false),
});

/** What stands for a state that only one upstream has: refused when it is right, too. */
const stateful = record({
  model: text("model"),
  input: or(text("hello"), "array"),
  previous_response_id: text("resp_1"),
  conversation: or(text("conv_1"), "object"),
  prompt: free({ id: "pmpt_1" }),
  background: flag(true),
});

const mark = record({ type: anything("ephemeral"), ttl: anything("5m") });

const messages = record({
  model: text("model"),
  max_tokens: number(4096),
  system: or(
    list(record({ type: text("text"), text: text("Be brief."), cache_control: mark })),
    "string",
  ),
  messages: list(
    record({
      role: text("user"),
      content: or(
        list(
          record({ type: text("text"), text: text("hello"), cache_control: mark }),
          record({
            type: text("image"),
            source: record({
              type: text("base64"),
              media_type: text("image/png"),
              data: text(PICTURE),
            }),
          }),
          record({
            type: text("image"),
            source: record({ type: text("url"), url: text("https://example.com/a.png") }),
          }),
          record({
            type: text("image"),
            source: record({ type: text("file"), file_id: text("file_1") }),
          }),
          record({
            type: text("document"),
            title: text("A"),
            context: anything("b"),
            citations: anything({ enabled: true }),
            source: record({
              type: text("base64"),
              media_type: text("application/pdf"),
              data: text("JVBERi0="),
            }),
          }),
          record({
            type: text("document"),
            source: record({
              type: text("text"),
              media_type: text("text/plain"),
              data: text("words"),
            }),
          }),
        ),
        "string",
      ),
    }),
    record({
      role: text("assistant"),
      content: or(
        list(
          record({ type: text("thinking"), thinking: text("Hm."), signature: text("EqQB") }),
          record({ type: text("redacted_thinking"), data: text("EqQB") }),
          record({ type: text("text"), text: text("I ask.") }),
          record({
            type: text("tool_use"),
            id: text("toolu_1"),
            name: text("weather"),
            input: free({ city: "Oslo" }),
          }),
          record({
            type: text("tool_use"),
            id: text("toolu_2"),
            name: text("weather"),
            input: free({}),
          }),
        ),
        "string",
      ),
    }),
    record({
      role: text("user"),
      content: or(
        list(
          record({
            type: text("tool_result"),
            tool_use_id: text("toolu_1"),
            is_error: flag(false),
            content: or(
              list(
                record({ type: text("text"), text: text("rain") }),
                record({
                  type: text("image"),
                  source: record({
                    type: text("base64"),
                    media_type: text("image/png"),
                    data: text(PICTURE),
                  }),
                }),
              ),
              "string",
            ),
          }),
          record({
            type: text("tool_result"),
            tool_use_id: text("toolu_2"),
            content: or(text("sun"), "array"),
          }),
        ),
        "string",
      ),
    }),
    record({ role: text("system"), content: or(text("Be kind."), "array") }),
    record({ role: text("user"), content: or(text("and now?"), "array") }),
  ),
  stream: flag(false),
  tools: list(
    record({
      type: text("custom"),
      name: text("weather"),
      description: text("The weather"),
      input_schema: free(SCHEMA),
      strict: flag(false),
      input_examples: anything([]),
      cache_control: mark,
    }),
    record({ type: text("web_search_20250305"), name: text("web_search"), max_uses: anything(5) }),
  ),
  tool_choice: record({
    type: text("tool"),
    name: text("weather"),
    disable_parallel_tool_use: flag(true),
  }),
  temperature: number(0.5),
  top_p: number(0.5),
  top_k: number(5),
  stop_sequences: list(text("END")),
  thinking: record({
    type: text("enabled"),
    budget_tokens: number(1024),
    display: text("summarized"),
  }),
  output_config: record({
    effort: text("low"),
    format: record({ type: text("json_schema"), schema: free(SCHEMA) }),
  }),
  metadata: record({ user_id: text("ann") }),
  service_tier: text("auto"),
  context_management: free({ edits: [] }),
  container: or(text("container_1"), "object"),
  mcp_servers: free([{ type: "url", url: "https://example.com", name: "a" }]),
  inference_geo: text("eu"),
  cache_control: free(CHANGE),
});

/** A full request, and what its protocol's endpoint is. */
export interface FullRequest {
  name: string;
  protocol: Protocol;
  path: string;
  request: Shape;
  /** What answers it when nothing is wrong. */
  status: number;
}

/** Every full request. */
export const FULL_REQUESTS: readonly FullRequest[] = [
  {
    name: "Chat",
    protocol: "openai_chat",
    path: "/v1/chat/completions",
    request: chat,
    status: 200,
  },
  {
    name: "Responses",
    protocol: "openai_responses",
    path: "/v1/responses",
    request: responses,
    status: 200,
  },
  {
    name: "stateful Responses",
    protocol: "openai_responses",
    path: "/v1/responses",
    request: stateful,
    status: 400,
  },
  {
    name: "Messages",
    protocol: "anthropic_messages",
    path: "/anthropic/v1/messages",
    request: messages,
    status: 200,
  },
];
