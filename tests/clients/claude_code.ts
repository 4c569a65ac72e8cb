/**
 * Claude Code, without a terminal.
 *
 * @see {@link https://code.claude.com/docs/en/llm-gateway}
 * @module
 */
import { type Client, CLIENT_KEY } from "./client.ts";
import { run } from "./packages.ts";

const PACKAGE = "@anthropic-ai/claude-code";

export const claudeCode: Client = {
  name: "claude",
  packageName: PACKAGE,

  /** The package brings its program in another package, and puts it in place by itself. */
  prepare: ({ modules, node }) => run(node, ["install.cjs"], `${modules}/${PACKAGE}`),

  command({ gateway, prompt }, { modules }) {
    return Promise.resolve({
      program: `${modules}/.bin/claude`,
      args: ["-p", prompt, "--output-format", "json", "--allowedTools", "Bash"],
      env: {
        ANTHROPIC_BASE_URL: `${gateway}/anthropic`,
        ANTHROPIC_AUTH_TOKEN: CLIENT_KEY,
        ANTHROPIC_MODEL: "auto",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
      },
    });
  },

  answer: (stdout) => JSON.parse(stdout).result,
};
