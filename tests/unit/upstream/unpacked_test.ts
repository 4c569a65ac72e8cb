/** Bodies that an upstream compressed although nobody asked it to. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ByteSource,
  readWhole,
  sourceOf,
  UpstreamFailure,
  type UpstreamResponse,
} from "../../../lib/base/exchange.ts";
import { unpacked } from "../../../lib/upstream/unpacked.ts";

const TEXT = "data: hello\n\n".repeat(1_000);

/** Bytes packed with a format, in pieces of so many. */
async function packed(format: string, length = Infinity): Promise<Uint8Array<ArrayBuffer>[]> {
  const stream = new Blob([TEXT]).stream()
    .pipeThrough(new CompressionStream(format as CompressionFormat));
  const whole = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = Math.ceil(whole.length / Math.min(length, whole.length));
  return Array.from(
    { length: count },
    (_, index) => whole.slice(index * length || 0, (index + 1) * length),
  );
}

function response(body: ByteSource, encoding?: string): UpstreamResponse {
  const headers = new Headers(encoding === undefined ? {} : { "content-encoding": encoding });
  return { status: 200, headers, body };
}

async function textOf(source: ByteSource): Promise<string> {
  return new TextDecoder().decode(await readWhole(source, Infinity));
}

const formats = [
  { encoding: "gzip", format: "gzip" },
  { encoding: "x-gzip", format: "gzip" },
  { encoding: " GZip ", format: "gzip" },
  { encoding: "deflate", format: "deflate" },
  { encoding: "br", format: "brotli" },
];

describe("unpacked()", () => {
  for (const { encoding, format } of formats) {
    it(`unpacks a body whose encoding is "${encoding}", wherever it is cut`, async () => {
      for (const length of [1, 7, Infinity]) {
        const source = sourceOf(await packed(format, length));
        const { status, body } = unpacked(response(source, encoding));
        assertEquals([status, await textOf(body)], [200, TEXT]);
        assertEquals(await body.read(), undefined);
      }
    });
  }

  for (const encoding of [undefined, "identity", "zstd", "constructor", ""]) {
    it(`leaves a body alone whose encoding is ${JSON.stringify(encoding)}`, () => {
      const plain = response(sourceOf([]), encoding);
      assert(unpacked(plain) === plain);
    });
  }

  it("gives nothing where there is no body, as after HEAD", async () => {
    assertEquals(await unpacked(response(sourceOf([]), "gzip")).body.read(), undefined);
  });

  it("takes bytes that cannot be unpacked for a body that broke off", async () => {
    for (const bytes of [new Uint8Array([1, 2, 3]), (await packed("gzip"))[0]!.slice(0, -9)]) {
      const { body } = unpacked(response(sourceOf([bytes]), "gzip"));
      const { reason } = await assertRejects(() => textOf(body), UpstreamFailure);
      assertEquals(reason, "reset");
    }
  });

  it("tells how a body broke off that broke off underneath", async () => {
    const [whole] = await packed("gzip");
    const pieces = [whole!.slice(0, 30)];
    const breaking: ByteSource = {
      read: () =>
        pieces.length > 0
          ? Promise.resolve(pieces.shift())
          : Promise.reject(new UpstreamFailure("aborted")),
      cancel: () => {},
    };
    const { body } = unpacked(response(breaking, "gzip"));
    const { reason } = await assertRejects(() => textOf(body), UpstreamFailure);
    assertEquals(reason, "aborted");
  });

  it("asks for hardly more than is read", async () => {
    let reads = 0;
    const noise = crypto.getRandomValues(new Uint8Array(64 * 1024));
    const stream = new Blob(Array.from({ length: 32 }, () => noise)).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const whole = new Uint8Array(await new Response(stream).arrayBuffer());
    const counting: ByteSource = {
      read: () => Promise.resolve(whole.slice(reads * 32_768, ++reads * 32_768)),
      cancel: () => {},
    };
    const { body } = unpacked(response(counting, "gzip"));
    await body.read();
    assert(reads <= 6, `${reads} of ${whole.length / 32_768}`);
    body.cancel();
  });

  it("hands a bomb out in pieces, so that its reader can stop in time", async () => {
    const bomb = new Uint8Array(64 * 1024 * 1024);
    const stream = new Blob([bomb]).stream()
      .pipeThrough(new CompressionStream("brotli" as CompressionFormat));
    const whole = new Uint8Array(await new Response(stream).arrayBuffer());
    assert(whole.length < 4096, `${whole.length}`);
    const { body } = unpacked(response(sourceOf([whole]), "br"));
    for (let count = 0; count < 10; count++) assert((await body.read())!.length <= 64 * 1024);
    body.cancel();
  });

  it("cancels what is underneath, at any time and more than once", async () => {
    let cancels = 0;
    const [whole] = await packed("gzip");
    const source: ByteSource = { read: () => Promise.resolve(whole), cancel: () => void cancels++ };
    const { body } = unpacked(response(source, "gzip"));
    await body.read();
    body.cancel();
    body.cancel();
    assertEquals(cancels, 2);
  });
});
