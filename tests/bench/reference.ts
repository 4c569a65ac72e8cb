/**
 * The least that a relay on this runtime does: `Deno.serve` before `node:http`, nothing in between.
 *
 *     deno run --allow-net reference.ts PORT UPSTREAM_PORT
 *
 * It reads a request whole, parses it once, sends it on, and passes the answer through. It has no
 * guards, deadlines, fallback, log or metrics, and never changes: the gateway's cost is told as a
 * multiple of its cost, so that a slow machine does not look like a slow gateway.
 *
 * @module
 */
import { Agent, type IncomingMessage, request } from "node:http";

const [port, upstreamPort] = Deno.args.map(Number);
const agent = new Agent({ keepAlive: true });
const decoder = new TextDecoder();

function ask(path: string, body: Uint8Array): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { "content-type": "application/json", "content-length": body.length };
  const options = { agent, host: "127.0.0.1", port: upstreamPort!, method: "POST", path, headers };
  request(options, resolve).on("error", reject).end(body);
  return promise;
}

function passedThrough(answer: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      answer.on("data", (bytes) => controller.enqueue(new Uint8Array(bytes)));
      answer.on("end", () => controller.close());
      answer.on("error", (error) => controller.error(error));
    },
    cancel: () => void answer.destroy(),
  });
}

Deno.serve({ hostname: "127.0.0.1", port: port!, onListen: () => {} }, async (client) => {
  if (client.method !== "POST") return new Response("reference\n");
  const body = new Uint8Array(await client.arrayBuffer());
  if (JSON.parse(decoder.decode(body)).model === undefined) {
    return new Response("", { status: 400 });
  }
  const answer = await ask(new URL(client.url).pathname, body);
  const type = answer.headers["content-type"] ?? "application/json";
  return new Response(passedThrough(answer), {
    status: answer.statusCode!,
    headers: { "content-type": type },
  });
});
