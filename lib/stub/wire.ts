/**
 * What an answer does on a connection, step by step.
 *
 * The same steps are played in two places: on a client's own connection when the stub serves it,
 * and as an upstream's answer when a stub stands behind a route. So a fault is written once.
 *
 * @module
 */

/** One header of an answer. */
export type WireHeader = readonly [name: string, value: string];

/** One step of an answer. The last one is `end`, `close`, `reset`, `refuse` or `stall`. */
export type WireStep =
  | { do: "wait"; ms: number }
  /** Status line and headers. With a `length` the body is counted, without one it is chunked. */
  | { do: "head"; status: number; headers: readonly WireHeader[]; length?: number }
  /** A piece of the body, framed as the head said. */
  | { do: "body"; bytes: Uint8Array<ArrayBuffer> }
  /** Bytes without any framing, where a head or a piece of the body should stand. */
  | { do: "raw"; bytes: Uint8Array<ArrayBuffer> }
  /** The body is over; the connection can be used again. */
  | { do: "end" }
  /** The connection ends in order, whatever was promised: TCP's FIN. */
  | { do: "close" }
  /** The connection is torn down: TCP's RST. */
  | { do: "reset" }
  /** Torn down, and for so long nobody listens. */
  | { do: "refuse"; ms: number }
  /** Nothing more comes, and the connection stays open. */
  | { do: "stall" };

/** An answer as it should be, before a fault befalls it. */
export interface PlainAnswer {
  status: number;
  headers: readonly WireHeader[];
  /** The body: the events of a stream, one each; or one piece. */
  chunks: readonly Uint8Array<ArrayBuffer>[];
  isStream: boolean;
}

/** How fast an answer comes. */
export interface Pace {
  /** Before the head, in milliseconds. */
  delayMs: number;
  /** Before each piece of the body but the first, in milliseconds. */
  chunkMs: number;
}

/** An answer without a fault. */
export function* plainSteps(answer: PlainAnswer, pace: Pace): Generator<WireStep> {
  yield* headSteps(answer, pace);
  yield* bodySteps(answer.chunks, pace);
  yield { do: "end" };
}

/** The wait and the head; a body in one piece is counted, even where it will not all come. */
export function* headSteps(answer: PlainAnswer, { delayMs }: Pace): Generator<WireStep> {
  if (delayMs > 0) yield { do: "wait", ms: delayMs };
  const { status, headers, chunks, isStream } = answer;
  const length = chunks.reduce((sum, { length }) => sum + length, 0);
  yield { do: "head", status, headers, ...(isStream ? {} : { length }) };
}

/** Pieces of a body, with their pauses. */
export function* bodySteps(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  { chunkMs }: Pace,
): Generator<WireStep> {
  for (const [index, bytes] of chunks.entries()) {
    if (index > 0 && chunkMs > 0) yield { do: "wait", ms: chunkMs };
    yield { do: "body", bytes };
  }
}
