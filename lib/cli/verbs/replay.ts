/**
 * `replay`: answers clients from recorded cassettes, without an upstream, a key or a network.
 *
 * @module
 */
import { unplayable } from "../../stub/cassette.ts";
import { CassetteShelf, type NamedCassette } from "../../stub/cassette_match.ts";
import { type JsonPath, parseJsonPath } from "../../stub/json_path.ts";
import { readFolder } from "../cassette_folder.ts";
import { loadText } from "../config_file.ts";
import { counted } from "../counted.ts";
import { DOT_ENV, readEnvironmentAndFile } from "../environment.ts";
import type { InvokedConfig } from "../invoked_config.ts";
import { Player } from "../player.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import { tellingProblems } from "../told_problem.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";
import { serveAndStay } from "./start.ts";

/** `replay`. */
export const replay: Verb = {
  name: "replay",
  summary: "answer clients from recorded exchanges, without upstreams and keys",
  flags: [
    { name: "from", value: "DIR", doc: "play the cassettes of this folder" },
    {
      name: "ignore",
      value: "PATH",
      doc: "leave a place of the body out of the comparison, as $.metadata; may be repeated",
      isMany: true,
    },
    {
      name: "strict",
      doc: "play each cassette once, and exit with 1 when one was missing or was not played",
    },
    { name: "timing", doc: "play at the pace of the recording instead of at once" },
    ...SERVING_FLAGS.filter(({ name }) => name === "host" || name === "port"),
  ],
  examples: [
    "replay --from cassettes",
    `replay --from cassettes --strict --ignore '$.metadata'`,
  ],
  run: (invocation) => tellingProblems("replay", () => replayAndStay(invocation)),
};

async function replayAndStay(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation;
  const folder = flags.get("from") as string | undefined;
  if (folder === undefined) return misused("replay needs to know what to play: --from DIR");
  const ignored = pathsIn(flags.get("ignore") as string | undefined);
  if ("problem" in ignored) return misused(ignored.problem);
  const isStrict = flags.has("strict");
  const shelf = new CassetteShelf(cassettesIn(folder), {
    ignored: ignored.paths,
    isOnce: isStrict,
  });
  return await serveAndStay(invocation, {
    tap: new Player(shelf, { isTimed: flags.has("timing") }),
    find: () => playedConfig(shelf, folder),
    onStopped: () => Promise.resolve(conclude(shelf, isStrict)),
  });
}

function misused(problem: string): ExitCode {
  console.error(problem);
  return 2;
}

/** The paths of `--ignore`, one a line. */
function pathsIn(text = ""): { paths: JsonPath[] } | { problem: string } {
  const words = text.split("\n").filter((word) => word !== "");
  const paths = words.map(parseJsonPath);
  const wrong = paths.indexOf(undefined);
  return wrong === -1
    ? { paths: paths as JsonPath[] }
    : { problem: `Flag --ignore: expected a path such as $.metadata.user_id, got ${words[wrong]}` };
}

/** Every cassette that can be played. */
function cassettesIn(folder: string): NamedCassette[] {
  return readFolder(folder).filter(({ name, cassette }) => {
    const reason = unplayable(cassette);
    if (reason !== undefined) console.error(`warning: ${folder}/${name} is not played: ${reason}`);
    return reason === undefined;
  });
}

/** What replay heeds of the environment; the rest speaks of upstreams. */
const VARIABLES: ReadonlySet<string> = new Set([
  "HOST",
  "PORT",
  "GATEWAY_API_KEYS",
  "LOG_FORMAT",
  "REQUEST_BODY_TIMEOUT_MS",
]);

/** A configuration whose models are those of the cassettes. */
async function playedConfig(shelf: CassetteShelf, folder: string): Promise<InvokedConfig> {
  const variable = await readEnvironmentAndFile();
  const read = (name: string) => VARIABLES.has(name) ? variable(name) : undefined;
  const models = shelf.models.filter((model) => model.toLowerCase() !== "auto");
  const text = JSON.stringify({
    routes: [{ name: "cassettes", url: "stub:ok", model: models.length > 0 ? models : ["*"] }],
  });
  const source = `${counted(shelf.count, "cassette")} in ${folder}`;
  return { ...loadText(text, read), source, text, read, variables: VARIABLES, files: [DOT_ENV] };
}

/** Says what was not as recorded, and what it means for the exit code. */
function conclude(shelf: CassetteShelf, isStrict: boolean): ExitCode {
  const { missCount, unused, playCount } = shelf;
  const parts = [
    `played ${playCount}`,
    ...(missCount > 0 ? [`no cassette for ${missCount}`] : []),
    ...(unused.length > 0 ? [`not played: ${unused.join(", ")}`] : []),
  ];
  console.error(`replay: ${parts.join("; ")}`);
  return isStrict && (missCount > 0 || unused.length > 0) ? 1 : 0;
}
