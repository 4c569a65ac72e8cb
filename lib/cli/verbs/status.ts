/**
 * `status`: the health of a running gateway, once or all the time.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { readEnvironment } from "../../config/environment.ts";
import type { ReadVariable } from "../../config/interpolation.ts";
import { httpTransport } from "../../upstream/send.ts";
import { MissingConfig } from "../config_file.ts";
import { readEnvironmentAndFile } from "../environment.ts";
import {
  addressOf,
  askHealth,
  type GatewayPlace,
  type HealthAnswer,
  isOwnPlace,
} from "../gateway_health.ts";
import { invokedConfig } from "../invoked_config.ts";
import { cut } from "../layout.ts";
import { CONFIG_FLAG, PORT_FLAG } from "../serving_flags.ts";
import { statusLines } from "../status_text.ts";
import { pageOf } from "../terminal.ts";
import { tellingProblems } from "../told_problem.ts";
import { type ExitCode, type Invocation, JSON_FLAG, type Verb } from "../verb.ts";

/** `status`. */
export const status: Verb = {
  name: "status",
  summary: "show how a running gateway and its models are",
  flags: [
    { name: "url", value: "URL", alias: "u", doc: "ask there, not where the configuration says" },
    { name: "host", value: "ADDRESS", doc: "the address that the gateway was told to listen on" },
    { ...PORT_FLAG, doc: "the port that it was told to listen on" },
    { name: "watch", alias: "w", doc: "go on until interrupted, and show what changes" },
    CONFIG_FLAG,
    JSON_FLAG,
  ],
  examples: [
    "status",
    "status --watch",
    "status --url http://127.0.0.1:9000 --json",
  ],
  run: (invocation) => tellingProblems("status", () => showStatus(invocation)),
};

/** How often a watched gateway is asked. */
const WATCH_MS = 1_000;

/** How an answer is shown. */
interface Screen {
  place: GatewayPlace;
  read: ReadVariable;
  isJson: boolean;
}

async function showStatus(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation;
  const read = await readEnvironmentAndFile();
  const place = placeOf(await configuredPlace(invocation, read), flags);
  if ("misuse" in place) {
    console.error(place.misuse);
    return 2;
  }
  const transport = httpTransport();
  const screen = { place, read, isJson: flags.has("json") };
  try {
    if (flags.has("watch")) return await watch(screen, () => askHealth(place, transport));
    return showOnce(await askHealth(place, transport), screen);
  } finally {
    transport.close();
  }
}

/** Where the configuration says that a gateway listens, and which clients it knows. */
type ConfiguredPlace = Pick<Config, "host" | "port" | "clients">;

/** A gateway may run over the built-in sample, or a file that was broken since: never mind. */
async function configuredPlace(
  invocation: Invocation,
  read: ReadVariable,
): Promise<ConfiguredPlace> {
  const { host = "127.0.0.1", port = 8787, clientKeys } = readEnvironment(read);
  const clients = clientKeys.map((key) => ({ name: "client", key }));
  try {
    return (await invokedConfig(invocation)).config ?? { host, port, clients };
  } catch (error) {
    if (!(error instanceof MissingConfig) || invocation.flags.has("config")) throw error;
    return { host, port, clients };
  }
}

/** What the flags ask for, else what is configured; the key only for the latter, or this machine. */
function placeOf(
  configured: ConfiguredPlace,
  flags: Invocation["flags"],
): GatewayPlace | { misuse: string } {
  const asked = flags.get("url") as string | undefined;
  const host = (flags.get("host") as string | undefined) ?? configured.host;
  const port = (flags.get("port") as string | undefined) ?? configured.port;
  const url = asked === undefined ? addressOf({ host, port }) : URL.parse(asked);
  if (!url || !/^https?:$/.test(url.protocol)) {
    const flag = asked === undefined ? "Flags --host and --port" : "Flag --url";
    const got = asked ?? `${host}:${port}`;
    return { misuse: `${flag}: expected an address such as http://127.0.0.1:8787, got ${got}` };
  }
  const [client] = configured.clients;
  return client && isOwnPlace(url, configured) ? { url, key: client.key } : { url };
}

function showOnce(answer: HealthAnswer, screen: Screen): ExitCode {
  if ("problem" in answer) {
    console.error(answer.problem);
    return 1;
  }
  console.log(textOf(answer, screen));
  return 0;
}

function textOf(answer: HealthAnswer, { place, read, isJson }: Screen): string {
  if ("problem" in answer) return isJson ? JSON.stringify(answer) : answer.problem;
  if (isJson) return JSON.stringify(answer.health.json);
  return statusLines(answer.health, place.url.host, pageOf(Deno.stdout, read)).join("\n");
}

/** Asks every second until it is told to stop. */
async function watch(screen: Screen, ask: () => Promise<HealthAnswer>): Promise<ExitCode> {
  const stop = Promise.withResolvers<undefined>();
  const onSignal = () => stop.resolve(undefined);
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  const show = Deno.stdout.isTerminal() && !screen.isJson ? redrawing(screen) : appending(screen);
  const unlessStopped = <T>(work: Promise<T>) => Promise.race([work, stop.promise]);
  try {
    for (let answer = await unlessStopped(ask()); answer; answer = await unlessStopped(ask())) {
      show.answer(answer);
      await unlessStopped(pause(WATCH_MS));
    }
  } finally {
    show.end();
    for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
  }
  return 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Shows one answer after the other. */
interface Show {
  answer(answer: HealthAnswer): void;
  end(): void;
}

/** What is not a terminal gets only what changed. */
function appending(screen: Screen): Show {
  let last = "";
  return {
    answer: (answer) => {
      const text = textOf(answer, screen);
      if (text === last) return;
      last = text;
      if ("problem" in answer && !screen.isJson) console.error(text);
      else console.log(text);
    },
    end: () => {},
  };
}

/** The alternate screen (xterm's 1049), without a cursor (25): what stood before comes back. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_REST = "\x1b[J";

function redrawing(screen: Screen): Show {
  write(ENTER);
  return {
    answer: (answer) => {
      const { rows, columns } = Deno.consoleSize();
      const { style } = pageOf(Deno.stdout, screen.read);
      const lines = textOf(answer, screen).split("\n").slice(0, rows - 2);
      const footer = style.dim(cut("Every second; ctrl-C ends it", columns));
      write(
        HOME + [...lines, "", footer].map((line) => line + CLEAR_LINE).join("\r\n") + CLEAR_REST,
      );
    },
    end: () => write(LEAVE),
  };
}

const encoder = new TextEncoder();

/** In one write, so that no half picture is seen. */
function write(text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
