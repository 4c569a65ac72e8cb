/**
 * Claude Code, without a terminal.
 *
 * @see {@link https://code.claude.com/docs/en/llm-gateway}
 * @module
 */
import { type Client, CLIENT_KEY } from "./client.ts";
import { run } from "./packages.ts";
import { readmeBlock } from "./readme.ts";

const PACKAGE = "@anthropic-ai/claude-code";

/** Claude Code. */
export const claudeCode: Client = {
  name: "claude",
  packageName: PACKAGE,

  // The package brings its program in another package, and puts it in place by itself.
  prepare: ({ modules, node }) => run(node, ["install.cjs"], `${modules}/${PACKAGE}`),

  ownArguments: (prompt) => ["-p", prompt, "--output-format", "json", "--allowedTools", "Bash"],
  ownVariables: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1" },

  command({ gateway, prompt }, { modules }) {
    const block = readmeBlock("sh", { word: "ANTHROPIC_BASE_URL", gateway });
    const settings = [...block.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) =>
      [name!, value!] as const
    );
    return Promise.resolve({
      program: `${modules}/.bin/claude`,
      args: claudeCode.ownArguments(prompt),
      env: {
        ...Object.fromEntries(settings),
        ANTHROPIC_AUTH_TOKEN: CLIENT_KEY,
        ...claudeCode.ownVariables,
      },
    });
  },

  answer: (stdout) => JSON.parse(stdout).result,
};
