/**
 * Upstreams that answer with far more than anybody asked for, packed or not: the gateway's memory grows
 * by what it may hold, not by what they send.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import {
  brotliCompressSync,
  type BrotliOptions,
  constants,
  deflateSync,
  gzipSync,
} from "node:zlib";
import { startGateway } from "../e2e/gateway_process.ts";
import { listen } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { completion } from "./taking_upstream.ts";
import { countAnswer, head } from "./wire.ts";

const MIB = 1024 * 1024;
const BOMB_MIB = 256;
/** What may be held of one answer, several times over. */
const MAX_GROWTH_MIB = 250;
const QUICKLY: BrotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** Packs with a format. */
const PACKERS = {
  gzip: (bytes: Uint8Array) => gzipSync(bytes),
  deflate: (bytes: Uint8Array) => deflateSync(bytes),
  br: (bytes: Uint8Array) => brotliCompressSync(bytes, QUICKLY),
} as const;
type Encoding = keyof typeof PACKERS;
const ENCODINGS = Object.keys(PACKERS) as Encoding[];

/** Nothing but spaces, which both JSON and a stream's line may begin with. */
function makeBombs(): Record<Encoding, Buffer> {
  const spaces = new Uint8Array(BOMB_MIB * MIB).fill(0x20);
  return {
    gzip: PACKERS.gzip(spaces),
    deflate: PACKERS.deflate(spaces),
    br: PACKERS.br(spaces),
  };
}

/** The kinds of answer, by the last word of the model: `gzip-json`, `br-stream`, `plain-error`, … */
const TYPES: Readonly<Record<string, { status: number; type: string }>> = {
  json: { status: 200, type: "application/json" },
  stream: { status: 200, type: "text/event-stream" },
  error: { status: 400, type: "application/json" },
  untyped: { status: 200, type: "application/octet-stream" },
};
const KINDS = Object.keys(TYPES);

const scene = sharedByTests(async (owned) => {
  const bombs = makeBombs();
  const small = new TextEncoder().encode(JSON.stringify(completion("well packed")));
  const upstream = owned.use(listen(({ body }) => {
    const [how, what] = String(body.model).split("-") as [Encoding | "plain", string];
    const packed: Record<string, string> = how === "plain" ? {} : { "content-encoding": how };
    if (what === "small") {
      const headers = { "content-type": "application/json", ...packed };
      return new Response(new Uint8Array(PACKERS[how as Encoding](small)), { headers });
    }
    const { status, type } = TYPES[what]!;
    const answer = how === "plain" ? flood() : new Uint8Array(bombs[how]);
    return new Response(answer, { status, headers: { "content-type": type, ...packed } });
  }));
  const hows = [...ENCODINGS, "plain"];
  const model = hows.flatMap((how) => [...KINDS, "small"].map((kind) => `${how}-${kind}`));
  // A key each, as a candidate that failed rests.
  const routes = model.map((one) => ({
    name: one,
    url: upstream.url,
    model: one,
    apiKey: `key-${one}`,
  }));
  return { gateway: owned.use(await startGateway({ config: { routes } })) };
});

/** As many spaces as a bomb holds, as they are. */
function flood(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(MIB).fill(0x20);
  let left = BOMB_MIB;
  return new ReadableStream({
    pull: (controller) => left-- > 0 ? controller.enqueue(piece) : controller.close(),
  }, { highWaterMark: 0 });
}

interface Asked {
  path: string;
  body: Record<string, unknown>;
}

/** The request as bytes. */
function asked({ path, body }: Asked): string {
  const json = JSON.stringify(body);
  const lines = ["host: localhost", "content-type: application/json", "connection: close"];
  return head(`POST ${path} HTTP/1.1`, ...lines, `content-length: ${json.length}`) + json;
}

/** What an answer was, and by how much the gateway had grown at most until it was whole. */
async function measure(
  { path, body }: Asked,
): Promise<{ status: number; bytes: number; grownMiB: number }> {
  const { gateway } = scene();
  const before = gateway.residentMiB;
  let peak = before;
  const look = () => void (peak = Math.max(peak, gateway.residentMiB));
  const looking = setInterval(look, 5);
  try {
    // By hand: what fetches for other tests looks for secrets in every byte, which takes its time.
    const { status, length } = await countAnswer(gateway.address, asked({ path, body }));
    look();
    return { status, bytes: length, grownMiB: peak - before };
  } finally {
    clearInterval(looking);
  }
}

const USER = { role: "user", content: "hello" };
const ENDPOINTS: Readonly<Record<string, Record<string, unknown>>> = {
  "/v1/chat/completions": { messages: [USER] },
  "/v1/messages": { max_tokens: 5, messages: [USER] },
  "/v1/responses": { input: "hello" },
};

describe("An answer that unpacks to a flood", () => {
  for (const how of [...ENCODINGS, "plain"]) {
    for (const kind of KINDS) {
      it(`is given up in bounded memory: ${how}, ${kind}, at every chat endpoint`, async () => {
        for (const [path, fields] of Object.entries(ENDPOINTS)) {
          for (const stream of [false, true]) {
            const body = { model: `${how}-${kind}`, stream, ...fields };
            const { status, bytes, grownMiB } = await measure({ path, body });
            assert(grownMiB <= MAX_GROWTH_MIB, `${path} stream=${stream} grew by ${grownMiB} MiB`);
            assert(bytes < MIB, `${path} got ${bytes} bytes`);
            assert(status >= 400, `${path} stream=${stream} gave ${status}`);
          }
        }
      });
    }
  }

  for (const how of [...ENCODINGS, "plain"]) {
    it(`passes through another endpoint in bounded memory: ${how}`, async () => {
      const body = { model: `${how}-json`, input: "x" };
      const { status, bytes, grownMiB } = await measure({ path: "/v1/embeddings", body });
      assertEquals(status, 200);
      assert(bytes >= BOMB_MIB * MIB, `${bytes} bytes`);
      assert(grownMiB <= MAX_GROWTH_MIB, `grew by ${grownMiB} MiB`);
    });

    it(`is cut as another endpoint's error: ${how}`, async () => {
      const body = { model: `${how}-error`, input: "x" };
      const { status, bytes, grownMiB } = await measure({ path: "/v1/embeddings", body });
      assertEquals(status, 400);
      assert(bytes < MIB && grownMiB <= MAX_GROWTH_MIB, `${bytes} bytes, ${grownMiB} MiB`);
    });
  }
});

describe("An answer that is packed and well", () => {
  for (const how of ENCODINGS) {
    it(`is unpacked: ${how}`, async () => {
      const body = { model: `${how}-small`, messages: [USER] };
      const response = await scene().gateway.post("/v1/chat/completions", body);
      const { choices } = await response.json();
      assertEquals([response.status, choices[0].message.content], [200, "well packed"]);
      assertEquals(response.headers.get("content-encoding"), null);
    });
  }
});
