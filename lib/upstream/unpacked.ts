/**
 * Unpacks bodies that an upstream compressed, although it was asked not to.
 *
 * Some proxies compress whatever passes them. Bodies are read along and relayed without the header
 * that names the encoding, so packed bytes would reach nobody who could read them.
 *
 * Over `node:zlib` rather than `DecompressionStream`, which unpacks each piece whole: 500 bytes of
 * Brotli become 300 MB of memory before a limit can look at them. Here the output comes in pieces,
 * and no further one is made until the last was read.
 *
 * @module
 */
import type { Transform } from "node:stream";
import { type ByteSource, UpstreamFailure, type UpstreamResponse } from "../base/exchange.ts";

/** How much is unpacked ahead of its reader, at most, in bytes. */
const PIECE_BYTES = 64 * 1024;

type Zlib = typeof import("node:zlib");

const createGunzip = (zlib: Zlib) => zlib.createGunzip({ chunkSize: PIECE_BYTES });

/** The encodings of RFC 9110, section 8.4.1, and Brotli, by their names in the header. */
const UNPACKERS: ReadonlyMap<string, (zlib: Zlib) => Transform> = new Map([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", (zlib: Zlib) => zlib.createInflate({ chunkSize: PIECE_BYTES })],
  ["br", (zlib: Zlib) => zlib.createBrotliDecompress({ chunkSize: PIECE_BYTES })],
]);

/** The response with its body as it was before its upstream packed it. */
export function unpacked(response: UpstreamResponse): UpstreamResponse {
  const encoding = response.headers.get("content-encoding")?.trim().toLowerCase();
  const create = encoding === undefined ? undefined : UNPACKERS.get(encoding);
  return create ? { ...response, body: new UnpackedSource(response.body, create) } : response;
}

class UnpackedSource implements ByteSource {
  readonly #packed: ByteSource;
  readonly #create: (zlib: Zlib) => Transform;
  /** An answer to `HEAD` names an encoding, too, and has no body. */
  #hasBytes = false;
  #unpacker: Transform | undefined;
  #pieces: AsyncIterator<Uint8Array<ArrayBuffer>, undefined> | undefined;

  constructor(packed: ByteSource, create: (zlib: Zlib) => Transform) {
    this.#packed = packed;
    this.#create = create;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      this.#pieces ??= await this.#begin();
      return (await this.#pieces.next()).value;
    } catch (error) {
      if (error instanceof UpstreamFailure) throw error;
      if (!this.#hasBytes) return undefined;
      // Bytes that cannot be unpacked are as good as a body that broke off.
      throw new UpstreamFailure("reset", { cause: error });
    }
  }

  /** Loads what unpacks only when there is something to unpack: hardly any upstream does this. */
  async #begin(): Promise<AsyncIterator<Uint8Array<ArrayBuffer>, undefined>> {
    const [zlib, stream] = await Promise.all([import("node:zlib"), import("node:stream")]);
    const unpacker = this.#create(zlib);
    this.#unpacker = unpacker;
    // Every failure comes out of the iterator again, where it is looked at.
    stream.pipeline(stream.Readable.from(this.#packedPieces()), unpacker, () => {});
    return unpacker[Symbol.asyncIterator]();
  }

  async *#packedPieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let piece = await this.#packed.read(); piece; piece = await this.#packed.read()) {
      this.#hasBytes = true;
      yield piece;
    }
  }

  cancel(): void {
    this.#packed.cancel();
    this.#unpacker?.destroy();
  }
}
