/**
 * A chat request, free of any wire format.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { AssistantBlock, Extended, OpaqueBlock, TextBlock, UserBlock } from "./block.ts";

/** One turn. A `system` turn stands where the client put it, at the head or between others. */
export type Message =
  | ({ role: "system"; content: (TextBlock | OpaqueBlock)[] } & Extended)
  | ({ role: "user"; content: UserBlock[]; name?: string } & Extended)
  | ({ role: "assistant"; content: AssistantBlock[]; name?: string } & Extended);

/** A function that the model may call. */
export interface FunctionTool extends Extended {
  type: "function";
  name: string;
  description?: string;
  /** JSON Schema of the input; absent when the client gave none. */
  parameters?: JsonObject;
  strict?: boolean;
}

/** A tool that takes free text instead of JSON (a `custom` tool of Chat and Responses). */
export interface FreeformTool extends Extended {
  type: "freeform";
  name: string;
  description?: string;
  /** The grammar of the text, as the source protocol wrote it. */
  format?: JsonObject;
}

/** A tool that runs at the upstream (web search, code interpreter), as it stood on the wire. */
export interface ServerTool {
  type: "server";
  owner: Protocol;
  /** The wire `type`, which names it in losses. */
  name: string;
  value: JsonObject;
}

/** Any tool definition. */
export type Tool = FunctionTool | FreeformTool | ServerTool;

/** Whether and which tool the model must call. */
export type ToolChoice =
  | { type: "auto" }
  | { type: "none" }
  | { type: "required" }
  | { type: "tool"; name: string }
  | { type: "opaque"; owner: Protocol; value: JsonValue };

/** How hard the model should think; the union of what the protocols name. */
export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What the client said about thinking. */
export interface ReasoningSettings extends Extended {
  effort?: ReasoningEffort;
  /** Tokens that may be thought, where the protocol counts them. */
  budgetTokens?: number;
  /** Whether the client wants to read the thoughts; absent: as the upstream likes. */
  isVisible?: boolean;
}

/** The shape that the answer's text must have. */
export type OutputFormat =
  | { type: "json_object" }
  | ({
    type: "json_schema";
    name?: string;
    description?: string;
    schema: JsonObject;
    strict?: boolean;
  } & Extended);

/** A request for one answer. */
export interface ChatRequest extends Extended {
  /** The protocol that this request was decoded from: the owner of every `extras` and `form` in it. */
  source: Protocol;
  model: string;
  stream: boolean;
  /** Whether a Chat client asked for the usage chunk at the end of its stream. */
  includeUsage?: boolean;
  messages: Message[];
  /** Absent when the client sent no list at all. */
  tools?: Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  stopSequences?: string[];
  reasoning?: ReasoningSettings;
  outputFormat?: OutputFormat;
  /** An opaque name of the end user. */
  userId?: string;
}
