/**
 * Unpacks bodies that an upstream compressed, although it was asked not to.
 *
 * Some proxies compress whatever passes them. Bodies are read along and relayed without the header
 * that names the encoding, so packed bytes would reach nobody who could read them.
 *
 * @module
 */
import { type ByteSource, UpstreamFailure, type UpstreamResponse } from "../base/exchange.ts";

/** The encodings of RFC 9110, section 8.4.1, and Brotli, by their names in the header. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "brotli"],
]);

/** The response with its body as it was before its upstream packed it. */
export function unpacked(response: UpstreamResponse): UpstreamResponse {
  const encoding = response.headers.get("content-encoding")?.trim().toLowerCase();
  const format = encoding === undefined ? undefined : FORMATS.get(encoding);
  if (format === undefined) return response;
  return { ...response, body: new UnpackedSource(response.body, format) };
}

class UnpackedSource implements ByteSource {
  readonly #packed: ByteSource;
  /** An answer to `HEAD` names an encoding, too, and has no body. */
  #hasBytes = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

  constructor(packed: ByteSource, format: string) {
    this.#packed = packed;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        const piece = await packed.read();
        if (!piece) return controller.close();
        this.#hasBytes = true;
        controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
    // The type of the constructor's argument does not know Brotli yet.
    const unpacking = new DecompressionStream(format as CompressionFormat);
    this.#reader = stream.pipeThrough(unpacking).getReader();
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return (await this.#reader.read()).value;
    } catch (error) {
      if (error instanceof UpstreamFailure) throw error;
      if (!this.#hasBytes) return undefined;
      // Bytes that cannot be unpacked are as good as a body that broke off.
      throw new UpstreamFailure("reset", { cause: error });
    }
  }

  cancel(): void {
    this.#packed.cancel();
    // Already broken off, perhaps: then there is nothing left to cancel.
    this.#reader.cancel().catch(() => {});
  }
}
