/**
 * Nothing in between: what the upstream and the driver cost themselves.
 *
 * @module
 */
import type { Contender } from "./contender.ts";

/** The upstream itself. */
export const direct: Contender = {
  name: "direct",
  version: "no gateway",
  start: ({ upstreamPort }) =>
    Promise.resolve({
      port: upstreamPort,
      cpuSeconds: 0,
      peakMiB: 0,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};
