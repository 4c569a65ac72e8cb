/**
 * Paths of clients, with every way to leave the endpoint that they name.
 *
 * @module
 */
import { assert } from "@std/assert";
import { checkPath } from "../../lib/app/path_guard.ts";
import { GatewayError } from "../../lib/base/error.ts";
import type { Random } from "../properties/random.ts";
import { Tally, type Target } from "./target.ts";

const PIECES = [
  "files",
  "file-1",
  "a",
  ".",
  "..",
  "...",
  "..;",
  "..;x",
  "/",
  "\\",
  ";",
  "%2e",
  "%2E",
  "%2f",
  "%5c",
  "%00",
  "%0a",
  "%7f",
  "%25",
  "%252e",
  "%25252f",
  "%",
  "%zz",
  "%c0%ae",
  "%e4%bd%a0",
  "%ff",
  "你",
  "~",
  ":",
  "@",
  " ",
  "+",
  "&",
  "=",
];
const met = new Tally();

function pathOf(random: Random): string {
  const count = 1 + random.below(random.pick([3, 8, 30]));
  return `/${Array.from({ length: count }, () => random.pick(PIECES)).join("")}`;
}

/** More often than the guard decodes: whoever stands behind it decodes a few times at most. */
const DECODINGS = 40;

/** All that a server could make of a path by decoding it again and again. */
function* readings(path: string): Generator<string> {
  let text = path;
  for (let round = 0; round < DECODINGS; round++) {
    yield text;
    const next = text.replace(
      /%([0-7][0-9a-f])/gi,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
    if (next === text) return;
    text = next;
  }
}

/** Whether a reading of the path leaves the folder that it began in, or hides something. */
function leaves(reading: string): boolean {
  const segments = reading.split(/[/\\]/);
  return segments.some((segment) =>
    segment === "." || segment === ".." || segment.startsWith("..;")
  ) || [...reading].some((character) => character < " " || character === "\x7f");
}

/** The target. */
export const pathTarget: Target = {
  properties: new Map([
    ["A path that passes is harmless however often it is decoded", (random: Random) => {
      const path = pathOf(random);
      let isRefused = false;
      try {
        checkPath(path);
      } catch (error) {
        assert(error instanceof GatewayError && error.status === 400, `${path}: ${error}`);
        isRefused = true;
      }
      met.add(isRefused ? "refused" : "passed");
      if (isRefused) return;
      for (const reading of readings(path)) assert(!leaves(reading), `${path} reads ${reading}`);
      // Set as a URL's path, as it is sent on, it stays where it was.
      const url = new URL("http://upstream");
      url.pathname = `/v1${path}`;
      assert(url.pathname.startsWith("/v1/"), `${path} becomes ${url.pathname}`);
    }],
    ["A path of plain names passes", (random: Random) => {
      const names = ["files", "file-1", "a.b", "x..y", "%e4%bd%a0", "~me", "v1:x", "100%25"];
      const path = Array.from({ length: 1 + random.below(6) }, () => `/${random.pick(names)}`);
      checkPath(path.join(""));
    }],
  ]),
  summary: () => met.toString(),
};
