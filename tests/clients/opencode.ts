/**
 * opencode, without a terminal.
 *
 * @see {@link https://opencode.ai/docs/cli/}
 * @module
 */
import type { Client } from "./client.ts";
import { run } from "./packages.ts";

const PACKAGE = "opencode-ai";

/** opencode, which README.md has no settings for: `setup` writes them. */
export const opencode: Client = {
  name: "opencode",
  packageName: PACKAGE,

  // The package brings its program in another package, and puts it in place by itself.
  prepare: ({ modules, node }) => run(node, ["postinstall.mjs"], `${modules}/${PACKAGE}`),

  // With a title given, it asks for none, which would move the rotation on.
  ownArguments: (prompt) => ["run", "--auto", "--format", "json", "--title", "task", prompt],
  ownVariables: { OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_AUTOUPDATE: "1" },

  /** One event a line; those of text hold what was said. */
  answer: (stdout) =>
    stdout.split("\n").filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "text")
      .map(({ part }) => part.text).join("\n"),
};
