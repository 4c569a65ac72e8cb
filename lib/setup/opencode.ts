/**
 * opencode. It merges its settings from several places, of which a variable of the environment is
 * the last.
 *
 * @see {@link https://opencode.ai/docs/config/}
 * @see {@link https://opencode.ai/docs/providers/}
 * @module
 */
import type { JsonObject } from "../base/json.ts";
import { type Access, ANSWER_TOKENS, type Client, CONTEXT_TOKENS, PROVIDER_ID } from "./client.ts";
import { JSON_SETTINGS } from "./json_settings.ts";
import { withSettings } from "./settings_text.ts";

const CONTENT_VARIABLE = "OPENCODE_CONFIG_CONTENT";

/** opencode. */
export const opencode: Client = {
  name: "opencode",
  title: "opencode",
  program: "opencode",
  install: "npm install -g opencode-ai",
  format: JSON_SETTINGS,

  paths(home, read) {
    const own = read("OPENCODE_CONFIG");
    const folder = `${read("XDG_CONFIG_HOME") || `${home}/.config`}/opencode`;
    return own ? [own] : [`${folder}/opencode.jsonc`, `${folder}/opencode.json`];
  },

  settings,

  launch: (access, { read }) => ({
    args: [],
    // What somebody has put there already stays.
    env: {
      [CONTENT_VARIABLE]: withSettings(
        read(CONTENT_VARIABLE) ?? "",
        settings(access),
        JSON_SETTINGS,
      ),
    },
    unset: [],
  }),
};

function settings({ url, key, model, others }: Access) {
  const models = [model, ...others].map((name) => [name, MODEL_OF(name)]);
  return [
    {
      path: ["provider", PROVIDER_ID],
      value: {
        npm: "@ai-sdk/openai-compatible",
        name: "openclaw-autoproxy",
        options: { baseURL: `${url}/v1`, apiKey: key },
        models: Object.fromEntries(models),
      },
    },
    { path: ["model"], value: `${PROVIDER_ID}/${model}` },
  ];
}

const MODEL_OF = (name: string): JsonObject => ({
  name,
  tool_call: true,
  reasoning: true,
  attachment: true,
  modalities: { input: ["text", "image"], output: ["text"] },
  limit: { context: CONTEXT_TOKENS, output: ANSWER_TOKENS },
});
