/**
 * OpenClaw, as an agent without its own gateway, with each of the protocols that it can speak.
 *
 * @see {@link https://docs.openclaw.ai/gateway/configuration}
 * @module
 */
import { type Client, CLIENT_KEY } from "./client.ts";

/** How OpenClaw calls a protocol, and where it then asks. */
const APIS = [
  { api: "openai-completions", path: "/v1" },
  { api: "openai-responses", path: "/v1" },
  { api: "anthropic-messages", path: "/anthropic" },
] as const;

type Api = (typeof APIS)[number];

/** One client for each protocol. */
export const openclaws: readonly Client[] = APIS.map((api) => ({
  name: `openclaw ${api.api}`,
  packageName: "openclaw",

  async command({ gateway, prompt, home }, { modules, node }) {
    await Deno.mkdir(`${home}/.openclaw`);
    const settings = JSON.stringify(config(gateway, api), null, 2);
    await Deno.writeTextFile(`${home}/.openclaw/openclaw.json`, settings);
    return {
      program: node,
      args: [
        `${modules}/openclaw/openclaw.mjs`,
        "agent",
        "--local",
        "--json",
        "--session-key",
        "agent:main:clients",
        "--message",
        prompt,
      ],
    };
  },

  answer: (stdout) => JSON.parse(stdout).payloads.at(-1).text,
}));

function config(gateway: string, { api, path }: Api) {
  return {
    models: {
      providers: {
        autoproxy: {
          baseUrl: `${gateway}${path}`,
          apiKey: CLIENT_KEY,
          api,
          models: [{ id: "auto", name: "auto" }],
        },
      },
    },
    agents: { defaults: { model: { primary: "autoproxy/auto" } } },
  };
}
