/**
 * Slows a source down.
 *
 * @module
 */
import type { ByteSource } from "../base/exchange.ts";

/** The same source, with a wait before each piece after the first. */
export function paced(source: ByteSource, wait: () => Promise<void>): ByteSource {
  let isFirst = true;
  return {
    async read() {
      if (!isFirst) await wait();
      isFirst = false;
      return await source.read();
    },
    cancel: () => source.cancel(),
  };
}
