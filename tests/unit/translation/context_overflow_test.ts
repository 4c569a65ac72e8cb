import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { contextOverflow, overflowMessage } from "../../../lib/translation/context_overflow.ts";

/** What vendors say: their name, their words, and the figures: prompt, maximum, answer. */
const TEXTS: readonly (readonly [string, string, (number | undefined)[]])[] = [
  ["Anthropic", "prompt is too long: 213462 tokens > 200000 maximum", [213462, 200000]],
  ["Anthropic on Vertex", "Prompt is too long", []],
  [
    "Anthropic, with the answer's share",
    "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again",
    [199759, 200000, 8192],
  ],
  [
    "OpenAI",
    "This model's maximum context length is 4097 tokens. However, your messages resulted in 7575 tokens. Please reduce the length of the messages.",
    [7575, 4097],
  ],
  [
    "OpenAI, with the answer's share",
    "This model's maximum context length is 4097 tokens, however you requested 4972 tokens (3222 in the messages, 1750 in the completion). Please reduce the length of the messages or completion.",
    [3222, 4097, 1750],
  ],
  [
    "OpenAI, for completions",
    "This model's maximum context length is 8191 tokens, however you requested 10346 tokens (10346 in your prompt; 5 for the completion). Please reduce your prompt; or completion length.",
    [10346, 8191, 5],
  ],
  [
    "OpenAI Responses",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    [],
  ],
  [
    "DeepSeek",
    "This model's maximum context length is 131072 tokens. However, you requested 140213 tokens (132021 in the messages, 8192 in the completion). Please reduce the length of the messages or completion.",
    [132021, 131072, 8192],
  ],
  [
    "OpenRouter",
    'This endpoint\'s maximum context length is 32768 tokens. However, you requested about 42832 tokens (42832 of text input). Please reduce the length of either one, or use the "middle-out" transform.',
    [42832, 32768],
  ],
  [
    "OpenRouter, with the answer's share",
    "This endpoint's maximum context length is 1048576 tokens. However, you requested about 1293741 tokens (1227853 of text input, 353 of tool input, 65535 in the output).",
    [1227853, 1048576, 65535],
  ],
  [
    "Gemini",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
    [1196265, 1048575],
  ],
  [
    "Gemini, without a count",
    "The input token count exceeds the maximum number of tokens allowed 1048576.",
    [undefined, 1048576],
  ],
  [
    "Mistral",
    "Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    [65673, 32768],
  ],
  [
    "xAI",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    [537812, 131072],
  ],
  [
    "vLLM",
    "This model's maximum context length is 16384 tokens. However, your request has 18225 input tokens. Please reduce the length of the input messages. None",
    [18225, 16384],
  ],
  [
    "vLLM, with the answer's share",
    "This model's maximum context length is 262144 tokens. However, you requested 128000 output tokens and your prompt contains at least 134145 input tokens, for a total of at least 262145 tokens. Please reduce the length of the input prompt.",
    [134145, 262144, 128000],
  ],
  [
    "vLLM, when the answer's limit is the problem",
    "'max_tokens' or 'max_completion_tokens' is too large: 200000. This model's maximum context length is 131072 tokens and your request has 50 input tokens (200000 > 131072 - 50).",
    [50, 131072, 200000],
  ],
  [
    "vLLM of another year",
    "This model's maximum context length is 2048 tokens. However, your request has 8 input tokens plus 2045 'max_tokens'. Please reduce one or the other.",
    [8, 2048, 2045],
  ],
  [
    "llama.cpp",
    "the request exceeds the available context size. try increasing the context size or enable context shift",
    [],
  ],
  [
    "llama.cpp, with figures",
    "request (14429 tokens) exceeds the available context size (8192 tokens), try increasing it",
    [14429, 8192],
  ],
  ["llama-cpp-python", "Requested tokens (2285) exceed context window of 2048", [2285, 2048]],
  [
    "LM Studio",
    "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length",
    [],
  ],
  ["Ollama", "the input length exceeds the context length", []],
  [
    "SGLang",
    "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
    [61709, 40960],
  ],
  [
    "SGLang of another year",
    "Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens).",
    [160062, 59862],
  ],
  [
    "Text Generation Inference",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4200 `inputs` tokens and 512 `max_new_tokens`",
    [4200, 4096],
  ],
  ["Bedrock", "Input is too long for requested model.", []],
  [
    "Bedrock, with figures",
    "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
    [9000, 8192],
  ],
  ["Groq", "Please reduce the length of the messages or completion.", []],
  [
    "GitHub Copilot",
    "prompt token count of 135122 exceeds the limit of 128000",
    [135122, 128000],
  ],
  [
    "Moonshot",
    "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)",
    [140000, 131072],
  ],
  [
    "Alibaba",
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 204800]",
    [undefined, 204800],
  ],
  ["ByteDance", "Input length 203743 exceeds the maximum length 202752.", [203743, 202752]],
  ["MiniMax", "invalid params, context window exceeds limit (2013)", []],
  ["Zhipu", "Prompt exceeds max length", []],
  [
    "someone who groups digits",
    "This model's maximum context length is 131,072 tokens. However, your messages resulted in 1_200_000 tokens.",
    [1200000, 131072],
  ],
];

const OTHER_TEXTS = [
  "Invalid value for max_tokens: must be less than 8192",
  "temperature: range of values should be [0, 2]",
  "Unsupported parameter: 'max_tokens' is not supported with this model.",
  "The context_management field is not supported",
  "messages: text content blocks must be non-empty",
  "",
];

describe("contextOverflow()", () => {
  for (const [vendor, message, [tokens, maximum, answerTokens]] of TEXTS) {
    it(`knows the words of ${vendor}`, () => {
      assertEquals(contextOverflow({ kind: "invalid_request", message }), {
        ...(tokens !== undefined && { tokens }),
        ...(answerTokens !== undefined && { answerTokens }),
        ...(maximum !== undefined && { maximum }),
      });
    });
  }

  for (const message of OTHER_TEXTS) {
    it(`is not fooled by "${message}"`, () => {
      assertEquals(contextOverflow({ kind: "invalid_request", message }), undefined);
    });
  }

  it("knows codes, when the words say nothing", () => {
    const fault = { kind: "invalid_request", message: "Nope" } as const;
    assertEquals(contextOverflow({ ...fault, code: "context_length_exceeded" }), {});
    assertEquals(contextOverflow({ ...fault, code: "exceed_context_size_error" }), {});
    assertEquals(contextOverflow({ ...fault, code: "invalid_request_error" }), undefined);
  });

  it("takes no quota for an overflow, though quotas count tokens too", () => {
    const message = "Prompt is too long for your tier: maximum context length is 8192 tokens";
    assertEquals(contextOverflow({ kind: "rate_limit", message }), undefined);
  });

  it("is fast on a message of any length", () => {
    const message = "maximum context length is 1 tokens ".repeat(100_000);
    contextOverflow({ kind: "invalid_request", message });
  });
});

describe("overflowMessage()", () => {
  const messages: readonly (readonly [Parameters<typeof overflowMessage>[0], string])[] = [
    [{ tokens: 9, maximum: 8 }, "prompt is too long: 9 tokens > 8 maximum"],
    [{ tokens: 9, answerTokens: 5, maximum: 8 }, "prompt is too long: 9 tokens > 8 maximum"],
    [
      { tokens: 6, answerTokens: 5, maximum: 8 },
      "prompt is too long: 11 tokens > 8 maximum (input length and `max_tokens` exceed context limit: 6 + 5 > 8)",
    ],
    [{ tokens: 8, maximum: 8 }, "prompt is too long: 9 tokens > 8 maximum"],
    [{ maximum: 8 }, "prompt is too long: 9 tokens > 8 maximum"],
    [{ tokens: 9 }, "prompt is too long: 9 tokens"],
    [{}, "prompt is too long"],
  ];
  for (const [overflow, message] of messages) {
    it(`says ${JSON.stringify(overflow)}`, () => assertEquals(overflowMessage(overflow), message));
  }
});
