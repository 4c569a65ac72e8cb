/**
 * Codex. What its command line sets wins over its file.
 *
 * @see {@link https://developers.openai.com/codex/config-reference}
 * @module
 */
import type { JsonObject } from "../base/json.ts";
import { type Access, type Client, isSecret, PROVIDER_ID } from "./client.ts";
import { TOML_SETTINGS } from "./toml_settings.ts";
import { tomlStatements } from "./toml_statements.ts";

/** The variable that a started Codex finds its key in. */
const KEY_VARIABLE = "OPENCLAW_AUTOPROXY_KEY";

/** Codex. */
export const codex: Client = {
  name: "codex",
  title: "Codex",
  program: "codex",
  install: "npm install -g @openai/codex",
  format: TOML_SETTINGS,

  paths: (home, read) => [`${read("CODEX_HOME") || `${home}/.codex`}/config.toml`],

  settings: (access) => [
    { path: ["model"], value: access.model },
    { path: ["model_provider"], value: PROVIDER_ID },
    {
      path: ["model_providers", PROVIDER_ID],
      value: {
        ...provider(access),
        ...(isSecret(access) ? { experimental_bearer_token: access.key } : {}),
      },
    },
  ],

  launch(access) {
    const key = isSecret(access) ? { env_key: KEY_VARIABLE } : {};
    const values = {
      model: access.model,
      model_provider: PROVIDER_ID,
      ...Object.fromEntries(
        Object.entries({ ...provider(access), ...key })
          .map(([name, value]) => [`model_providers.${PROVIDER_ID}.${name}`, value]),
      ),
    };
    return {
      args: Object.entries(values).flatMap(([name, value]) => [
        "-c",
        `${name}=${JSON.stringify(value)}`,
      ]),
      env: isSecret(access) ? { [KEY_VARIABLE]: access.key } : {},
      unset: [],
    };
  },

  notes: (text) =>
    tomlStatements(text).some(({ path }) => path.length === 1 && path[0] === "profile")
      ? ["a profile is chosen at the top of the file: what it says of models wins over this"]
      : [],
};

function provider({ url }: Access): JsonObject {
  return { name: PROVIDER_ID, base_url: `${url}/v1`, wire_api: "responses" };
}
