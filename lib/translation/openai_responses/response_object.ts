/**
 * The response object that stands in a whole answer and in the first and last events of a stream.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { AnswerContext } from "../codec.ts";
import type { Ending } from "./stop_reason.ts";

/** What one response object says. */
export interface ResponseFields {
  id: string;
  model: string;
  status: Ending["status"] | "in_progress" | "failed";
  output: JsonObject[];
  reason?: Ending["reason"] | undefined;
  error?: JsonObject;
  usage?: JsonObject;
}

/**
 * A response object with every field that clients read without asking.
 *
 * The fields that repeat the request hold the defaults: nothing is stored, so nobody reads them back.
 */
export function responseObject(fields: ResponseFields, context: AnswerContext): JsonObject {
  const { id, model, status, output, reason, error, usage } = fields;
  if (status !== "in_progress") context.rememberItems?.(output);
  return {
    id,
    object: "response",
    created_at: context.createdAt,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    max_output_tokens: null,
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: null,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: null,
    truncation: "disabled",
    usage: usage ?? null,
    metadata: {},
  };
}

/** The id of an answer; one that brings none gets one from the context. */
export function responseId(id: string, context: AnswerContext): string {
  return id === "" ? `resp_${context.id}` : id;
}
