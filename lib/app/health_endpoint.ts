/**
 * `GET /health`: how well each model answered, as a table for people or as JSON.
 *
 * @module
 */
import { WINDOW_HOURS } from "../metrics/health.ts";
import { healthText } from "../metrics/health_text.ts";
import type { Handler } from "./request_context.ts";

/** Answers with the table of this moment. */
export const health: Handler = (context, gateway): Response => {
  const { config } = context.get("state");
  const served = config.routes.flatMap((route) =>
    route.models.map((model) => ({ model, route: route.name }))
  );
  const table = gateway.health.table(served);
  if (context.req.query("format") !== "json") return context.text(healthText(table));
  return context.json({
    status: gateway.isStopping ? "stopping" : "ok",
    retryStatusCodes: [...config.retryStatusCodes],
    enabledRouteCount: config.routes.length,
    modelHealthWindowHours: WINDOW_HOURS,
    modelHealth: table,
  });
};
