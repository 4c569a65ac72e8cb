/**
 * Which configuration is in use, and whether the file holds a newer one.
 *
 * @module
 */
import { counter } from "../counter.ts";
import { gauge } from "../gauge.ts";

/** How often the file was read anew. */
export const configReloads = counter({
  name: "gateway_config_reloads_total",
  help: "Times that the configuration's file was read anew, by whether what it says was taken",
  labels: ["result"],
  hears: (add) => ({ reloaded: ({ isTaken }) => add(1, isTaken ? "taken" : "refused") }),
});

/** When the configuration in use came. */
export const configLoaded = gauge({
  name: "gateway_config_loaded_timestamp_seconds",
  help: "When the configuration in use was loaded, in seconds since the epoch",
  read: ({ configLoadedAtMs }) => configLoadedAtMs / 1000,
});

/** Whether the last edit of the file could not be taken. */
export const configProblems = gauge({
  name: "gateway_config_problems",
  help: "Problems for which the file as it stands is not in use; 0 while it is",
  read: ({ configProblemCount }) => configProblemCount,
});
