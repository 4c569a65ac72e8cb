/**
 * The list of clients.
 *
 * @module
 */
import { claudeCode } from "./claude_code.ts";
import type { Client } from "./client.ts";
import { codex } from "./codex.ts";
import { openclaw } from "./openclaw.ts";
import { opencode } from "./opencode.ts";

/** Every client that is known. */
export const CLIENTS: readonly Client[] = [claudeCode, codex, openclaw, opencode];
