/**
 * Writes a request for a Responses upstream.
 *
 * A request of this protocol comes out equal to what came in. Any other is written stateless: the
 * whole conversation goes along, nothing is stored.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/responses/create}
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import { Losses } from "../../chat/loss.ts";
import type {
  ChatRequest,
  Message,
  OutputFormat,
  ReasoningEffort,
  ReasoningSettings,
} from "../../chat/request.ts";
import type { EncodedRequest, Quirks } from "../codec.ts";
import { dropParams } from "../dropped_param.ts";
import { addForeignLosses } from "../foreign_losses.ts";
import { refuseStoredState } from "../stored_state.ts";
import { COMMON_TOOL_ID, ToolCallIds } from "../tool_call_id.ts";
import type { PartContext } from "./content_encoder.ts";
import { ForeignInput } from "./foreign_input.ts";
import { defined, PROTOCOL, writeBack } from "./form.ts";
import { isInstructions } from "./layout.ts";
import { encodeNativeInput } from "./native_input.ts";
import { SOURCE_NAMES } from "./source_names.ts";
import { encodeTools } from "./tool_encoder.ts";

/** The least that the protocol accepts as a limit of the answer. */
const MIN_OUTPUT_TOKENS = 16;

/** The longest `user` that the protocol accepts. */
const MAX_USER_LENGTH = 64;

/** How many thought tokens each effort stands for, from the least. */
const BUDGETS: readonly [limit: number, effort: ReasoningEffort][] = [
  [1, "none"],
  [1024, "minimal"],
  [4_097, "low"],
  [16_385, "medium"],
  [Infinity, "high"],
];

/** Parameters without which the answer says the same. */
const HARMLESS_PARAMS: ReadonlySet<string> = new Set([
  "include",
  "reasoning.summary",
  "store",
  "stream",
  "user",
]);

/**
 * Writes a request for a Responses upstream.
 *
 * @throws {GatewayError} `invalid_request` for a request that leaves its history at the server.
 */
export function encodeRequest(request: ChatRequest, quirks: Quirks): EncodedRequest {
  const losses = new Losses();
  addForeignLosses(request, { target: PROTOCOL, losses });
  const { source } = request;
  const context: EncodingContext = { source, hasVision: quirks.vision !== false, losses, quirks };
  const body = source === PROTOCOL
    ? encodeNative(request, context)
    : encodeForeign(request, context);
  dropParams(body, quirks.dropParams, { harmless: HARMLESS_PARAMS, losses });
  return { body, headers: {}, losses: losses.list() };
}

interface EncodingContext extends PartContext {
  quirks: Quirks;
}

function encodeNative(request: ChatRequest, context: EncodingContext): JsonObject {
  const { toolIdPattern } = context.quirks;
  const wire: JsonObject = {
    model: request.model,
    ...defined({
      instructions: nativeInstructions(request),
      input: encodeNativeInput(request, { ...context, toolIdPattern }),
      max_output_tokens: request.maxTokens,
      temperature: request.temperature,
      top_p: request.topP,
      reasoning: request.reasoning && nativeReasoning(request.reasoning),
      text: nativeText(request),
      stream: request.stream || undefined,
      user: request.userId,
    }),
    ...encodeTools(request),
  };
  const { extras, ...left } = request;
  const text = isObject(request.form?.text) ? request.form.text : {};
  // The parts of `text` are extras only so that they are reported.
  const others = Object.entries(extras ?? {}).filter(([key]) =>
    !(key.startsWith("text.") && Object.hasOwn(text, key.slice(5)))
  );
  return writeBack(wire, { ...left, extras: Object.fromEntries(others) });
}

function nativeInstructions(request: ChatRequest): string | undefined {
  const first = request.messages[0];
  if (first?.role !== "system" || !isInstructions(first)) return undefined;
  return first.content.map((block) => block.type === "text" ? block.text : "").join("\n\n");
}

function nativeReasoning(settings: ReasoningSettings): JsonObject {
  const effort = settings.effort ?? effortOfBudget(settings.budgetTokens);
  return writeBack(defined({ effort, summary: settings.form?.summary }), settings);
}

function nativeText(request: ChatRequest): JsonObject | undefined {
  const format = request.outputFormat;
  const form = request.form?.text;
  if (!isObject(form)) return format && { format: encodeFormat(format, true) };
  if (format?.type !== "json_schema") return form;
  return { ...form, format: encodeFormat(format, true) };
}

function encodeForeign(request: ChatRequest, context: EncodingContext): JsonObject {
  refuseStoredState(request);
  const { losses, quirks } = context;
  if (request.stopSequences !== undefined && request.stopSequences.length > 0) {
    losses.add(SOURCE_NAMES[request.source].stop, "dropped", true);
  }
  const { instructions, others } = splitInstructions(request.messages);
  const ids = new ToolCallIds(quirks.toolIdPattern ?? COMMON_TOOL_ID);
  const input = new ForeignInput(others, { ...context, ids });
  for (const message of others) input.add(message);
  const format = request.outputFormat;
  const reasoning = encodeReasoning(request, losses);
  const isReasoning = reasoning !== undefined && reasoning.effort !== "none";
  return {
    model: request.model,
    input: input.items,
    store: false,
    ...defined({
      instructions,
      max_output_tokens: encodeMaxTokens(request, losses),
      temperature: request.temperature,
      top_p: request.topP,
      reasoning,
      text: format && { format: encodeFormat(format, false) },
      stream: request.stream || undefined,
      // Thoughts that are not stored can only be sent back when they come along encrypted.
      include: isReasoning ? ["reasoning.encrypted_content"] : undefined,
      user: encodeUser(request, losses),
    }),
    ...encodeTools(request),
  };
}

/** The leading system turns as instructions, unless there is nothing else: input must not be empty. */
function splitInstructions(
  messages: Message[],
): { instructions: string | undefined; others: Message[] } {
  const head = messages.findIndex((message) => message.role !== "system");
  if (head <= 0) return { instructions: undefined, others: messages };
  const texts = messages.slice(0, head).flatMap((message) =>
    message.content.map((block) => block.type === "text" ? block.text : "")
  ).filter((text) => text !== "");
  return {
    instructions: texts.length > 0 ? texts.join("\n\n") : undefined,
    others: messages.slice(head),
  };
}

function encodeMaxTokens(request: ChatRequest, losses: Losses): number | undefined {
  const { maxTokens } = request;
  if (maxTokens === undefined || maxTokens >= MIN_OUTPUT_TOKENS) return maxTokens;
  losses.add(SOURCE_NAMES[request.source].maxTokens, "approximated", false);
  return MIN_OUTPUT_TOKENS;
}

function encodeUser(request: ChatRequest, losses: Losses): string | undefined {
  const { userId } = request;
  if (userId === undefined || userId.length <= MAX_USER_LENGTH) return userId;
  losses.add(SOURCE_NAMES[request.source].user, "dropped", false);
  return undefined;
}

function encodeReasoning(request: ChatRequest, losses: Losses): JsonObject | undefined {
  const settings = request.reasoning;
  if (settings === undefined) return undefined;
  const asked = settings.effort ?? effortOfBudget(settings.budgetTokens);
  const effort = asked === "max" ? "xhigh" : asked;
  const names = SOURCE_NAMES[request.source];
  if (effort !== asked) losses.add(names.effort, "approximated", false);
  if (settings.budgetTokens !== undefined) losses.add(names.budget, "approximated", false);
  const summary = settings.isVisible === true && effort !== "none" ? "auto" : undefined;
  if (effort === undefined && summary === undefined) return undefined;
  return defined({ effort, summary });
}

function effortOfBudget(budgetTokens: number | undefined): ReasoningEffort | undefined {
  if (budgetTokens === undefined) return undefined;
  return BUDGETS.find(([limit]) => budgetTokens < limit)?.[1];
}

function encodeFormat(format: OutputFormat, isOwn: boolean): JsonObject {
  if (format.type === "json_object") return { type: "json_object" };
  const { name, description, schema, strict } = format;
  const wire = { type: "json_schema", schema, ...defined({ name, description, strict }) };
  if (isOwn) return writeBack(wire, format);
  // The name is required here, and an absent `strict` would be read as true.
  return { ...wire, name: name ?? "answer", strict: strict ?? false };
}
