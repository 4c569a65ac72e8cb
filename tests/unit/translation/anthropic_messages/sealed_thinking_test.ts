import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { withoutSealedThinking } from "../../../../lib/translation/anthropic_messages/sealed_thinking.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { jsonTranscript, messagesBody } from "./samples.ts";

const SEALED = { type: "thinking", thinking: "t", signature: seal(undefined) };
const NATIVE = { type: "thinking", thinking: "t", signature: "EqQB" };
const CALL = { type: "tool_use", id: "a", name: "b", input: {} };

function conversation(content: JsonObject[], fields: JsonObject = {}): JsonObject {
  return messagesBody({
    ...fields,
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "1" }] },
    ],
  });
}

describe("withoutSealedThinking()", () => {
  it("has nothing to say of a body without seals", () => {
    assertEquals(withoutSealedThinking(jsonTranscript("agent_turn.request.json")), undefined);
    assertEquals(withoutSealedThinking(conversation([NATIVE, CALL])), undefined);
    for (const messages of [undefined, null, "x", [null, 5, { content: [null, 5, {}] }]]) {
      assertEquals(withoutSealedThinking(messages === undefined ? {} : { messages }), undefined);
    }
  });

  it("leaves out sealed thoughts only, and does not touch the body it was given", () => {
    const body = conversation([NATIVE, SEALED, CALL]);
    const before = structuredClone(body);
    assertEquals(withoutSealedThinking(body), conversation([NATIVE, CALL]));
    assertEquals(body, before);
  });

  it("keeps a turn that held nothing else valid", () => {
    assertEquals(
      withoutSealedThinking(conversation([SEALED])),
      conversation([{ type: "text", text: "(no answer)" }]),
    );
  });

  it("switches a budget for thinking off when the turn in progress lost its beginning", () => {
    const thinking = { type: "enabled", budget_tokens: 2048 };
    const edits = [{ type: "clear_thinking_20251015" }, { type: "clear_tool_uses_20250919" }];
    const body = conversation([SEALED, CALL], { thinking, context_management: { edits } });
    assertEquals(
      withoutSealedThinking(body),
      conversation([CALL], { context_management: { edits: edits.slice(1) } }),
    );
    const adaptive = { thinking: { type: "adaptive" } };
    assertEquals(
      withoutSealedThinking(conversation([SEALED, CALL], adaptive)),
      conversation([CALL], adaptive),
    );
    assertEquals(
      withoutSealedThinking(conversation([NATIVE, SEALED, CALL], { thinking })),
      conversation([NATIVE, CALL], { thinking }),
    );
  });
});
