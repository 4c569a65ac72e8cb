/**
 * The list of verbs.
 *
 * @module
 */
import type { Verb } from "./verb.ts";
import { dev } from "./verbs/dev.ts";
import { help } from "./verbs/help.ts";
import { start } from "./verbs/start.ts";

/** Every verb, in help's order; the first is the one that is meant when none is named. */
export const VERBS: readonly Verb[] = [
  start,
  dev,
  help,
];
