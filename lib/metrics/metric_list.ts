/**
 * The list of metrics: `/metrics`, the dashboard and the table in `docs/METRICS.md` follow it.
 *
 * @module
 */
import type { MakeMetric } from "./metric.ts";
import { attempts, brokenStreams } from "./series/attempts.ts";
import { configLoaded, configProblems, configReloads } from "./series/configuration.ts";
import { firstByte, requestDuration } from "./series/durations.ts";
import { build, heap, residentMemory, startTime, uptime } from "./series/process.ts";
import { rejections, requests } from "./series/requests.ts";
import {
  cooldowns,
  droppedLogLines,
  openStreams,
  resting,
  waitingRequests,
} from "./series/state.ts";
import { heldBack, switches } from "./series/switches.ts";
import { tokens } from "./series/tokens.ts";
import { lessons, losses, untranslatable } from "./series/translation.ts";

/** Every metric, in the order in which they are shown. */
export const METRICS: readonly MakeMetric[] = [
  requests,
  rejections,
  attempts,
  brokenStreams,
  switches,
  heldBack,
  requestDuration,
  firstByte,
  tokens,
  losses,
  untranslatable,
  lessons,
  openStreams,
  waitingRequests,
  cooldowns,
  resting,
  configReloads,
  configLoaded,
  configProblems,
  droppedLogLines,
  build,
  uptime,
  startTime,
  residentMemory,
  heap,
];
