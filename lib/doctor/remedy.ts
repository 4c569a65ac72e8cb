/**
 * A refusal → quirks under which the question may be taken: a table, asked row by row.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import type { UpstreamFault } from "../chat/response.ts";
import type { RouteQuirks } from "../config/config.ts";
import { lessonOf } from "../fallback/learning.ts";
import type { QuestionName } from "./question.ts";
import {
  callIdPatterns,
  isAboutCallIds,
  isAboutContent,
  isAboutSize,
  isAboutThoughts,
  isAboutWhoAsks,
} from "./refusal.ts";

/** What was refused, and how it had been asked. */
export interface Symptom {
  question: QuestionName;
  protocol: Protocol;
  /** The quirks that held. */
  quirks: RouteQuirks;
  fault: UpstreamFault;
}

/** What might help. */
export interface Remedy {
  quirks: RouteQuirks;
  /** Whether the refusal names it; otherwise only an answer shows that it was this. */
  isNamed: boolean;
}

/** Remedies for a refusal, the likeliest first. */
export function remediesFor(symptom: Symptom): Remedy[] {
  if (!isAboutContent(symptom.fault)) return [];
  const named = NAMED.map((row) => row(symptom)).find((one) => one.length > 0);
  if (named) return named.map((quirks) => ({ quirks, isNamed: true }));
  return (SUSPECTS[symptom.question]?.(symptom) ?? []).map((quirks) => ({
    quirks,
    isNamed: false,
  }));
}

type Row = (symptom: Symptom) => RouteQuirks[];

/** What the words of a refusal lead to; the first row that leads anywhere counts. */
const NAMED: readonly Row[] = [
  ({ fault, protocol, quirks }) =>
    protocol === "openai_chat" && isAboutThoughts(fault)
      ? [{ reasoningContent: !quirks.reasoningContent }]
      : [],
  ({ fault, question }) => {
    if (question === "limits" && isAboutSize(fault)) return [];
    const lesson = lessonOf(fault);
    if (lesson === undefined) return [];
    const { param, renamedTo } = lesson;
    return [renamedTo === undefined ? { dropParams: [param] } : { maxTokensField: renamedTo }];
  },
  ({ fault, question }) =>
    question === "toolResults" && isAboutCallIds(fault)
      ? callIdPatterns(fault).map((toolIdPattern) => ({ toolIdPattern }))
      : [],
];

/** What is at fault most often where a refusal does not say. */
const SUSPECTS: Readonly<Partial<Record<QuestionName, Row>>> = {
  answer: ({ protocol, quirks, fault }) => {
    const isBare = fault.status === 400 || fault.status === 422;
    if (!isBare || isAboutWhoAsks(fault)) return [];
    const renamed = protocol === "openai_chat" ? [{ maxTokensField: otherField(quirks) }] : [];
    return [...renamed, { dropParams: ["temperature"] }];
  },
  stream: ({ protocol }) => protocol === "openai_chat" ? [{ dropParams: ["stream_options"] }] : [],
  toolResults: ({ protocol, fault }) => [
    ...callIdPatterns(fault).slice(0, 1).map((toolIdPattern) => ({ toolIdPattern })),
    ...(protocol === "openai_chat" ? [{ reasoningContent: true }] : []),
  ],
};

/** The name of the limit that is not in use. */
export function otherField(
  { maxTokensField = "max_tokens" }: RouteQuirks,
): "max_tokens" | "max_completion_tokens" {
  return maxTokensField === "max_tokens" ? "max_completion_tokens" : "max_tokens";
}

/** What a remedy is about: two patterns for ids are one topic, two parameters are two. */
export function topicOf({ quirks }: Remedy): string {
  return quirks.dropParams?.join() ?? Object.keys(quirks).join();
}
