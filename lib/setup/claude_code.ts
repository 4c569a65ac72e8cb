/**
 * Claude Code. Its settings may set variables of the environment, and win over those of the shell;
 * what the command line says wins over both.
 *
 * @see {@link https://code.claude.com/docs/en/settings}
 * @see {@link https://code.claude.com/docs/en/llm-gateway}
 * @module
 */
import { type Access, type Client, CONTEXT_TOKENS, isSecret } from "./client.ts";
import { JSON_SETTINGS } from "./json_settings.ts";
import { withSettings } from "./settings_text.ts";

/** Claude Code. */
export const claudeCode: Client = {
  name: "claude",
  title: "Claude Code",
  program: "claude",
  install: "npm install -g @anthropic-ai/claude-code",
  format: JSON_SETTINGS,

  paths: (home, read) => [`${read("CLAUDE_CONFIG_DIR") || `${home}/.claude`}/settings.json`],

  settings,

  launch(access, { args }) {
    const text = withSettings("", settings(access), JSON_SETTINGS);
    // A list of processes shows arguments to everybody on the machine: a key goes into a file.
    const isInline = !isSecret(access);
    // Its user's own `--settings` may stand there: then the environment has to do.
    const isTaken = args.some((arg) => /^--settings(=|$)/.test(arg));
    return {
      args: isInline && !isTaken ? ["--settings", JSON.stringify(JSON.parse(text))] : [],
      env: variables(access),
      unset: ELSEWHERE,
      ...(isInline || isTaken
        ? {}
        : { file: { text, isBeside: false, tell: { flag: "--settings" } } }),
    };
  },

  notes: (_text, read) =>
    ELSEWHERE.filter((name) => read(name)).map((name) =>
      `${name} is set in your environment: unset it, or Claude Code may use it instead`
    ),
};

/** Variables that send it to another place, or another key beside ours. */
const ELSEWHERE: readonly string[] = [
  "ANTHROPIC_API_KEY",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_USE_FOUNDRY",
];

function settings(access: Access) {
  return Object.entries(variables(access))
    .map(([name, value]) => ({ path: ["env", name], value }));
}

function variables({ url, key, model }: Access): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: `${url}/anthropic`,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: model,
    // Subagents and small tasks name a model by its tier.
    ANTHROPIC_DEFAULT_OPUS_MODEL: model,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ANTHROPIC_DEFAULT_FABLE_MODEL: model,
    CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(CONTEXT_TOKENS),
  };
}
