/**
 * Runs a command with a stub in the place of every provider that it would ask.
 *
 * @module
 */
import { isObject } from "../base/json.ts";
import type { LoggedRequest } from "../stub/request_log.ts";
import { repeatableText } from "../stub/repeatable_text.ts";
import { attended } from "./attended_child.ts";

/** No secret: there has to be a key, and it has to look like none. */
const KEY = "stub-key";

/** What the SDKs of the field read, and where they then ask. */
export function environmentFor(address: string): Record<string, string> {
  const openai = `${address}/v1`;
  const anthropic = `${address}/anthropic`;
  return {
    OPENAI_BASE_URL: openai,
    // The name of older clients, LangChain and LiteLLM.
    OPENAI_API_BASE: openai,
    OPENAI_API_KEY: KEY,
    ANTHROPIC_BASE_URL: anthropic,
    ANTHROPIC_API_BASE: anthropic,
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_AUTH_TOKEN: KEY,
    OPENCLAW_AUTOPROXY_STUB_URL: address,
  };
}

/**
 * Runs a command to its end, on this terminal.
 *
 * @returns Its exit code.
 */
export async function runCommand(
  [program, ...args]: readonly string[],
  address: string,
): Promise<number> {
  return await attended({
    names: [program!],
    args,
    env: { ...environmentFor(address), ...withoutProxy() },
    missing: `Cannot find ${program}`,
  });
}

/** A proxy of the tester's would be asked for the loopback, too. */
function withoutProxy(): Record<string, string> {
  return Object.fromEntries(
    ["NO_PROXY", "no_proxy"].map((name) => {
      const others = Deno.env.get(name);
      return [name, `127.0.0.1,localhost${others ? `,${others}` : ""}`];
    }),
  );
}

/** What was asked, a line each. */
export function summaryOf(requests: readonly LoggedRequest[]): string {
  const lines = requests.map(({ number, method, path, body, rule, fault }) => {
    const { model, stream } = isObject(body) ? body : {};
    return [
      `${number}`.padStart(4),
      method,
      path.split("?")[0],
      ...(typeof model === "string" ? [model] : []),
      ...(stream === true ? ["stream"] : []),
      ...(rule === undefined ? [] : [`rule=${rule}`]),
      ...(fault === undefined ? [] : [`fault=${fault}`]),
    ].join(" ");
  });
  const count = requests.length === 1 ? "1 request" : `${requests.length} requests`;
  return repeatableText([`The stub was sent ${count}`, ...lines].join("\n"));
}
