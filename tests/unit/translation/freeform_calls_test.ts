import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { StreamEvent } from "../../../lib/chat/stream_event.ts";
import {
  FreeformCallStream,
  freeformToolsOf,
  withFreeformCalls,
} from "../../../lib/translation/freeform_calls.ts";

const PATCH = "*** Begin Patch\n*** End Patch";

function callEvents(name: string, pieces: string[]): StreamEvent[] {
  return [
    { type: "block-start", block: { type: "tool-call", id: "call_1", name } },
    ...pieces.map((text): StreamEvent => ({ type: "block-delta", text })),
    { type: "block-end" },
  ];
}

describe("freeform calls", () => {
  it("freeformToolsOf() names the freeform tools alone", () => {
    const names = freeformToolsOf({
      source: "openai_responses",
      model: "m",
      stream: false,
      messages: [],
      tools: [{ type: "freeform", name: "apply_patch" }, { type: "function", name: "shell" }],
    });
    assertEquals([...names], ["apply_patch"]);
  });

  it("FreeformCallStream.push() unwraps a call that came in pieces", () => {
    const json = JSON.stringify({ input: PATCH });
    const stream = new FreeformCallStream(new Set(["apply_patch"]));
    const events = callEvents("apply_patch", [json.slice(0, 7), json.slice(7)])
      .flatMap((event) => stream.push([event]));
    assertEquals(events, [
      {
        type: "block-start",
        block: { type: "tool-call", id: "call_1", name: "apply_patch", isFreeform: true },
      },
      { type: "block-delta", text: PATCH },
      { type: "block-end" },
    ]);
  });

  it("FreeformCallStream.push() leaves the calls of functions as they are", () => {
    const stream = new FreeformCallStream(new Set(["apply_patch"]));
    const events = callEvents("shell", ['{"input":"x"}']);
    assertEquals(stream.push(events), events);
  });

  it("withFreeformCalls() keeps input that is not wrapped", () => {
    const response = withFreeformCalls({
      id: "r",
      model: "m",
      content: [{ type: "tool-call", id: "call_1", name: "apply_patch", input: PATCH }],
      stopReason: "tool-calls",
      usage: {},
    }, new Set(["apply_patch"]));
    assertEquals(response.content[0], {
      type: "tool-call",
      id: "call_1",
      name: "apply_patch",
      input: PATCH,
      isFreeform: true,
    });
  });
});
