/**
 * The list of verbs.
 *
 * @module
 */
import { type Flag, PROGRAM, type Verb } from "./verb.ts";
import { dev } from "./verbs/dev.ts";
import { help } from "./verbs/help.ts";
import { start } from "./verbs/start.ts";

const SERVING_FLAGS: readonly Flag[] = [
  { name: "host", value: "ADDRESS", doc: "listen here instead of 127.0.0.1" },
  { name: "port", value: "PORT", alias: "p", doc: "listen on this port instead of 8787; 0: any" },
  { name: "config", value: "FILE", alias: "c", doc: "read this file instead of ./routes.yml" },
  { name: "stub", doc: "serve built-in stub models, without a file, a key or a network" },
];

/** Every verb; the first is the one that is meant when none is named. */
export const VERBS: readonly Verb[] = [
  {
    name: "start",
    summary: "start the gateway",
    flags: SERVING_FLAGS,
    examples: [`${PROGRAM} start`, `${PROGRAM} start --stub --port 9000`],
    run: start,
  },
  {
    name: "dev",
    summary: "start the gateway, and start it anew when its configuration changes",
    flags: SERVING_FLAGS,
    examples: [`${PROGRAM} dev --config routes.yml`],
    run: dev,
  },
  {
    name: "help",
    summary: "show this help, or a verb's own",
    flags: [],
    examples: [`${PROGRAM} help start`],
    run: help,
  },
];
