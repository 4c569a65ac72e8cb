/**
 * What the examinations of one route's models come to: what to write into its entry.
 *
 * @module
 */
import type { JsonValue } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Route, RouteQuirks } from "../config/config.ts";
import { PROTOCOL_OF_WORD } from "../config/route.ts";
import type { Examination } from "./examination.ts";
import { joinedQuirks } from "./quirks.ts";

/** One key of a route's entry. */
export interface Setting {
  key: string;
  value: JsonValue;
  /** The upstream's words that led to it. */
  reason?: string;
}

/** What to do about one route. */
export interface RouteAdvice {
  route: Route;
  /** What to write into its entry. */
  settings: Setting[];
  /** What cannot be written there, as it does not hold for all of its models. */
  notes: string[];
}

/** What a model cannot do, its neighbours at the same upstream may be able to. */
const OF_THE_MODEL: ReadonlySet<string> = new Set(["vision", "defaultMaxTokens"]);

/** What to do about a route whose models were examined. */
export function adviceFor(examinations: readonly Examination[]): RouteAdvice {
  const { route } = examinations[0]!;
  const told = examinations.filter(({ findings }) => findings.answer.verdict === "yes");
  const wanted = wantedBy(told);
  const others = unexamined(route, told);
  const settings: Setting[] = [];
  const notes: string[] = [];
  for (const [id, { setting, models }] of wanted) {
    const isOfModel = OF_THE_MODEL.has(setting.key);
    const isForAll = models.length === told.length && !(isOfModel && others.length > 0);
    if (isForAll) settings.push(setting);
    else notes.push(noteOn(id, models, models.length < told.length ? [] : others));
  }
  return { route, settings: joined(settings, route.quirks), notes };
}

type Wanted = Map<string, { setting: Setting; models: string[] }>;

/** Each setting, a parameter by itself, and the models that want it. */
function wantedBy(examinations: readonly Examination[]): Wanted {
  const wanted: Wanted = new Map();
  for (const examination of examinations) {
    for (const setting of settingsOf(examination)) {
      const id = `${setting.key}: ${JSON.stringify(setting.value)}`;
      const known = wanted.get(id) ?? { setting, models: [] };
      known.models.push(examination.model);
      wanted.set(id, known);
    }
  }
  return wanted;
}

function settingsOf({ prescription }: Examination): Setting[] {
  const { quirks, protocols, reasons } = prescription;
  const { dropParams = [], ...others } = quirks;
  const of = (key: string, value: JsonValue): Setting => ({
    key,
    value,
    ...(reasons[key] === undefined ? {} : { reason: reasons[key] }),
  });
  return [
    ...(protocols ? [of("protocol", protocolValue(protocols))] : []),
    ...Object.entries(others).map(([key, value]) => of(key, value as JsonValue)),
    ...dropParams.map((param) => of("dropParams", [param])),
  ];
}

function protocolValue(protocols: readonly Protocol[]): JsonValue {
  const words = protocols.map((protocol) =>
    Object.keys(PROTOCOL_OF_WORD).find((word) => PROTOCOL_OF_WORD[word] === protocol)!
  );
  return words.length === 1 ? words[0]! : words;
}

/** Parameters stand in one list, with those that the route has already. */
function joined(settings: readonly Setting[], own: RouteQuirks): Setting[] {
  const params = settings.filter(({ key }) => key === "dropParams");
  if (params.length === 0) return [...settings];
  const dropParams = params.flatMap(({ value }) => value as string[]);
  const [{ reason }] = params as [Setting];
  const setting: Setting = {
    key: "dropParams",
    value: joinedQuirks(own, { dropParams }).dropParams!,
    ...(reason === undefined ? {} : { reason }),
  };
  return [...settings.filter(({ key }) => key !== "dropParams"), setting];
}

/** Models of the route that nobody has asked. */
function unexamined(route: Route, examinations: readonly Examination[]): string[] {
  const asked = new Set(examinations.map(({ model }) => model));
  return route.models.filter((model) => !asked.has(model));
}

function noteOn(setting: string, models: readonly string[], others: readonly string[]): string {
  const named = models.join(", ");
  return others.length > 0
    ? `${setting} holds for ${named}; whether also for ${others.join(", ")} was not asked: ` +
      "name them with --model"
    : `${setting} holds for ${named} alone: give it a route of its own`;
}
