/**
 * What `start` says once it listens: enough for a newcomer to go on.
 *
 * @module
 */
import type { Config } from "../config/config.ts";

/** More models than this are counted rather than named. */
const MAX_NAMED = 12;

/** The text of the banner. */
export function bannerText(
  config: Config,
  { address, source }: { address: string; source: string },
): string {
  const models = [...new Set(config.routes.flatMap((route) => route.models))];
  const named = ["auto", ...models.slice(0, MAX_NAMED)].join(", ");
  const more = models.length > MAX_NAMED ? ` and ${models.length - MAX_NAMED} more` : "";
  const forwarding = config.routes.filter((route) => route.forwardsClientAuth);
  return [
    `openclaw-autoproxy listens on ${address}`,
    "",
    `  OpenAI clients   base URL ${address}/v1   model auto`,
    `  Claude Code      export ANTHROPIC_BASE_URL=${address}/anthropic`,
    "                   export ANTHROPIC_AUTH_TOKEN=any",
    `  Dashboard        ${address}/`,
    `  Health           ${address}/health`,
    "",
    `  Models           ${named}${more}`,
    `  Config           ${source}`,
    ...forwarding.map(({ name }) =>
      `  Note             ${name} has no key: it gets the client's own`
    ),
    "",
  ].join("\n");
}
