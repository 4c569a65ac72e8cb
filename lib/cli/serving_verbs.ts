/**
 * The verbs that have to begin at once; all others are loaded when one of them is asked for.
 *
 * @module
 */
import type { Verb } from "./verb.ts";
import { dev } from "./verbs/dev.ts";
import { start } from "./verbs/start.ts";

/** The first is the one that is meant when none is named. */
export const SERVING_VERBS: readonly Verb[] = [start, dev];
