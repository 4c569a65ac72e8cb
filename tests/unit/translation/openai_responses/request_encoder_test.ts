import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../../lib/base/error.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { AssistantBlock, UserBlock } from "../../../../lib/chat/block.ts";
import type { ChatRequest, Message } from "../../../../lib/chat/request.ts";
import { restoreToolCallId } from "../../../../lib/translation/tool_call_id.ts";
import { bodyOf, lossesOf } from "./samples.ts";

const text = (text: string) => ({ type: "text", text } as const);
const user = (...content: UserBlock[]): Message => ({ role: "user", content });
const assistant = (...content: AssistantBlock[]): Message => ({ role: "assistant", content });
const system = (words: string): Message => ({ role: "system", content: [text(words)] });
const call = (id: string, input = "{}") => ({ type: "tool-call", id, name: "f", input } as const);
const result = (
  toolCallId: string,
  ...content: (UserBlock & { type: "text" | "image" })[]
) => ({ type: "tool-result", toolCallId, content } as const);

const image = { type: "image", source: { kind: "url", url: "https://example.com/a.png" } } as const;
const pixels = { kind: "base64", mediaType: "image/png", data: "aWk=" } as const;

function inputOf(messages: Message[], quirks = {}): JsonObject[] {
  return bodyOf({ messages }, quirks).input as JsonObject[];
}

describe("encodeRequest()", () => {
  it("writes a stateless request with a typed message", () => {
    assertEquals(bodyOf({ stream: true, maxTokens: 100, temperature: 1, topP: 0.5 }), {
      model: "m",
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] }],
      store: false,
      stream: true,
      max_output_tokens: 100,
      temperature: 1,
      top_p: 0.5,
    });
  });

  it("writes leading system turns as instructions and later ones in place", () => {
    const { instructions, input } = bodyOf({
      messages: [system("One."), system("Two."), user(text("Hi")), system("Three.")],
    });
    assertEquals(instructions, "One.\n\nTwo.");
    assertEquals((input as JsonObject[])[1], {
      type: "message",
      role: "developer",
      content: [{ type: "input_text", text: "Three." }],
    });
  });

  it("writes system turns as input when there is nothing else, which must not be empty", () => {
    const { instructions, input } = bodyOf({ messages: [system("One.")] });
    assertEquals(instructions, undefined);
    assertEquals((input as JsonObject[]).map(({ role }) => role), ["developer"]);
  });

  it("writes a turn with calls as items in the order of its blocks", () => {
    const freeform = { ...call("c2", "free"), isFreeform: true };
    const messages = [
      assistant(text("One."), call("c1", ""), text("Two."), freeform),
      user(result("c1", text("a"), text("b")), result("c2"), text("Go on.")),
    ];
    assertEquals(inputOf(messages), [
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "One." }] },
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Two." }] },
      { type: "custom_tool_call", call_id: "c2", name: "f", input: "free" },
      { type: "function_call_output", call_id: "c1", output: "a\nb" },
      { type: "custom_tool_call_output", call_id: "c2", output: "" },
      { type: "message", role: "user", content: [{ type: "input_text", text: "Go on." }] },
    ]);
  });

  it("writes images and documents as parts, also in the results of tools", () => {
    const messages = [
      assistant(call("c1")),
      user(
        result("c1", text("seen"), { type: "image", source: pixels }),
        { ...image, detail: "low" },
        { type: "document", source: { ...pixels, mediaType: "application/pdf" } },
        { type: "document", source: { kind: "text", text: "words" }, name: "a.txt" },
      ),
    ];
    const [, output, message] = inputOf(messages);
    assertEquals(output?.output, [
      { type: "input_text", text: "seen" },
      { type: "input_image", detail: "auto", image_url: "data:image/png;base64,aWk=" },
    ]);
    assertEquals(message?.content, [
      { type: "input_image", detail: "low", image_url: "https://example.com/a.png" },
      {
        type: "input_file",
        file_data: "data:application/pdf;base64,aWk=",
        filename: "document.pdf",
      },
      { type: "input_text", text: "a.txt:\nwords" },
    ]);
  });

  it("says in words where an image was when the upstream cannot see", () => {
    const fields = { messages: [user(image)] };
    const [message] = bodyOf(fields, { vision: false }).input as JsonObject[];
    assertEquals((message?.content as JsonObject[])[0]?.type, "input_text");
    assertEquals(lossesOf(fields, { vision: false }), ["messages.content.image dropped!"]);
  });

  it("drops a file that lies in another vendor's store, and keeps one of its own vendor", () => {
    const messages = [
      user({ type: "document", source: { kind: "file", id: "file-1" } }, text("x")),
    ];
    const parts = (source: ChatRequest["source"]) => {
      const [message] = bodyOf({ messages, source }).input as JsonObject[];
      return (message?.content as JsonObject[]).length;
    };
    assertEquals(parts("openai_chat"), 2);
    assertEquals(parts("anthropic_messages"), 1);
    assertEquals(lossesOf({ messages, source: "anthropic_messages" }), [
      "messages.content.document dropped!",
    ]);
  });

  it("says in words that a tool failed", () => {
    const failed = (words: string) => {
      const block = { ...result("c1", text(words)), isError: true };
      return inputOf([assistant(call("c1")), user(block)])[1]?.output;
    };
    assertEquals(failed("no such file"), "Error: no such file");
    assertEquals(failed("TypeError: x"), "TypeError: x");
  });

  it("fits the ids of calls, reversibly and each once", () => {
    const messages = [
      assistant(call("f:0")),
      user(result("f:0")),
      assistant(call("f:0")),
      user(result("f:0")),
    ];
    const ids = inputOf(messages).map(({ call_id }) => String(call_id));
    assertEquals(ids[0], ids[1]);
    assertEquals(ids[2], ids[3]);
    assertEquals(ids[0] === ids[2], false);
    assertEquals(restoreToolCallId(ids[0]!), "f:0");
  });

  it("answers a call that has no result, after the calls of its turn", () => {
    const messages = [
      assistant(call("c1"), call("c2")),
      user(result("c2", text("two")), text("Go on.")),
    ];
    assertEquals(inputOf(messages).map(({ type, call_id }) => [type, call_id]), [
      ["function_call", "c1"],
      ["function_call", "c2"],
      ["function_call_output", "c1"],
      ["function_call_output", "c2"],
      ["message", undefined],
    ]);
    assertEquals(lossesOf({ messages }), ["messages.tool_calls approximated!"]);
  });

  it("tells a result that answers no call as words of the user", () => {
    const messages = [user(result("c9", text("lost")), text("Go on."))];
    assertEquals(inputOf(messages), [{
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "Result of the tool call c9:" },
        { type: "input_text", text: "lost" },
        { type: "input_text", text: "Go on." },
      ],
    }]);
    assertEquals(lossesOf({ messages }), ["messages.role.tool approximated!"]);
  });

  it("takes a second result of one call for one that answers none", () => {
    const messages = [assistant(call("c1")), user(result("c1"), result("c1", text("again")))];
    assertEquals(inputOf(messages).map(({ type }) => type), [
      "function_call",
      "function_call_output",
      "message",
    ]);
  });

  it("sends a thought back only to whom encrypted it", () => {
    const thought = (owner?: ChatRequest["source"]) => ({
      type: "reasoning" as const,
      text: "Hm.",
      ...(owner === undefined ? {} : { signature: { owner, value: "gAAA" } }),
    });
    const messages = [
      assistant(thought("openai_responses"), thought("anthropic_messages"), thought(), text("x")),
      user(text("y")),
    ];
    assertEquals(inputOf(messages)[0], {
      type: "reasoning",
      summary: [{ type: "summary_text", text: "Hm." }],
      encrypted_content: "gAAA",
    });
    assertEquals(inputOf(messages).length, 3);
    assertEquals(lossesOf({ messages, source: "anthropic_messages" }), [
      "messages.content.thinking dropped",
    ]);
  });

  it("writes tools with an explicit strict, which would else be read as true", () => {
    const { tools, tool_choice, parallel_tool_calls } = bodyOf({
      tools: [
        { type: "function", name: "f" },
        { type: "function", name: "g", parameters: { type: "object" }, strict: true },
        {
          type: "freeform",
          name: "h",
          format: { type: "grammar", grammar: { definition: "d", syntax: "lark" } },
        },
        { type: "server", owner: "openai_chat", name: "web", value: { type: "web" } },
      ],
      toolChoice: { type: "tool", name: "h" },
      parallelToolCalls: false,
    });
    assertEquals(tools, [
      {
        type: "function",
        name: "f",
        parameters: { type: "object", properties: {} },
        strict: false,
      },
      { type: "function", name: "g", parameters: { type: "object" }, strict: true },
      { type: "custom", name: "h", format: { type: "grammar", definition: "d", syntax: "lark" } },
    ]);
    assertEquals(tool_choice, { type: "custom", name: "h" });
    assertEquals(parallel_tool_calls, false);
  });

  it("drops the choice of a tool together with an empty list of tools", () => {
    const body = bodyOf({ tools: [], toolChoice: { type: "auto" }, parallelToolCalls: true });
    assertEquals([body.tools, body.tool_choice, body.parallel_tool_calls], [
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("asks for the thoughts along with the effort, so that they can be sent back", () => {
    const reasoning = (settings: ChatRequest["reasoning"] & object) => {
      const body = bodyOf({ reasoning: settings });
      return [body.reasoning, body.include];
    };
    const include = ["reasoning.encrypted_content"];
    assertEquals(reasoning({ effort: "low" }), [{ effort: "low" }, include]);
    assertEquals(reasoning({ effort: "max", isVisible: true }), [
      { effort: "xhigh", summary: "auto" },
      include,
    ]);
    assertEquals(reasoning({ budgetTokens: 2_000 }), [{ effort: "low" }, include]);
    assertEquals(reasoning({ budgetTokens: 31_999 }), [{ effort: "high" }, include]);
    assertEquals(reasoning({ effort: "none" }), [{ effort: "none" }, undefined]);
    assertEquals(reasoning({}), [undefined, undefined]);
  });

  it("tells which wishes it could only come near to", () => {
    assertEquals(lossesOf({ reasoning: { effort: "max" } }), ["reasoning_effort approximated"]);
    assertEquals(
      lossesOf({ reasoning: { budgetTokens: 9 }, source: "anthropic_messages" }),
      ["thinking.budget_tokens approximated"],
    );
    assertEquals(lossesOf({ stopSequences: ["x"] }), ["stop dropped!"]);
    assertEquals(lossesOf({ maxTokens: 1 }), ["max_tokens approximated"]);
    assertEquals(bodyOf({ maxTokens: 1 }).max_output_tokens, 16);
    assertEquals(lossesOf({ messages: [{ ...user(text("x")), name: "Ann" } as Message] }), [
      "messages.name dropped!",
    ]);
  });

  it("writes the name that a schema needs, and its strict", () => {
    const format = bodyOf({ outputFormat: { type: "json_schema", schema: { type: "object" } } });
    assertEquals(format.text, {
      format: { type: "json_schema", schema: { type: "object" }, name: "answer", strict: false },
    });
    assertEquals(bodyOf({ outputFormat: { type: "json_object" } }).text, {
      format: { type: "json_object" },
    });
  });

  it("drops a user's name that is longer than the protocol takes", () => {
    assertEquals(bodyOf({ userId: "u" }).user, "u");
    assertEquals(bodyOf({ userId: "u".repeat(65) }).user, undefined);
    assertEquals(lossesOf({ userId: "u".repeat(65), source: "anthropic_messages" }), [
      "metadata.user_id dropped",
    ]);
  });

  it("refuses a thread, so that the SDK sends the whole history", () => {
    const fields = { source: "anthropic_messages", extras: { thread: { id: "t" } } } as const;
    const error = assertThrows(() => bodyOf(fields), GatewayError);
    assertEquals(error.status, 400);
    assertEquals(error.code, "thread_unsupported_request");
    assertEquals(error.details, {
      error_code: "thread_unsupported_request",
      unsupported: ["thread"],
    });
  });

  it("leaves out the parameters that a route does not take, each as a loss", () => {
    const quirks = { dropParams: ["temperature", "store", "top_p"] };
    assertEquals("temperature" in bodyOf({ temperature: 1 }, quirks), false);
    assertEquals(lossesOf({ temperature: 1 }, quirks), ["temperature dropped!", "store dropped"]);
  });

  it("leaves out a summary of thoughts without the thoughts", () => {
    const quirks = { dropParams: ["reasoning.summary"] };
    const reasoning = { effort: "low", isVisible: true } as const;
    assertEquals(bodyOf({ reasoning }, quirks).reasoning, { effort: "low" });
    assertEquals(lossesOf({ reasoning }, quirks), ["reasoning.summary dropped"]);
  });

  it("leaves out what belongs to the source alone, each as a loss", () => {
    const messages: Message[] = [{
      role: "user",
      content: [
        { ...text("x"), extras: { cache_control: {} } },
        { type: "opaque", owner: "anthropic_messages", value: { type: "container_upload" } },
      ],
    }];
    const fields = { source: "anthropic_messages", messages, extras: { top_k: 5 } } as const;
    assertEquals(bodyOf(fields).input, [
      { type: "message", role: "user", content: [{ type: "input_text", text: "x" }] },
    ]);
    assertEquals(lossesOf(fields), [
      "top_k dropped!",
      "messages.content.container_upload dropped!",
    ]);
  });
});
