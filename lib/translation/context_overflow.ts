/**
 * Recognises that a conversation is too long for a model, in every vendor's words, and says it in
 * the one sentence that agents act on.
 *
 * Agents shorten their history when they read it, and loop or give up when they do not.
 *
 * @module
 */
import type { UpstreamFault } from "../chat/response.ts";

/** How much too long; each figure only when the vendor gave it. */
export interface ContextOverflow {
  /** Tokens of the prompt; of prompt and answer together when the vendor gave but one figure. */
  tokens?: number;
  /** Tokens that the answer might have taken, when they are part of the problem. */
  answerTokens?: number;
  /** Tokens that the model takes. */
  maximum?: number;
}

/** Codes and types that say it without words. */
const CODES: ReadonlySet<string> = new Set([
  "context_length_exceeded",
  "context_window_exceeded",
  "model_context_window_exceeded",
  "exceed_context_size_error",
  "model_max_prompt_tokens_exceeded",
  "prompt_too_long",
  // Zhipu's number for a prompt over the limit.
  "1261",
]);

/**
 * The words of the vendors, most telling first. Groups: `n` is what the prompt needs, `a` what the
 * answer may take, `m` what the model takes.
 */
const TEXTS: readonly RegExp[] = [
  // Anthropic
  /prompt is too long(?:: (?<n>\d+) tokens > (?<m>\d+) maximum)?/,
  /input length and `?max_tokens`? exceed context limit(?:: (?<n>\d+) \+ (?<a>\d+) > (?<m>\d+))?/,
  // vLLM, in the words of several years
  /maximum context length is (?<m>\d+) tokens.{0,40}?requested (?<a>\d+) output tokens and your prompt contains (?:at least )?(?<n>\d+) input tokens/,
  /is too large: (?<a>\d+).{0,40}?maximum context length is (?<m>\d+) tokens and your request has (?<n>\d+) input tokens/,
  /maximum context length is (?<m>\d+) tokens.{0,40}?your request has (?<n>\d+) input tokens(?: plus (?<a>\d+))?/,
  // OpenAI, DeepSeek and whoever took over their words; then OpenRouter
  /maximum context length is (?<m>\d+) tokens.{0,40}?requested \d+ tokens \((?<n>\d+) in (?:your prompt|the messages)[,;] (?<a>\d+) (?:for|in) the completion/,
  /maximum context length is (?<m>\d+) tokens.{0,40}?requested about \d+ tokens \((?<n>\d+) of text input.{0,60}? (?<a>\d+) in the output/,
  /maximum context length is (?<m>\d+) tokens.{0,40}?(?:requested|resulted in) (?:about )?(?<n>\d+) tokens/,
  /maximum context length (?:is|of)\D{0,20}(?<m>\d+)/,
  /exceeds? the (?:model'?s? )?(?:maximum )?context (?:window|length|limit)/,
  // Gemini
  /input token count(?: \((?<n>\d+)\))? exceeds the maximum number of tokens(?: allowed)?(?: \(?(?<m>\d+)\)?)?/,
  // Mistral
  /prompt contains (?<n>\d+) tokens.{0,80}?too large for model with (?<m>\d+) maximum context length/,
  // xAI
  /maximum prompt length is (?<m>\d+) but the request contains (?<n>\d+) tokens/,
  // GitHub Copilot
  /prompt token count of (?<n>\d+) exceeds the limit of (?<m>\d+)/,
  // Moonshot
  /exceeded model token limit(?:: (?<m>\d+) \(requested: (?<n>\d+)\))?/,
  // Groq
  /reduce the length of the messages or completion/,
  // Bedrock
  /input is too long for requested model/,
  /too many input tokens\. max input tokens: (?<m>\d+), request input token count: (?<n>\d+)/,
  // llama.cpp, also as LM Studio, Ollama and text-generation-webui serve it
  /request \((?<n>\d+) tokens\) exceeds the available context size \((?<m>\d+) tokens\)/,
  /exceeds the available context size/,
  /tokens \((?<n>\d+)\) exceed context window of (?<m>\d+)/,
  /tokens to keep from the initial prompt is greater than the context length/,
  /(?:prompt|input)(?: length)? exceeds (?:the )?(?:maximum )?context length/,
  /requires more context than is available/,
  // SGLang
  /input \((?<n>\d+) tokens\) is longer than the model'?s? context length \((?<m>\d+) tokens\)/,
  /input length \((?<n>\d+) tokens\) exceeds the maximum allowed length \((?<m>\d+) tokens\)/,
  // Hugging Face's server
  /`inputs` tokens \+ `max_new_tokens` must be <= (?<m>\d+)\. given: (?<n>\d+) `inputs` tokens/,
  // Alibaba, ByteDance, MiniMax, Zhipu
  /range of input length should be \[\d+, (?<m>\d+)\]/,
  /input length (?<n>\d+) exceeds the maximum length (?<m>\d+)/,
  /context window exceeds limit/,
  /prompt exceeds max(?:imum)? length/,
  // Cohere, Together, AI21
  /too many tokens: (?:total tokens in the request|size limit exceeded by)/,
  /context[_ ](?:length|window)[_ ]exceeded/,
];

/** Longer messages say it at their beginning, or are no message but a dump. */
const MAX_MESSAGE_LENGTH = 4_096;

/** Kinds that are never about length, whatever their words remind of: a quota counts tokens too. */
const OTHER_KINDS: ReadonlySet<UpstreamFault["kind"]> = new Set([
  "authentication",
  "billing",
  "permission",
  "rate_limit",
]);

/** What an overflow can be told from. */
export type FaultText = Pick<UpstreamFault, "kind" | "message"> & { code?: string | undefined };

/**
 * Tells whether a fault says that the conversation does not fit the model.
 *
 * @param fault What an upstream reported, in its own words.
 * @returns The figures that it gave; `undefined` when it is about something else.
 */
export function contextOverflow(fault: FaultText): ContextOverflow | undefined {
  if (OTHER_KINDS.has(fault.kind)) return undefined;
  // Some vendors write 131,072 or 131_072.
  const message = fault.message.slice(0, MAX_MESSAGE_LENGTH).toLowerCase()
    .replace(/(\d)[,_](?=\d{3})/g, "$1");
  for (const pattern of TEXTS) {
    const groups = pattern.exec(message);
    if (groups !== null) return figures(groups.groups ?? {});
  }
  return fault.code !== undefined && CODES.has(fault.code) ? {} : undefined;
}

function figures({ n, a, m }: Record<string, string | undefined>): ContextOverflow {
  return {
    ...(n !== undefined && { tokens: Number(n) }),
    ...(a !== undefined && { answerTokens: Number(a) }),
    ...(m !== undefined && { maximum: Number(m) }),
  };
}

/**
 * Writes an overflow in the words that agents look for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const words = overflowMessage({ tokens: 213_462, maximum: 200_000 });
 * assertEquals(words, "prompt is too long: 213462 tokens > 200000 maximum");
 * ```
 */
export function overflowMessage({ tokens, answerTokens, maximum }: ContextOverflow): string {
  const words = "prompt is too long";
  if (maximum === undefined) return tokens === undefined ? words : `${words}: ${tokens} tokens`;
  const total = (tokens ?? 0) + (answerTokens ?? 0);
  const needed = tokens !== undefined && tokens > maximum ? tokens : total;
  // Agents read two numbers; one more than the maximum is what is certain without a figure.
  const message = `${words}: ${Math.max(needed, maximum + 1)} tokens > ${maximum} maximum`;
  if (tokens === undefined || answerTokens === undefined || tokens > maximum) return message;
  // The prompt itself fits: agents that know this second sentence ask for a shorter answer.
  const sum = `${tokens} + ${answerTokens} > ${maximum}`;
  return `${message} (input length and \`max_tokens\` exceed context limit: ${sum})`;
}
