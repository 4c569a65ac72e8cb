/**
 * What an observation says of an upstream: a row per observation.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { AssistantBlock } from "../../../lib/chat/block.ts";
import type { ChatResponse } from "../../../lib/chat/response.ts";
import type { RouteQuirks } from "../../../lib/config/config.ts";
import type { CapabilityName, Verdict } from "../../../lib/doctor/capability.ts";
import type { Observation } from "../../../lib/doctor/observation.ts";
import type { QuestionName } from "../../../lib/doctor/question.ts";
import { read, type ReadingContext } from "../../../lib/doctor/reading.ts";

const CONTEXT: ReadingContext = {
  protocol: "openai_chat",
  quirks: {},
  maxTokens: 64,
  hasKey: true,
  timeoutMs: 1_500,
  redact: (text) => text.replaceAll("dummy-secret", "[redacted]"),
};

function answered(
  content: AssistantBlock[],
  more: Partial<ChatResponse> & { isStream?: boolean } = {},
): Observation {
  const { isStream = true, ...rest } = more;
  const usage = { inputTokens: 3, outputTokens: 2 };
  const response = { id: "1", model: "m", content, stopReason: "end" as const, usage, ...rest };
  return { kind: "answered", response, isStream };
}

function says(text: string, more: Partial<ChatResponse> & { isStream?: boolean } = {}) {
  return answered([{ type: "text", text }], more);
}

function calls(...inputs: string[]): Observation {
  return answered(inputs.map((input, at) => ({
    type: "tool-call",
    id: `${at}`,
    name: "get_weather",
    input,
  })));
}

function refused(status: number, message = "No", retryAfterMs?: number): Observation {
  const fault = { kind: "invalid_request" as const, status, message };
  return { kind: "refused", fault, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

const SILENT: Observation = { kind: "silent" };
const CUT: Observation = { kind: "broken", reason: "cut" };
const LOST: Observation = { kind: "unreachable", reason: "dns" };
const CUT_SHORT = { stopReason: "max-tokens" as const };

type Row = [
  question: QuestionName,
  what: string,
  observation: Observation,
  findings: Partial<Record<CapabilityName, Verdict>>,
  reason?: RegExp | undefined,
  more?: Partial<ReadingContext> & { then?: RouteQuirks },
];

const ROWS: Row[] = [
  ["answer", "words", says("ready"), { auth: "yes", answer: "yes", params: "yes" }],
  ["answer", "no word", says(""), { auth: "yes", answer: "no", params: "yes" }, /without a word/],
  [
    "answer",
    "thoughts alone",
    says("", CUT_SHORT),
    { auth: "yes", answer: "yes", params: "yes" },
    /all of 64 tokens went into thinking/,
  ],
  [
    "answer",
    "words without a key",
    says("hi"),
    { auth: "yes", answer: "yes", params: "yes" },
    /without a key/,
    { hasKey: false },
  ],
  [
    "answer",
    "words without the temperature",
    says("hi"),
    {
      auth: "yes",
      answer: "yes",
      params: "no",
    },
    /temperature cannot be sent/,
    { quirks: { dropParams: ["temperature", "seed"] } },
  ],
  [
    "answer",
    "words under the newer limit",
    says("hi"),
    {
      auth: "yes",
      answer: "yes",
      params: "yes",
    },
    /called max_completion_tokens/,
    { quirks: { maxTokensField: "max_completion_tokens" } },
  ],
  [
    "answer",
    "401",
    refused(401, "Bad key dummy-secret"),
    { auth: "no", answer: "no" },
    /401: “Bad key \[redacted\]”/,
  ],
  [
    "answer",
    "403 of a route without a key",
    refused(403),
    { auth: "no", answer: "no" },
    /no key of its own/,
    { hasKey: false },
  ],
  ["answer", "402", refused(402, "No credit"), { auth: "yes", answer: "no" }, /402: “No credit”/],
  ["answer", "404", refused(404, "No model m"), { answer: "no" }, /404: “No model m”/],
  [
    "answer",
    "429",
    refused(429, "Slow", 30_000),
    { answer: "unknown" },
    /429: “Slow”, ask again in 30 s/,
  ],
  ["answer", "429 without a time", refused(429, ""), { answer: "unknown" }, /^429, without saying/],
  ["answer", "503", refused(503, "a\n\x1b[31mb"), { answer: "no" }, /503: “a \[31mb”/],
  ["answer", "silence", SILENT, { answer: "no" }, /within 1\.5 s/],
  ["answer", "no name", LOST, { answer: "no" }, /cannot be resolved/],
  ["answer", "a web page", { kind: "broken", reason: "html" }, { answer: "no" }, /web page/],
  [
    "answer",
    "an error with a good status",
    {
      kind: "broken",
      reason: "no-answer",
      fault: { message: "oh dummy-secret" },
    },
    { answer: "no" },
    /no answer: “oh \[redacted\]”/,
  ],

  ["stream", "a stream", says("1 2"), { stream: "yes", usage: "yes" }],
  ["stream", "JSON", says("1 2", { isStream: false }), { stream: "no", usage: "yes" }, /with JSON/],
  [
    "stream",
    "no usage",
    says("1", { usage: {} }),
    { stream: "yes", usage: "no" },
    /although asked/,
  ],
  [
    "stream",
    "no usage, as it was not asked for",
    says("1", { usage: {} }),
    {
      stream: "yes",
      usage: "no",
    },
    /does not take stream_options/,
    { quirks: { dropParams: ["stream_options"] } },
  ],
  ["stream", "a cut", CUT, { stream: "no" }, /breaks off/],
  ["stream", "silence", SILENT, { stream: "unknown" }, /within/],

  ["tools", "two calls", calls('{"city":"Oslo"}', '{"city":"Lima"}'), {
    tools: "yes",
    parallelTools: "yes",
  }],
  [
    "tools",
    "one call",
    calls('{"city":"Oslo"}'),
    { tools: "yes", parallelTools: "no" },
    /one call at a time/,
  ],
  [
    "tools",
    "a call of another shape",
    calls('{"town":1}'),
    { tools: "no" },
    /schema: “get_weather/,
  ],
  ["tools", "a call that is no JSON", calls("Oslo"), { tools: "no" }, /schema/],
  ["tools", "words", says("It rains"), { tools: "no" }, /in words/],
  ["tools", "too few tokens", says("", CUT_SHORT), { tools: "unknown" }, /larger --max-tokens/],
  ["tools", "400", refused(400, "tools is not supported"), { tools: "no" }, /400/],
  ["tools", "503", refused(503), { tools: "unknown" }, /503/],

  ["toolResults", "words", says("Rain, sun"), { toolResults: "yes" }],
  ["toolResults", "400", refused(400), { toolResults: "no" }],
  ["toolResults", "429", refused(429), { toolResults: "unknown" }],

  ["vision", "red", says("It is **Red**."), { vision: "yes" }],
  ["vision", "another colour", says("Blue"), { vision: "unknown" }, /says “Blue” of a red one/],
  ["vision", "400", refused(400, "image_url is not supported"), { vision: "no" }, /400/, {
    then: { vision: false },
  }],
  [
    "vision",
    "404 of an aggregator",
    refused(404, "No endpoints that support image input"),
    {
      vision: "no",
    },
    /404/,
    { then: { vision: false } },
  ],
  [
    "vision",
    "500 that names the picture",
    refused(500, "image input is not supported"),
    {
      vision: "no",
    },
    /500/,
    { then: { vision: false } },
  ],
  ["vision", "500 that does not", refused(500, "oops"), { vision: "no" }, /500/],
  ["vision", "a picture that is too small", refused(400, "The image is too small"), {
    vision: "unknown",
  }, /too small/],
  ["vision", "429", refused(429), { vision: "unknown" }],

  ["limits", "words", says("ready"), { limits: "unknown" }, /takes any limit/],
  ["limits", "a clear refusal", refused(400, "max_tokens is too large: at most 16384"), {
    limits: "yes",
  }],
  ["limits", "the refusal of a context", refused(400, "This model's maximum context length is 8"), {
    limits: "yes",
  }],
  ["limits", "500", refused(500, "oops"), { limits: "no" }, /far too much it answers 500/],
  ["limits", "400 without a word", refused(400, "Bad request"), { limits: "no" }, /far too much/],
  [
    "limits",
    "a maximum below what is sent by itself",
    refused(400, "100000000 > 4096, the maximum"),
    {
      limits: "yes",
    },
    undefined,
    { protocol: "anthropic_messages", then: { defaultMaxTokens: 4_096 } },
  ],
  [
    "limits",
    "a maximum above it",
    refused(400, "100000000 > 64000, the maximum"),
    {
      limits: "yes",
    },
    undefined,
    { protocol: "anthropic_messages" },
  ],
  [
    "limits",
    "a maximum that the route keeps",
    refused(400, "100000000 > 4096, the maximum"),
    {
      limits: "yes",
    },
    undefined,
    { protocol: "anthropic_messages", quirks: { defaultMaxTokens: 4_096 } },
  ],

  ["structuredOutput", "JSON", says('{"sum": 5}'), { structuredOutput: "yes" }],
  ["structuredOutput", "another shape", says('{"total": 5}'), { structuredOutput: "no" }, /schema/],
  ["structuredOutput", "words", says("Five"), { structuredOutput: "no" }, /“Five”/],
  ["structuredOutput", "half of it", says('{"su', CUT_SHORT), { structuredOutput: "unknown" }],
  ["structuredOutput", "400", refused(400), { structuredOutput: "no" }],
  ["structuredOutput", "what cannot be written", { kind: "unwritable", message: "no" }, {
    structuredOutput: "unknown",
  }, /cannot write it/],
];

describe("read()", () => {
  for (const [question, what, observation, verdicts, reason, more = {}] of ROWS) {
    it(`reads ${what} after the question for ${question}`, () => {
      const { then, ...context } = more;
      const { findings, quirks } = read(question, observation, { ...CONTEXT, ...context });
      const found = Object.entries(findings).map(([name, { verdict }]) => [name, verdict]);
      assertEquals(Object.fromEntries(found), verdicts);
      assertEquals(quirks, then);
      const reasons = Object.values(findings).map((one) => one.reason ?? "");
      if (reason) assertMatch(reasons.find((one) => reason.test(one)) ?? reasons.join(), reason);
      for (const { verdict, reason } of Object.values(findings)) {
        if (verdict !== "yes") assertEquals(typeof reason, "string");
      }
    });
  }

  it("cuts what an upstream says, and not before its secrets are out", () => {
    const message = `${"x".repeat(190)}dummy-secret${"y".repeat(500)}`;
    const { findings } = read("answer", refused(500, message), CONTEXT);
    assertEquals(findings.answer?.reason, `500: “${"x".repeat(190)}[redacted]…”`);
  });
});
