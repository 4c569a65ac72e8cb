/**
 * The list of targets.
 *
 * @module
 */
import { PROPERTIES } from "../properties/properties.ts";
import { configTarget, routerTarget } from "./config_target.ts";
import { gatewayTarget } from "./gateway_target.ts";
import { largeBodyTarget } from "./large_body_target.ts";
import { pathTarget } from "./path_target.ts";
import { retryAfterTarget } from "./retry_after_target.ts";
import type { Target } from "./target.ts";

/** Every target by the name that `--target` takes; the first is meant when none is named. */
export const TARGETS: ReadonlyMap<string, Target> = new Map([
  ["codecs", { properties: PROPERTIES }],
  ["gateway", gatewayTarget],
  ["large-body", largeBodyTarget],
  ["router", routerTarget],
  ["config", configTarget],
  ["retry-after", retryAfterTarget],
  ["path", pathTarget],
]);
