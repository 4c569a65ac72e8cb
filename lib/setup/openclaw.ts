/**
 * OpenClaw. Its settings are one JSON5 file; a variable may name another one.
 *
 * @see {@link https://docs.openclaw.ai/gateway/configuration}
 * @see {@link https://docs.openclaw.ai/gateway/config-tools/custom-providers}
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";
import { type Access, ANSWER_TOKENS, type Client, CONTEXT_TOKENS, PROVIDER_ID } from "./client.ts";
import { Json5Error, readJson5 } from "./json5.ts";
import { JSON_SETTINGS } from "./json_settings.ts";
import { withSettings } from "./settings_text.ts";

const PATH_VARIABLE = "OPENCLAW_CONFIG_PATH";

/** OpenClaw. */
export const openclaw: Client = {
  name: "openclaw",
  title: "OpenClaw",
  program: "openclaw",
  install: "npm install -g openclaw",
  format: JSON_SETTINGS,

  paths(home, read) {
    const folder = read("OPENCLAW_STATE_DIR") || `${read("OPENCLAW_HOME") || home}/.openclaw`;
    return [read(PATH_VARIABLE) || `${folder}/openclaw.json`];
  },

  settings,

  launch: (access, { settings: own }) => ({
    args: [],
    env: {},
    unset: [],
    file: {
      text: withSettings(own, settings(access), JSON_SETTINGS),
      isBeside: own.includes("$include"),
      tell: { variable: PATH_VARIABLE },
    },
  }),

  notes(text) {
    const allowed = at(text, "agents", "defaults", "modelPolicy", "allow");
    const isClosed = Array.isArray(allowed) && allowed.length > 0 &&
      !allowed.some((one) => String(one).startsWith(`${PROVIDER_ID}/`));
    const note = `agents.defaults.modelPolicy.allow names the models that may be used: ` +
      `add "${PROVIDER_ID}/*" to it`;
    return isClosed ? [note] : [];
  },
};

function settings({ url, key, model, others }: Access) {
  return [
    {
      path: ["models", "providers", PROVIDER_ID],
      value: {
        baseUrl: `${url}/v1`,
        apiKey: key,
        api: "openai-completions",
        models: [model, ...others].map((id) => ({
          id,
          name: id,
          reasoning: true,
          input: ["text", "image"],
          contextWindow: CONTEXT_TOKENS,
          maxTokens: ANSWER_TOKENS,
        })),
      },
    },
    { path: ["agents", "defaults", "model", "primary"], value: `${PROVIDER_ID}/${model}` },
  ];
}

function at(text: string, ...path: string[]): JsonValue | undefined {
  try {
    return path.reduce<JsonValue | undefined>(
      (value, key) => isObject(value) ? value[key] : undefined,
      readJson5(text),
    );
  } catch (error) {
    // Nothing is there yet, or nothing that can be read: whoever edits it says so.
    if (error instanceof Json5Error) return undefined;
    throw error;
  }
}
