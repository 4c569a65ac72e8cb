/**
 * What an upstream may be able to do, and how it is told.
 *
 * @module
 */

/** What is looked for. */
export type CapabilityName =
  | "auth"
  | "answer"
  | "params"
  | "stream"
  | "usage"
  | "tools"
  | "parallelTools"
  | "toolResults"
  | "vision"
  | "limits"
  | "structuredOutput";

/** How a capability is called. */
export interface Capability {
  name: CapabilityName;
  /** The head of its column: all of them, and a name, stand in 80 columns. */
  title: string;
  doc: string;
}

/** Every capability, in the order in which it is shown. */
export const CAPABILITIES: readonly Capability[] = [
  { name: "auth", title: "key", doc: "its key is taken" },
  { name: "answer", title: "answer", doc: "it answers" },
  { name: "params", title: "params", doc: "takes every parameter that agents send" },
  { name: "stream", title: "stream", doc: "streams come in order and whole" },
  { name: "usage", title: "usage", doc: "streams say how many tokens were used" },
  { name: "tools", title: "tools", doc: "calls a tool as its schema says" },
  { name: "parallelTools", title: "multi", doc: "makes several calls at once" },
  { name: "toolResults", title: "reply", doc: "takes the results of calls back" },
  { name: "vision", title: "image", doc: "sees pictures" },
  { name: "limits", title: "limit", doc: "says clearly when too much is asked" },
  { name: "structuredOutput", title: "json", doc: "answers in a given JSON schema" },
];

/** `unknown`: it could not be told; the reason says why. */
export type Verdict = "yes" | "no" | "unknown";

/** What was found out about one capability. */
export interface Finding {
  verdict: Verdict;
  /** Always there unless the verdict is a plain yes. Holds no secret. */
  reason?: string;
}

/** What was found out, as far as it was. */
export type Findings = Partial<Record<CapabilityName, Finding>>;
