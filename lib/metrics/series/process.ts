/**
 * The process itself, under the names that Prometheus has for them.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics}
 * @module
 */
import { gauge } from "../gauge.ts";

/** Which build runs. */
export const build = gauge({
  name: "gateway_build_info",
  help: "The version that runs; always 1",
  labels: ["version"],
  read: ({ version }) => [{ labels: [version], value: 1 }],
});

/** For how long it has run. */
export const uptime = gauge({
  name: "gateway_uptime_seconds",
  help: "Time since the gateway started",
  read: ({ uptimeMs }) => uptimeMs / 1000,
});

/** Since when it runs. */
export const startTime = gauge({
  name: "process_start_time_seconds",
  help: "Start time of the process since the epoch in seconds",
  read: ({ startedAtMs }) => startedAtMs / 1000,
});

/** Memory that the operating system counts. */
export const residentMemory = gauge({
  name: "process_resident_memory_bytes",
  help: "Resident memory size in bytes",
  read: ({ process }) => process.residentBytes,
});

/** Memory that the JavaScript heap holds. */
export const heap = gauge({
  name: "process_heap_bytes",
  help: "Process heap size in bytes",
  read: ({ process }) => process.heapUsedBytes,
});
