/**
 * `GET /metrics`: what happened and what is, for Prometheus.
 *
 * @module
 */
import { EXPOSITION_TYPE } from "../metrics/exposition.ts";
import { snapshotOf } from "./moment.ts";
import type { Handler } from "./request_context.ts";

/** Answers with all metrics. */
export const metrics: Handler = (_context, gateway): Response =>
  new Response(gateway.metrics.text(snapshotOf(gateway)), {
    headers: { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" },
  });
