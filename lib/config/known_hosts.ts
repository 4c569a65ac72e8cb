/**
 * What the well-known providers need, by host, so that their users need not know it.
 *
 * @module
 */
import type { RouteQuirks } from "./config.ts";

/** Quirks by host name; a name that begins with a dot stands for every name that ends so. */
export const QUIRKS_OF_HOST: Readonly<Record<string, RouteQuirks>> = {
  // Reasoning models refuse `max_tokens`; every model takes the newer name.
  // https://platform.openai.com/docs/api-reference/chat/create
  "api.openai.com": { maxTokensField: "max_completion_tokens" },
  ".openai.azure.com": { maxTokensField: "max_completion_tokens" },
  // "Tool call id has to be a-z, A-Z, 0-9, with a length of 9"
  // https://docs.mistral.ai/capabilities/function_calling/
  "api.mistral.ai": { toolIdPattern: "^[a-zA-Z0-9]{9}$" },
  // A thinking model that called tools wants its thoughts back with their results.
  // https://api-docs.deepseek.com/guides/thinking_mode
  "api.deepseek.com": { reasoningContent: true },
  "api.moonshot.ai": { reasoningContent: true },
  "api.moonshot.cn": { reasoningContent: true },
};

/** The quirks of a host; none for one that nobody told about. */
export function quirksOfHost(hostname: string): RouteQuirks {
  const exact = Object.hasOwn(QUIRKS_OF_HOST, hostname) ? QUIRKS_OF_HOST[hostname] : undefined;
  if (exact) return exact;
  const suffix = Object.keys(QUIRKS_OF_HOST)
    .find((name) => name.startsWith(".") && hostname.endsWith(name));
  return suffix === undefined ? {} : QUIRKS_OF_HOST[suffix]!;
}
