/**
 * The wire protocols that clients and upstreams speak.
 *
 * @module
 */

/** The name of a wire protocol. */
export type Protocol = "openai_chat" | "openai_responses" | "anthropic_messages";

/** Every protocol, in the order in which lists show them. */
export const PROTOCOLS: readonly Protocol[] = [
  "openai_chat",
  "openai_responses",
  "anthropic_messages",
];

/** The path of a protocol's chat endpoint, below the version segment. */
export const CHAT_ENDPOINT: Readonly<Record<Protocol, string>> = {
  openai_chat: "/chat/completions",
  openai_responses: "/responses",
  anthropic_messages: "/messages",
};

/** The paths that name one endpoint rather than a base, longest first. */
export const KNOWN_ENDINGS: readonly string[] = [
  "/chat/completions",
  "/completions",
  "/responses",
  "/messages",
];
