/**
 * OpenClaw, as an agent without its own gateway, with each of the protocols that it can speak.
 *
 * @see {@link https://docs.openclaw.ai/gateway/configuration}
 * @module
 */
import { type Client, CLIENT_KEY } from "./client.ts";
import { readmeBlock } from "./readme.ts";

/** OpenClaw as README.md has it, and with the other protocols that it knows. */
export const openclaws: readonly Client[] = [
  openclawWith({}),
  openclawWith({ api: "openai-responses" }),
  openclawWith({ api: "anthropic-messages", base: "/anthropic" }),
];

function ownArguments(prompt: string): string[] {
  const session = ["--session-key", "agent:main:clients"];
  return ["agent", "--local", "--json", ...session, "--message", prompt];
}

function openclawWith({ api, base }: { api?: string; base?: string }): Client {
  return {
    name: `openclaw ${api ?? ""}`.trim(),
    packageName: "openclaw",

    ownArguments,

    async command({ gateway, prompt, home }, { modules, node }) {
      const settings = JSON.parse(readmeBlock("json", { word: "providers", gateway }));
      const { autoproxy } = settings.models.providers;
      autoproxy.apiKey = CLIENT_KEY;
      if (api !== undefined) autoproxy.api = api;
      if (base !== undefined) autoproxy.baseUrl = gateway + base;
      await Deno.mkdir(`${home}/.openclaw`);
      await Deno.writeTextFile(`${home}/.openclaw/openclaw.json`, JSON.stringify(settings));
      return {
        program: node,
        args: [`${modules}/openclaw/openclaw.mjs`, ...ownArguments(prompt)],
      };
    },

    answer: (stdout) => JSON.parse(stdout).payloads.at(-1).text,
  };
}
