/**
 * Tool-call ids that fit their reader.
 *
 * @module
 */

/** What Anthropic and most others accept. */
export const COMMON_TOOL_ID = "^[a-zA-Z0-9_-]{1,64}$";
