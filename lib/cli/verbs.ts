/**
 * The list of all verbs.
 *
 * @module
 */
import { SERVING_VERBS } from "./serving_verbs.ts";
import type { Verb } from "./verb.ts";
import { check } from "./verbs/check.ts";
import { completions } from "./verbs/completions.ts";
import { doctor } from "./verbs/doctor.ts";
import { explain } from "./verbs/explain.ts";
import { help } from "./verbs/help.ts";
import { importFile } from "./verbs/import.ts";
import { init } from "./verbs/init.ts";
import { run } from "./verbs/run.ts";
import { setup } from "./verbs/setup.ts";
import { record } from "./verbs/record.ts";
import { replay } from "./verbs/replay.ts";
import { schema } from "./verbs/schema.ts";
import { stub } from "./verbs/stub.ts";
import { status } from "./verbs/status.ts";

/** Every verb, in help's order; the first is the one that is meant when none is named. */
export const VERBS: readonly Verb[] = [
  ...SERVING_VERBS,
  stub,
  init,
  importFile,
  setup,
  run,
  check,
  explain,
  doctor,
  status,
  record,
  replay,
  schema,
  completions,
  help,
];
