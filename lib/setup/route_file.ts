/**
 * Writes a `routes.yml` that its owner can go on with: commented, and without a key in it.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { RawRoute } from "../config/route.ts";
import { entriesOf, yamlLines } from "../base/yaml_text.ts";

/** A route that is to be written. */
export interface RouteDraft extends RawRoute {
  name: string;
  url: string;
  /** Lines above it. */
  comments?: readonly string[];
}

/** A file that is to be written. */
export interface FileDraft {
  /** Lines at the top. */
  about: readonly string[];
  /** Everything beside the routes. */
  settings: JsonObject;
  routes: readonly RouteDraft[];
  /** Routes that stand there as comments, to be put to use by hand. */
  offers?: readonly RouteDraft[];
}

/** The text of a file. */
export function routeFileText({ about, settings, routes, offers = [] }: FileDraft): string {
  return [
    ...about.map(comment),
    "",
    ...entriesOf(settings).flatMap(([key, value]) => [...yamlLines(key, value, 0), ""]),
    "routes:",
    ...joined(routes.map(routeLines)),
    ...(offers.length > 0 ? ["", ...offerLines(offers)] : []),
    "",
  ].join("\n");
}

/** A comment may come from somewhere else, and must stay one. */
function comment(text: string): string {
  // deno-lint-ignore no-control-regex -- line breaks of every kind end a comment
  return `# ${text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g, " ")}`.trimEnd();
}

function routeLines({ comments = [], ...route }: RouteDraft): string[] {
  const fields = entriesOf(route as unknown as JsonObject)
    .flatMap(([key, value]) => yamlLines(key, oneOrMore(value), 4));
  const [first, ...rest] = fields;
  return [...comments.map((one) => `  ${comment(one)}`), `  - ${first!.trimStart()}`, ...rest];
}

/** A list of one is written as what it holds. */
function oneOrMore(value: JsonValue): JsonValue {
  return Array.isArray(value) && value.length === 1 ? value[0]! : value;
}

function joined(blocks: readonly string[][]): string[] {
  return blocks.flatMap((lines, index) => index === 0 ? lines : ["", ...lines]);
}

function offerLines(offers: readonly RouteDraft[]): string[] {
  return [
    "  # ---- More providers: take the # away, and set the variable. ----",
    "",
    ...joined(offers.map((one) => routeLines({ ...one, comments: [] }))).map((line) =>
      line && `  # ${line.slice(2)}`
    ),
  ];
}
