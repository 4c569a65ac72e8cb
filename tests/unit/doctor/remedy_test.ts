/**
 * Refusals in the words of many services, and what each leads to.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../../lib/base/protocol.ts";
import type { UpstreamFault } from "../../../lib/chat/response.ts";
import type { RouteQuirks } from "../../../lib/config/config.ts";
import type { QuestionName } from "../../../lib/doctor/question.ts";
import { isAboutPath, maximumIn } from "../../../lib/doctor/refusal.ts";
import { remediesFor, topicOf } from "../../../lib/doctor/remedy.ts";

function fault(message: string, more: Partial<UpstreamFault> = {}): UpstreamFault {
  return { kind: "invalid_request", status: 400, message, ...more };
}

interface Case {
  question: QuestionName;
  fault: UpstreamFault;
  protocol?: Protocol;
  quirks?: RouteQuirks;
}

function remedies({ question, fault, protocol = "openai_chat", quirks = {} }: Case) {
  return remediesFor({ question, protocol, quirks, fault });
}

const NINE = "^[a-zA-Z0-9]{9}$";

/** The first remedy; `undefined` when there is none. */
const FIRST: [what: string, one: Case, quirks: RouteQuirks | undefined, isNamed?: boolean][] = [
  ["OpenAI's newer name of the limit", {
    question: "answer",
    fault: fault("Unsupported parameter: 'max_tokens' is not supported with this model.", {
      param: "max_tokens",
    }),
  }, { maxTokensField: "max_completion_tokens" }],
  ["the older name of the limit", {
    question: "limits",
    fault: fault("Unrecognized request argument supplied: max_completion_tokens"),
  }, { maxTokensField: "max_tokens" }],
  ["a limit that is too large, which is no matter of names", {
    question: "limits",
    fault: fault("max_completion_tokens is too large: this model does not support more than 8192"),
  }, undefined],
  ["a temperature that only may be 1", {
    question: "answer",
    fault: fault("Unsupported value: 'temperature' does not support 0.5 with this model."),
  }, { dropParams: ["temperature"] }],
  ["FastAPI's extra field", {
    question: "stream",
    fault: fault("stream_options: Extra inputs are not permitted", { status: 422 }),
  }, { dropParams: ["stream_options"] }],
  [
    "a stream that fails without a word",
    {
      question: "stream",
      fault: fault("Internal Server Error", { status: 500 }),
    },
    { dropParams: ["stream_options"] },
    false,
  ],
  ["the same at Responses, which knows no such parameter", {
    question: "stream",
    protocol: "openai_responses",
    fault: fault("Internal Server Error", { status: 500 }),
  }, undefined],
  ["Mistral's ids", {
    question: "toolResults",
    fault: fault("Tool call id was toolu_1 but must be a-z, A-Z, 0-9, with a length of 9."),
  }, { toolIdPattern: NINE }],
  ["an id that has to begin with fc", {
    question: "toolResults",
    fault: fault("Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'."),
  }, { toolIdPattern: "^fc_[a-zA-Z0-9]{1,60}$" }],
  ["an id that is too long", {
    question: "toolResults",
    fault: fault("Invalid 'tool_calls[0].id': string too long. Expected at most 40 characters"),
  }, { toolIdPattern: "^[a-zA-Z0-9_-]{1,40}$" }],
  ["a pattern that the message quotes", {
    question: "toolResults",
    fault: fault("tool_use.id: String should match pattern '^[a-z]{5}$'"),
  }, { toolIdPattern: "^[a-z]{5}$" }],
  ["a quoted pattern that would run for hours", {
    question: "toolResults",
    fault: fault("tool_use.id: String should match pattern '^(a+)+$'"),
  }, { toolIdPattern: NINE }],
  ["a quoted pattern that is none", {
    question: "toolResults",
    fault: fault("tool_use.id: String should match pattern '^[z-a]{5}$'"),
  }, { toolIdPattern: NINE }],
  [
    "results that fail without a word",
    {
      question: "toolResults",
      fault: fault("Bad request"),
    },
    { toolIdPattern: NINE },
    false,
  ],
  ["Kimi's missing thoughts", {
    question: "toolResults",
    fault: fault("thinking is enabled but reasoning_content is missing in assistant tool call"),
  }, { reasoningContent: true }],
  ["thoughts that are sent and not wanted", {
    question: "toolResults",
    quirks: { reasoningContent: true },
    fault: fault("property 'messages.1.reasoning_content' is unsupported"),
  }, { reasoningContent: false }],
  [
    "a bare refusal of the first question",
    {
      question: "answer",
      fault: fault("Bad request"),
    },
    { maxTokensField: "max_completion_tokens" },
    false,
  ],
  ["a model that does not exist", {
    question: "answer",
    fault: fault("The model m does not exist"),
  }, undefined],
  ["a server that fails", {
    question: "answer",
    fault: fault("Oops", { kind: "internal", status: 500 }),
  }, undefined],
  ["a path where nothing is", {
    question: "answer",
    fault: fault("Not Found", { kind: "not_found", status: 404 }),
  }, undefined],
  ["a key that is refused", {
    question: "answer",
    fault: fault("max_tokens is not supported", { kind: "authentication", status: 401 }),
  }, undefined],
  ["a limit of requests", {
    question: "toolResults",
    fault: fault("Too many ids", { kind: "rate_limit", status: 429 }),
  }, undefined],
  ["a schema that is not known, for which there is no quirk", {
    question: "structuredOutput",
    fault: fault("response_format json_schema is not supported"),
  }, undefined],
];

describe("remediesFor()", () => {
  for (const [what, one, quirks, isNamed = true] of FIRST) {
    it(`knows what to do about ${what}`, () => {
      const [first] = remedies(one);
      assertEquals(first?.quirks, quirks);
      if (first) assertEquals(first.isNamed, isNamed);
    });
  }

  it("offers each pattern once, and the one that the words ask for first", () => {
    const message = "ids must be 9 characters with a length of 9";
    const patterns = remedies({ question: "toolResults", fault: fault(message) })
      .map(({ quirks }) => quirks.toolIdPattern);
    assertEquals(patterns, [NINE, "^call_[a-zA-Z0-9]{24}$"]);
  });
});

describe("topicOf()", () => {
  it("tells two parameters apart, and two patterns not", () => {
    const topic = (quirks: RouteQuirks) => topicOf({ quirks, isNamed: true });
    assertEquals(topic({ toolIdPattern: "a" }), topic({ toolIdPattern: "b" }));
    assertEquals(topic({ dropParams: ["a"] }) === topic({ dropParams: ["b"] }), false);
  });
});

describe("maximumIn()", () => {
  const cases: [message: string, maximum: number | undefined][] = [
    ["max_tokens: 100000000 > 64000, which is the maximum for claude-sonnet-4-5-20250929", 64_000],
    ["max_tokens is too large: 100000000. This model supports at most 16384 tokens", 16_384],
    ["Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8_192],
    ["at most 131,072 tokens", 131_072],
    ["the limit of gpt-4.1 is 32768", 32_768],
    ["too large: 100000000 in total 100000012", undefined],
    ["see https://h.example/4096/x", undefined],
    ["Bad request", undefined],
  ];
  for (const [message, maximum] of cases) {
    it(`reads ${maximum} from: ${message}`, () => {
      assertEquals(maximumIn(fault(message), 100_000_000), maximum);
    });
  }
});

describe("isAboutPath()", () => {
  const cases: [one: UpstreamFault, isAbout: boolean][] = [
    [fault("Not Found", { status: 404 }), true],
    [fault("", { status: 405 }), true],
    [fault("The model does not exist", { status: 404 }), false],
    [fault("no", { status: 404, code: "model_not_found" }), false],
    [fault("Not Found"), false],
  ];
  for (const [one, isAbout] of cases) {
    it(`is ${isAbout} for ${one.status} “${one.message}” ${one.code ?? ""}`, () => {
      assertEquals(isAboutPath(one), isAbout);
    });
  }
});
