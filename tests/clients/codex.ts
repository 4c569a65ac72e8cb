/**
 * Codex, without a terminal.
 *
 * @see {@link https://developers.openai.com/codex/config-reference}
 * @module
 */
import type { Client } from "./client.ts";

export const codex: Client = {
  name: "codex",
  packageName: "@openai/codex",

  async command({ gateway, prompt, home }, { modules, node }) {
    await Deno.mkdir(`${home}/.codex`);
    await Deno.writeTextFile(`${home}/.codex/config.toml`, config(gateway));
    return {
      program: node,
      args: [
        `${modules}/@openai/codex/bin/codex.js`,
        "exec",
        "--skip-git-repo-check",
        "--dangerously-bypass-approvals-and-sandbox",
        prompt,
      ],
    };
  },

  /** Everything but the last message goes to standard error. */
  answer: (stdout) => stdout,
};

function config(gateway: string): string {
  return `model = "auto"
model_provider = "autoproxy"

[model_providers.autoproxy]
name = "autoproxy"
base_url = "${gateway}/v1"
wire_api = "responses"
`;
}
