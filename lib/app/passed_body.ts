/**
 * The body of an answer that is passed on unread, with an end to its upstream's silence.
 *
 * @module
 */
import { type ByteSource, UpstreamFailure } from "../base/exchange.ts";
import type { Deadline } from "../fallback/deadline.ts";

/** How a body is passed on. */
export interface PassedBodyOptions {
  /** That of the request; its time counts from here on for each piece anew. */
  deadline: Deadline;
  /** Silence of the upstream that ends the body, in milliseconds. */
  idleMs: number;
  /** Called once, however it ends; `reason` names a failure of the upstream. */
  onEnd: (reason?: string) => void;
}

/**
 * A source as the stream that a response takes: pulled, so a slow client slows the upstream. One
 * that breaks off breaks the client's connection: these bytes have no other way to tell.
 */
export function passedBody(
  source: ByteSource,
  { deadline, idleMs, onEnd }: PassedBodyOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isOver = false;
  const end = (reason?: string) => {
    if (isOver) return;
    isOver = true;
    deadline.release();
    onEnd(reason);
  };
  return new ReadableStream({
    async pull(controller) {
      // Only while the upstream is waited for: a client may take its time.
      deadline.expireAt(deadline.elapsedMs + idleMs);
      try {
        const piece = await source.read();
        deadline.disarm();
        if (piece) return controller.enqueue(piece);
      } catch (error) {
        end(failureOf(error, deadline));
        throw error;
      }
      controller.close();
      end();
    },
    cancel: () => {
      source.cancel();
      end();
    },
  }, { highWaterMark: 0 });
}

/** The word for it; `undefined` when the client left, which is nobody's failure. */
function failureOf(error: unknown, { isExpired }: Deadline): string | undefined {
  if (isExpired) return "timeout";
  const isOurs = error instanceof UpstreamFailure && error.reason === "aborted";
  return isOurs ? undefined : "cut";
}
