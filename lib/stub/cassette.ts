/**
 * A cassette: one recorded exchange as a file that people can read, compare and edit.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";
import { locate, parseDocument, type Position } from "../config/document.ts";
import { type Path, pathText, type Problem } from "../config/problem.ts";
import { checkCassette } from "./cassette_shape.ts";
import type { RecordedBody } from "./recorded_body.ts";
import { yamlText } from "../base/yaml_text.ts";

/** The version of the format. */
const CASSETTE_VERSION = 1;

/** Header values by name, in lower case. */
export type RecordedHeaders = Record<string, string>;

/** What a client asked. */
export interface RecordedRequest {
  method: string;
  path: string;
  /** Without its `?`; absent when there was none. */
  query?: string;
  /** The protocol that the client spoke, where the path says so. */
  protocol?: string;
  headers: RecordedHeaders;
  body?: RecordedBody;
  /** How long the body was, when only its beginning was kept. */
  cutFromBytes?: number;
}

/** How an answer ended that is not whole. */
export type Ending = "client-left" | "broken-off";

/** An answer, an upstream's or the gateway's. */
export interface RecordedAnswer {
  status: number;
  headers: RecordedHeaders;
  /** When its head came: milliseconds after the request. */
  afterMs: number;
  body?: RecordedBody;
  cutFromBytes?: number;
  ended?: Ending;
}

/** One request to an upstream. */
export interface RecordedAttempt {
  route?: string;
  method: string;
  url: string;
  headers: RecordedHeaders;
  body?: RecordedBody;
  cutFromBytes?: number;
  /** Absent when no answer began. */
  answer?: RecordedAnswer;
  /** Why there was no answer, or no whole one: `refused`, `reset`, … */
  failure?: string;
}

/** One exchange. */
export interface Cassette {
  client: RecordedRequest;
  /** What was asked of upstreams, for people to read: replay does not need it. */
  attempts: RecordedAttempt[];
  /** What the client got. */
  answer: RecordedAnswer;
}

/** Something that is wrong with a cassette's text. */
export interface CassetteProblem {
  position: Position;
  message: string;
}

/** Writes a cassette. */
export function cassetteText(cassette: Cassette): string {
  return yamlText({ cassette: CASSETTE_VERSION, ...cassette } as unknown as JsonValue);
}

/** Reads a cassette, or says everything that is wrong with it. */
export function readCassette(
  text: string,
): { cassette: Cassette } | { problems: CassetteProblem[] } {
  const parsed = parseDocument(text);
  if ("problem" in parsed) return { problems: [parsed.problem] };
  const problems = checkCassette(parsed.value, CASSETTE_VERSION);
  if (problems.length > 0) {
    return { problems: problems.map((problem) => located(text, problem)) };
  }
  const { client, attempts, answer } = parsed.value as unknown as Partial<Cassette>;
  return { cassette: { client: client!, attempts: attempts ?? [], answer: answer! } };
}

function located(text: string, { path, message, atKey }: Problem): CassetteProblem {
  const place = pathText(path);
  return {
    position: locate(text, path, atKey),
    message: place === "" ? message : `${place}: ${message}`,
  };
}

/** The model that a request names, where its body does. */
export function modelOf({ body }: RecordedRequest): string | undefined {
  const json: JsonValue | undefined = body && "json" in body ? body.json : undefined;
  return isObject(json) && typeof json.model === "string" ? json.model : undefined;
}

/** Why a cassette cannot be played; `undefined` when it can. */
export function unplayable({ client, answer }: Cassette): string | undefined {
  const cut: [place: Path, bytes: number | undefined][] = [
    [["client"], client.cutFromBytes],
    [["answer"], answer.cutFromBytes],
  ];
  const found = cut.find(([, bytes]) => bytes !== undefined);
  if (!found) return undefined;
  return `${pathText(found[0])}.body is only the beginning of ${found[1]} bytes`;
}
