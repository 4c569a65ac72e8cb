/**
 * What a scripted upstream understands of a request, and what it answers, beside any protocol.
 *
 * @module
 */
/** A parsed JSON body; the wires look into it without types, as services do. */
// deno-lint-ignore no-explicit-any -- a body is whatever the gateway sent
export type Body = any;

/** What a request asks for. */
export interface Asked {
  model: string;
  isStream: boolean;
  /** The last words of the user. */
  text: string;
  /** The tools that may be called now; none when the answer has to be words. */
  tools: OfferedTool[];
  /** Whether several calls may come at once. */
  isParallel: boolean;
  /** The results of tools that the conversation ends with. */
  results: string[];
}

/** A tool as a request declares it. */
export interface OfferedTool {
  name: string;
  /** The group in which it stands, where a protocol has groups. */
  namespace?: string;
  /** The JSON schema of its input; absent when it takes free text. */
  parameters?: Body;
}

/** A call that the upstream makes. */
export interface Call {
  id: string;
  name: string;
  namespace?: string;
  input: string;
  /** Whether the input is free text rather than JSON. */
  isFreeform?: boolean;
}

/** What the upstream says: words, or calls. */
export interface Said {
  text: string;
  calls: Call[];
}

/** What every answer has used. */
export const USED = { input: 20, cached: 5, output: 9 } as const;

/** The places that tools are called with. */
export const PLACES = ["Oslo", "Lima"] as const;

/** One protocol as the real service speaks it. */
export interface Wire {
  /** Why the real service would refuse the request; `undefined` when it would not. */
  problem(body: Body, headers: Headers): string | undefined;
  asked(body: Body): Asked;
  /** The answer in one piece. */
  whole(said: Said, body: Body): Body;
  /** The answer as a stream, one text per event. */
  events(said: Said, body: Body): string[];
  error(status: number, message: string): Body;
  /** The id of a call, as this service makes them. */
  callId(number: number): string;
}

/** What a well-behaved model answers: it calls the tool it may call, and reports the results. */
export function saidTo({ text, tools: [tool], isParallel, results }: Asked, wire: Wire): Said {
  if (tool !== undefined && results.length === 0) {
    const places = isParallel ? PLACES : PLACES.slice(0, 1);
    const calls = places.map((city, index) => ({
      id: wire.callId(index + 1),
      name: tool.name,
      input: JSON.stringify({ city }),
    }));
    return { text: "", calls };
  }
  if (results.length > 0) return { text: `The tools said: ${results.join(" / ")}.`, calls: [] };
  // Words that are not ASCII, so that a character can be torn apart between two chunks.
  return { text: `Grüße – you said: ${text}.`, calls: [] };
}

/** Text as models stream it: word by word. */
export function words(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}

/** A call's arguments as models stream them: torn anywhere. */
export function torn(text: string): string[] {
  return text.match(/.{1,7}/gs) ?? [];
}

/** The first name in `names` that is not `known`. */
export function firstUnknown(names: Iterable<string>, known: ReadonlySet<string>) {
  return [...names].find((name) => !known.has(name));
}
