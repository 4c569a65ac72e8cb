/**
 * An upstream that takes whatever it is sent: what must not reach it would.
 *
 * @module
 */
import { listen, type ScriptedUpstream } from "../e2e/scripted_upstream.ts";

/** A Chat answer that says `text`. */
export function completion(text = "hello"): Record<string, unknown> {
  const message = { role: "assistant", content: text };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

/** Answers everything with a Chat answer. */
export function takingUpstream(): ScriptedUpstream {
  return listen(() => Response.json(completion()));
}
