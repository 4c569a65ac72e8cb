/**
 * The providers of LiteLLM, by the prefix of a model: where they are, or why they are not reachable
 * from here.
 *
 * @see {@link https://docs.litellm.ai/docs/providers}
 * @module
 */
import { PROVIDERS } from "../providers.ts";

/** Where a model with a prefix is. */
export interface LitellmPlace {
  /** Absent: `api_base` has to say. */
  url?: string;
  /** The variable that holds the key when the file names none. */
  variable?: string;
  protocol?: string | string[];
  authHeader?: string;
}

const KNOWN: Readonly<Record<string, LitellmPlace>> = Object.fromEntries(
  PROVIDERS.map(({ name, url, keyVariables: [variable], protocol }) => [
    name,
    { url, variable, ...(protocol ? { protocol: [...protocol] } : {}) },
  ]),
);

/** Its protocol is the same wherever it is. */
const ANTHROPIC: LitellmPlace = { ...KNOWN["anthropic"], protocol: "anthropic" };

const PLACES: Readonly<Record<string, LitellmPlace>> = {
  ...KNOWN,
  anthropic: ANTHROPIC,
  anthropic_text: ANTHROPIC,
  together_ai: KNOWN["together"]!,
  fireworks_ai: KNOWN["fireworks"]!,
  nvidia_nim: KNOWN["nvidia"]!,
  ollama: { url: "http://127.0.0.1:11434" },
  ollama_chat: { url: "http://127.0.0.1:11434" },
  lm_studio: { url: "http://127.0.0.1:1234" },
  perplexity: {
    url: "https://api.perplexity.ai/chat/completions",
    variable: "PERPLEXITYAI_API_KEY",
  },
  // These have no place of their own.
  hosted_vllm: {},
  openai_like: {},
  custom_openai: {},
  litellm_proxy: {},
  llamafile: {},
  azure: { authHeader: "api-key", variable: "AZURE_API_KEY" },
  azure_ai: { authHeader: "api-key", variable: "AZURE_AI_API_KEY" },
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  bedrock: "AWS signs every request, which routes cannot",
  bedrock_converse: "AWS signs every request, which routes cannot",
  sagemaker: "AWS signs every request, which routes cannot",
  vertex_ai: "Vertex AI signs in with short-lived tokens, which routes do not have",
  vertex_ai_beta: "Vertex AI signs in with short-lived tokens, which routes do not have",
  watsonx: "watsonx signs in with short-lived tokens, which routes do not have",
  github_copilot: "it signs in with short-lived tokens, which routes do not have",
  cohere: "its protocol is not spoken here",
  cohere_chat: "its protocol is not spoken here",
  replicate: "its protocol is not spoken here",
  huggingface: "its protocol depends on the model; add a route for its endpoint",
};

/** What a model of LiteLLM's is: where, and by which name it is known there. */
export type LitellmModel = { place: LitellmPlace; model: string } | { reason: string };

/** Reads `prefix/model`; without a prefix that is known, the model is OpenAI's or Anthropic's. */
export function litellmModel(text: string, provider?: string): LitellmModel {
  const slash = text.indexOf("/");
  const prefix = provider ?? (slash === -1 ? undefined : text.slice(0, slash));
  const model = prefix !== undefined && text.startsWith(`${prefix}/`)
    ? text.slice(prefix.length + 1)
    : text;
  if (prefix === undefined) {
    const owner = /^claude/i.test(text) ? "anthropic" : "openai";
    return { place: PLACES[owner]!, model: text };
  }
  if (Object.hasOwn(PLACES, prefix)) return { place: PLACES[prefix]!, model };
  const reason = Object.hasOwn(UNREACHABLE, prefix) ? UNREACHABLE[prefix]! : undefined;
  return { reason: reason ?? `the provider ${prefix} is not known here` };
}
