/**
 * Where a route's key and headers came from, so that people can be told without being shown them.
 *
 * @module
 */
import type { RouteOrigin } from "./config.ts";
import type { VariableUse } from "./interpolation.ts";
import type { Path } from "./problem.ts";
import type { RawRoute } from "./route.ts";

/** What {@linkcode originOf} needs beside the entry itself. */
export interface OriginSetting {
  index: number;
  defaults: RawRoute;
  /** Every `${NAME}` of the document that was filled in. */
  uses: readonly VariableUse[];
  /** The variable that held the key, when the route or the rules name it. */
  variable: string | undefined;
}

/** The names of the section that holds for all routes; the later stands above the earlier. */
const SECTIONS = ["auth", "global", "defaults"] as const;

/** The origin of one entry of `routes`. */
export function originOf(own: RawRoute, setting: OriginSetting): RouteOrigin {
  const { index, defaults, uses } = setting;
  const entry: Path = ["routes", index];
  const holders: Path[] = [...SECTIONS.map((name) => [name]), entry];
  const inKey = (holder: Path) => uses.find(({ path }) => isAt(path, [...holder, "apiKey"]))?.name;
  // A key of the route's own hides the one for all, whether or not it came from a variable.
  const keyHolders = own.apiKey ? [entry] : holders;
  const keyVariable = setting.variable ?? keyHolders.map(inKey).findLast((name) => name);
  return {
    isProtocolSaid: (own.protocol ?? defaults.protocol) !== undefined,
    ...(keyVariable === undefined ? {} : { keyVariable }),
    headerVariables: Object.fromEntries(
      holders.flatMap((holder) =>
        uses.filter(({ path }) => isAt(path.slice(0, -1), [...holder, "headers"]))
          .map(({ path, name }) => [String(path.at(-1)).toLowerCase(), name])
      ),
    ),
  };
}

function isAt(path: Path, place: Path): boolean {
  return path.length === place.length && path.every((step, depth) => step === place[depth]);
}
