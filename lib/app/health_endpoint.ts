/**
 * `GET /health`: how well each model answered, as a table for people or as JSON.
 *
 * @module
 */
import { WINDOW_HOURS } from "../metrics/health.ts";
import { healthText } from "../metrics/health_text.ts";
import type { ConfigurationStatus } from "./gateway.ts";
import type { Handler } from "./request_context.ts";

/** Answers with the table of this moment. */
export const health: Handler = (context, gateway): Response => {
  const { config } = context.get("state");
  const served = config.routes.flatMap((route) =>
    route.models.map((model) => ({ model, route: route.name }))
  );
  const table = gateway.health.table(served);
  const { configuration } = gateway;
  if (context.req.query("format") !== "json") {
    return context.text(`${healthText(table)}\n${configurationLine(configuration)}\n`);
  }
  return context.json({
    status: gateway.isStopping ? "stopping" : "ok",
    retryStatusCodes: [...config.retryStatusCodes],
    enabledRouteCount: config.routes.length,
    modelHealthWindowHours: WINDOW_HOURS,
    modelHealth: table,
    config: {
      source: configuration.source,
      loadedAt: new Date(configuration.loadedAtMs).toISOString(),
      problems: configuration.problems,
    },
  });
};

/** `Configuration: routes.yml, in use since 2026-11-01T12:00:00.000Z` */
function configurationLine({ source, loadedAtMs, problems }: ConfigurationStatus): string {
  const [first, ...others] = problems;
  const use = `Configuration: ${source}, in use since ${new Date(loadedAtMs).toISOString()}`;
  if (first === undefined) return use;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return `${use}; what it says now is not: ${first}${more}`;
}
