/**
 * Finds the cassette that answers a request: equal requests are answered by their cassettes in the
 * order in which they were recorded.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import { type Cassette, modelOf, type RecordedRequest } from "./cassette.ts";
import { type Difference, differencesBetween } from "./cassette_diff.ts";
import type { JsonPath } from "./json_path.ts";
import { normaliseBody, normaliseText } from "./normalise.ts";
import type { RecordedBody } from "./recorded_body.ts";

/** A cassette and its file's name. */
export interface NamedCassette {
  name: string;
  cassette: Cassette;
}

/** How requests are compared. */
export interface MatchOptions {
  /** Places in a body that do not count. */
  ignored: readonly JsonPath[];
  /** Whether a cassette is played only once; else the last of equal ones is played again. */
  isOnce: boolean;
}

/** No cassette answers. */
export interface Miss {
  /** How many cassettes answer an equal request, and were all played. */
  playedCount: number;
  /** The one whose request differs least. */
  nearest?: { name: string; differences: Difference[] };
}

/** A cassette with its request in the forms in which it is compared. */
interface Entry extends NamedCassette {
  /** The request as it was recorded. */
  exact: string;
  /** The request without what varies. */
  value: JsonObject;
  playCount: number;
}

/** More cassettes than this are not compared to say which is nearest. */
const MAX_COMPARED = 500;

/** Every cassette of a folder. */
export class CassetteShelf {
  readonly #options: MatchOptions;
  readonly #entries: Entry[];
  readonly #byKey: Map<string, Entry[]>;
  missCount = 0;
  playCount = 0;

  /** @param cassettes In the order in which they are played. */
  constructor(cassettes: readonly NamedCassette[], options: MatchOptions) {
    this.#options = options;
    this.#entries = cassettes.map((one) => ({
      ...one,
      exact: JSON.stringify(exactForm(one.cassette.client)),
      value: comparable(one.cassette.client, options.ignored),
      playCount: 0,
    }));
    this.#byKey = Map.groupBy(this.#entries, ({ value }) => JSON.stringify(value));
  }

  /** The next cassette for a request, which then counts as played. */
  take(request: RecordedRequest): { hit: NamedCassette } | { miss: Miss } {
    const value = comparable(request, this.#options.ignored);
    const equal = this.#byKey.get(JSON.stringify(value)) ?? [];
    const entry = this.#next(equal, JSON.stringify(exactForm(request)));
    if (!entry) {
      this.missCount++;
      return { miss: { playedCount: equal.length, ...this.#nearest(value, equal) } };
    }
    entry.playCount++;
    this.playCount++;
    return { hit: entry };
  }

  /** Whether some cassette answers a request. */
  has(request: RecordedRequest): boolean {
    return this.#byKey.has(JSON.stringify(comparable(request, this.#options.ignored)));
  }

  /** Of equal requests the one that is also equal as it stands goes first. */
  #next(equal: readonly Entry[], exact: string): Entry | undefined {
    const unplayed = equal.filter(({ playCount }) => playCount === 0);
    const next = unplayed.find((entry) => entry.exact === exact) ?? unplayed[0];
    return next ?? (this.#options.isOnce ? undefined : equal.at(-1));
  }

  #nearest(value: JsonObject, equal: readonly Entry[]): Pick<Miss, "nearest"> {
    if (equal.length > 0) return {};
    const alike = this.#entries.filter((one) => one.value.path === value.path);
    const compared = (alike.length > 0 ? alike : this.#entries).slice(0, MAX_COMPARED)
      .map(({ name, value: recorded }) => ({
        name,
        differences: differencesBetween(recorded, value),
      }));
    const [nearest] = compared.sort((one, other) =>
      one.differences.length - other.differences.length
    );
    return nearest ? { nearest } : {};
  }

  /** The names of the cassettes that were not played. */
  get unused(): string[] {
    return this.#entries.filter(({ playCount }) => playCount === 0).map(({ name }) => name);
  }

  /** How many cassettes there are. */
  get count(): number {
    return this.#entries.length;
  }

  /** Every model that a recorded request names. */
  get models(): string[] {
    const named = this.#entries.map(({ cassette }) => modelOf(cassette.client));
    return [...new Set(named.filter((model) => model !== undefined))];
  }
}

function exactForm({ method, path, query = "", body }: RecordedRequest): JsonValue {
  return { method, path, query, body: (body ?? null) as JsonValue };
}

/** What counts of a request. */
function comparable(request: RecordedRequest, ignored: readonly JsonPath[]): JsonObject {
  const { method, path, query = "", headers, body } = request;
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}`);
  return {
    method,
    path,
    query: parameters.sort().join("&"),
    body: body === undefined ? null : comparableBody(body, headers["content-type"], ignored),
  };
}

function comparableBody(
  body: RecordedBody,
  type: string | undefined,
  ignored: readonly JsonPath[],
): JsonValue {
  if ("json" in body) return normaliseBody(body.json, ignored);
  if ("base64" in body) return withoutBoundary(atob(body.base64), type);
  return "text" in body ? normaliseText(withoutBoundary(body.text, type)) : null;
}

/** A form's parts are held apart by a word that clients make up anew. */
function withoutBoundary(text: string, type = ""): string {
  const boundary = /boundary="?([^";]+)/i.exec(type)?.[1];
  return boundary === undefined ? text : text.replaceAll(boundary, "<boundary>");
}
