/**
 * Codex, without a terminal: with a model that it does not know, and with one of its own.
 *
 * @see {@link https://developers.openai.com/codex/config-reference}
 * @module
 */
import type { Client } from "./client.ts";
import { readmeBlock } from "./readme.ts";

/** A model that Codex knows by how the name begins: its tools are code, and come in groups. */
const OWN_MODEL = "gpt-6.1-sol-thinks";

/** Codex as README.md has it. */
export const codex: Client = codexWith("codex", {});

/** Codex with a model of its maker. */
export const codexOwn: Client = codexWith("codex own model", { model: OWN_MODEL });

function codexWith(name: string, { model }: { model?: string }): Client {
  const ownArguments = (prompt: string) => [
    "exec",
    ...(model === undefined ? [] : ["--model", model]),
    "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox",
    prompt,
  ];
  return {
    name,
    packageName: "@openai/codex",
    ...(model === undefined ? {} : { model }),

    ownArguments,

    async command({ gateway, prompt, home }, { modules, node }) {
      const settings = readmeBlock("toml", { word: "model_provider", gateway });
      await Deno.mkdir(`${home}/.codex`);
      await Deno.writeTextFile(`${home}/.codex/config.toml`, settings);
      return {
        program: node,
        args: [`${modules}/@openai/codex/bin/codex.js`, ...ownArguments(prompt)],
      };
    },

    // Everything but the last message goes to standard error.
    answer: (stdout) => stdout,
  };
}
