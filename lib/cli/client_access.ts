/**
 * How a client reaches the gateway: from the flags, and from the configuration.
 *
 * @module
 */
import { callableAddress } from "../base/listen_address.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Config } from "../config/config.ts";
import type { ReadVariable } from "../config/interpolation.ts";
import { type Access, ANY_KEY } from "../setup/client.ts";
import { MissingConfig, problemText } from "./config_file.ts";
import { readEnvironmentAndFile } from "./environment.ts";
import { type InvokedConfig, invokedConfig } from "./invoked_config.ts";
import { CONFIG_FLAG } from "./serving_flags.ts";
import { ToldProblem } from "./told_problem.ts";
import type { Flag, Invocation } from "./verb.ts";

/** The flags that say how a client reaches the gateway. */
export const ACCESS_FLAGS: readonly Flag[] = [
  { name: "url", value: "URL", doc: "where the gateway is, when the configuration does not say" },
  { name: "model", value: "NAME", alias: "m", doc: "the model to ask for instead of auto" },
  {
    name: "client",
    value: "NAME",
    doc: "send the key of this one of `clients` instead of the first",
  },
  { name: "key-env", value: "NAME", doc: "send the key in this environment variable" },
  CONFIG_FLAG,
];

/** What the command line leads to. */
export interface Found {
  access: Access;
  read: ReadVariable;
  /** The configuration; absent with `--url`, or where there is none. */
  config?: Config;
  invoked?: InvokedConfig;
}

/** Where the gateway listens unless somebody says otherwise. */
const USUAL_URL = "http://127.0.0.1:8787";
/** Clients show all of them in one list. */
const MAX_OTHERS = 50;

/**
 * Reads it.
 *
 * @throws {ToldProblem} When a flag or the configuration is wrong.
 * @throws {MissingConfig} When there is none, and one is needed.
 */
export async function findAccess(
  invocation: Invocation,
  { needsConfig }: { needsConfig: boolean },
): Promise<Found> {
  const { flags } = invocation;
  const url = flags.get("url") as string | undefined;
  if (url !== undefined) {
    const read = await readEnvironmentAndFile();
    return { access: accessOf(gatewayUrl(url), { flags, read }), read };
  }
  try {
    const invoked = await invokedConfig(invocation);
    const config = checked(invoked);
    const { read } = invoked;
    return { access: accessOf(urlOf(config), { flags, read, config }), read, config, invoked };
  } catch (error) {
    if (!(error instanceof MissingConfig) || needsConfig || flags.has("config")) throw error;
    const read = await readEnvironmentAndFile();
    return { access: accessOf(USUAL_URL, { flags, read }), read };
  }
}

function checked({ config, problems, source }: InvokedConfig): Config {
  if (config) return config;
  throw new ToldProblem(problems.map((problem) => problemText(source, problem)).join("\n"));
}

/** A base URL as its user has it at hand: often with what clients put behind it. */
function gatewayUrl(text: string): string {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new ToldProblem(`Flag --url: expected an address such as ${USUAL_URL}`);
  }
  return url.origin + url.pathname.replace(/\/+(?:(?:v1|anthropic)\/*)?$/, "");
}

/** Where the gateway of a configuration listens, as a client on the same machine sees it. */
function urlOf({ host, port }: Config): string {
  return callableAddress(host, port);
}

interface AccessSource {
  flags: Invocation["flags"];
  read: ReadVariable;
  config?: Config;
}

function accessOf(url: string, { flags, read, config }: AccessSource): Access {
  const model = (flags.get("model") as string | undefined) ?? "auto";
  const known = config === undefined ? [] : modelsOf(config);
  const isOpen = config === undefined || config.routes.some((route) => route.isWildcard);
  if (!isOpen && !known.includes(model)) {
    const hint = didYouMean(model, known) || `, expected one of ${known.slice(0, 12).join(", ")}`;
    throw new ToldProblem(`Unknown model ${model}${hint}`);
  }
  const others = known.filter((name) => name !== model).slice(0, MAX_OTHERS);
  return { url, key: keyOf({ flags, read, ...(config ? { config } : {}) }), model, others };
}

function modelsOf(config: Config): string[] {
  return [...new Set(["auto", ...config.routes.flatMap((route) => route.models)])];
}

function keyOf({ flags, read, config }: AccessSource): string {
  const variable = flags.get("key-env") as string | undefined;
  if (variable !== undefined) {
    const key = read(variable)?.trim();
    if (key) return key;
    throw new ToldProblem(`The environment variable ${variable} of --key-env is not set`);
  }
  const clients = config?.clients ?? [];
  const name = flags.get("client") as string | undefined;
  if (name === undefined) return clients[0]?.key ?? ANY_KEY;
  const client = clients.find((one) => one.name === name);
  if (client) return client.key;
  const names = clients.map((one) => one.name);
  throw new ToldProblem(`Unknown client ${name}${didYouMean(name, names) || clientList(names)}`);
}

function clientList(names: readonly string[]): string {
  return names.length === 0 ? ": the configuration names none" : `, expected ${names.join(", ")}`;
}
