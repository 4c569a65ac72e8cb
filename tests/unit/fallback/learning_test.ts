import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadConfig } from "../../../lib/config/load.ts";
import { type Lesson, lessonOf, Lessons } from "../../../lib/fallback/learning.ts";
import { candidateOf } from "../../../lib/routing/candidate.ts";

interface Row {
  who: string;
  message: string;
  param?: string;
  code?: string;
  status?: number;
  lesson: Lesson | undefined;
}

/** Refusals in the words of the servers that say them, and what each teaches. */
const ROWS: Row[] = [
  {
    who: "OpenAI, of max_tokens",
    message: "Unsupported parameter: 'max_tokens' is not supported with this model. " +
      "Use 'max_completion_tokens' instead.",
    param: "max_tokens",
    code: "unsupported_parameter",
    lesson: { param: "max_tokens", renamedTo: "max_completion_tokens" },
  },
  {
    who: "OpenAI, of temperature",
    message: "Unsupported value: 'temperature' does not support 0.2 with this model.",
    param: "temperature",
    code: "unsupported_value",
    lesson: { param: "temperature" },
  },
  {
    who: "an older server, of stream_options",
    message: "Unrecognized request argument supplied: stream_options",
    lesson: { param: "stream_options" },
  },
  {
    who: "a strict server, of a nested field",
    message: "body.stream_options.include_usage: Extra inputs are not permitted",
    status: 422,
    lesson: { param: "stream_options" },
  },
  {
    who: "Anthropic, of thinking",
    message: "thinking: Extra inputs are not permitted",
    lesson: { param: "thinking" },
  },
  {
    who: "OpenAI, of thoughts that this account may not read",
    message: "Your organization must be verified to generate reasoning summaries.",
    param: "reasoning.summary",
    code: "unsupported_value",
    lesson: { param: "reasoning.summary" },
  },
  {
    who: "a server that knows only the older name",
    message: "Unknown parameter: max_completion_tokens",
    lesson: { param: "max_completion_tokens", renamedTo: "max_tokens" },
  },
  { who: "anybody, of the tools", message: "Unsupported parameter: tools", lesson: undefined },
  { who: "anybody, of the messages", message: "messages: not permitted", lesson: undefined },
  { who: "a range check", message: "temperature must be at most 2", lesson: undefined },
  {
    who: "a status that is no refusal of a parameter",
    message: "Unsupported parameter: temperature",
    status: 429,
    lesson: undefined,
  },
];

function candidate(more = "") {
  const { config } = loadConfig(`routes:\n  - {url: 'http://127.0.0.1/v1', model: m${more}}\n`, {
    read: () => undefined,
    checkStubUrl: () => undefined,
  });
  return candidateOf(config!.routes[0]!, "m");
}

describe("lessonOf()", () => {
  for (const { who, message, param, code, status = 400, lesson } of ROWS) {
    it(`reads what is said by ${who}`, () => {
      const fault = {
        kind: "invalid_request",
        status,
        message,
        ...(param === undefined ? {} : { param }),
        ...(code === undefined ? {} : { code }),
      } as const;
      assertEquals(lessonOf(fault), lesson);
    });
  }
});

describe("Lessons", () => {
  it("Lessons.quirksOf() adds what was learned to what the file says", () => {
    const lessons = new Lessons();
    const one = candidate(", dropParams: [seed]");
    assertEquals(lessons.learn(one, { param: "temperature" }), true);
    assertEquals(
      lessons.learn(one, { param: "max_tokens", renamedTo: "max_completion_tokens" }),
      true,
    );
    assertEquals(lessons.quirksOf(one), {
      dropParams: ["seed", "temperature"],
      maxTokensField: "max_completion_tokens",
    });
  });

  it("Lessons.learn() says that nothing is new the second time", () => {
    const lessons = new Lessons();
    const one = candidate();
    lessons.learn(one, { param: "temperature" });
    assertEquals(lessons.learn(one, { param: "temperature" }), false);
    lessons.learn(one, { param: "max_tokens", renamedTo: "max_completion_tokens" });
    const back = { param: "max_completion_tokens", renamedTo: "max_tokens" } as const;
    assertEquals(lessons.learn(one, back), false);
  });
});
