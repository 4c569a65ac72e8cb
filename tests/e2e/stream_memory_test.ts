/** What a stream keeps in memory while it goes on: not the request that it answers. */
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compose } from "../../lib/cli/composition.ts";
import { Log } from "../../lib/cli/log.ts";
import { configOf } from "../example_config.ts";
import { eventually } from "./eventually.ts";
import { startGateway } from "./gateway_process.ts";

const MIB = 1024 * 1024;
const STREAMS = 12;
/** Together 24 MiB as bytes, and as much again as text. */
const BODY_BYTES = 2 * MIB;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** An upstream whose streams say one word, and go on. */
function talkingUpstream() {
  const word = { id: "1", model: "m", choices: [{ index: 0, delta: { content: "Hello" } }] };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (asked) => {
      await asked.body?.pipeTo(new WritableStream());
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(word)}\n\n`));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A gateway in this process, over one route that speaks Chat. */
function gatewayBefore(origin: string) {
  const config = configOf(`- {model: m, url: "${origin}/v1", apiKey: dummy-key-0001}`);
  const composition = compose(config, {
    log: new Log(() => {}, false),
    version: "0",
    source: "memory",
  });
  return {
    fetch: composition.fetch,
    [Symbol.asyncDispose]: async () => {
      composition.transport.close();
      // Sockets close on a later turn than the call that closes them.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

const REQUESTS = [
  { what: "in the upstream's own protocol", path: "/v1/chat/completions" },
  { what: "in another protocol", path: "/v1/messages" },
  { what: "that is passed on unread", path: "/v1/completions" },
];

function requestOf(path: string): Request {
  const content = "a word ".repeat(BODY_BYTES / 7);
  const body = { model: "m", stream: true, max_tokens: 9, messages: [{ role: "user", content }] };
  return new Request(`http://127.0.0.1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

describe("A stream that has begun", () => {
  for (const { what, path } of REQUESTS) {
    it(`keeps nothing of a large request ${what}`, async () => {
      await using upstream = talkingUpstream();
      await using gateway = gatewayBefore(upstream.origin);
      const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
      const begin = async () => {
        const response = await gateway.fetch(requestOf(path));
        const reader = response.body!.getReader();
        assert((await reader.read()).value !== undefined);
        readers.push(reader);
      };
      // The first loads and compiles what the others use.
      await begin();
      const before = usedBytes();
      for (let index = 0; index < STREAMS; index++) await begin();
      const allowed = STREAMS * BODY_BYTES / 8;
      await eventually("the requests to be let go", () => usedBytes() - before < allowed);
      for (const reader of readers) await reader.cancel();
    });
  }

  it("leaves its connection no buffer as large as the request was", async () => {
    await using upstream = talkingUpstream();
    const routes = [{ url: `${upstream.origin}/v1`, model: "m" }];
    await using gateway = await startGateway({ config: { routes } });
    const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
    const begin = async () => {
      const { body, headers } = requestOf("/v1/chat/completions");
      const init = { method: "POST", headers, body: await new Response(body).text() };
      const response = await gateway.fetch("/v1/chat/completions", init);
      const reader = response.body!.getReader();
      assert((await reader.read()).value !== undefined);
      readers.push(reader);
    };
    for (let index = 0; index < STREAMS; index++) await begin();
    const before = gateway.residentMiB;
    for (let index = 0; index < 2 * STREAMS; index++) await begin();
    const grownMiB = gateway.residentMiB - before;
    const requestsMiB = 2 * STREAMS * BODY_BYTES / MIB;
    assert(grownMiB < requestsMiB / 2, `${grownMiB} MiB for requests of ${requestsMiB}`);
    for (const reader of readers) await reader.cancel();
  });
});
