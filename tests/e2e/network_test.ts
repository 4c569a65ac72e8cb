/** What stands between the gateway and its upstreams: TLS, authorities of one's own, and proxies. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";

const CERTIFICATES = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const AUTHORITY = `${CERTIFICATES}authority.pem`;

const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 0,
  model: "m",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "Hello over the network" },
    finish_reason: "stop",
  }],
};

/** A Chat upstream that remembers from which ports it was called. */
function upstream(tls: { cert: string; key: string } | undefined) {
  const ports = new Set<number>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    ...(tls ?? {}),
  }, async (request, { remoteAddr }) => {
    ports.add(remoteAddr.port);
    await request.arrayBuffer();
    return Response.json(ANSWER);
  });
  return { port: server.addr.port, ports, [Symbol.asyncDispose]: () => server.shutdown() };
}

function tlsFiles() {
  return {
    cert: Deno.readTextFileSync(`${CERTIFICATES}localhost.pem`),
    key: Deno.readTextFileSync(`${CERTIFICATES}localhost_key.pem`),
  };
}

function routes(url: string) {
  return { routes: [{ name: "far", url, model: "m" }] };
}

async function ask(gateway: GatewayProcess): Promise<{ status: number; text: string }> {
  const response = await fetch(`${gateway.address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] }),
  });
  return { status: response.status, text: await response.text() };
}

describe("An upstream over TLS", () => {
  // Both variables are in use: Deno's own, and the one that people know from Node.
  for (const variable of ["DENO_CERT", "NODE_EXTRA_CA_CERTS"]) {
    it(`is believed when ${variable} names its authority`, async () => {
      await using far = upstream(tlsFiles());
      await using gateway = await startGateway({
        config: routes(`https://localhost:${far.port}/v1`),
        env: { [variable]: AUTHORITY },
      });
      assertEquals((await ask(gateway)).status, 200);
    });
  }

  it("is not believed when nobody knows its authority", async () => {
    await using far = upstream(tlsFiles());
    await using gateway = await startGateway({
      config: routes(`https://localhost:${far.port}/v1`),
    });
    const { status, text } = await ask(gateway);
    assertEquals(status, 502);
    assertStringIncludes(text, "tls");
  });

  it("gets at most three connections for 50 requests, one after the other", async () => {
    await using far = upstream(tlsFiles());
    await using gateway = await startGateway({
      config: routes(`https://localhost:${far.port}/v1`),
      env: { DENO_CERT: AUTHORITY },
    });
    for (let i = 0; i < 50; i++) assertEquals((await ask(gateway)).status, 200);
    assert(far.ports.size <= 3, `${far.ports.size} connections`);
  });
});

/** A proxy that notes what it was asked for, and lets all of it end at one upstream. */
class Proxy {
  readonly asked: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async before(targetPort: number): Promise<Proxy> {
    const proxy = new Proxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  private constructor(targetPort: number) {
    this.#server = createServer(async (request, response) => {
      this.#note(request);
      await request.resume().toArray();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(ANSWER));
    });
    this.#server.on("connect", (request: IncomingMessage, client: Socket, head: Buffer) => {
      this.#note(request);
      const far = connect(targetPort, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        far.write(head);
        far.pipe(client);
        client.pipe(far);
      });
      for (const socket of [client, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
      }
    });
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #note({ method, url, headers }: IncomingMessage): void {
    this.asked.push(`${method} ${url}`);
    this.credentials.push(headers["proxy-authorization"]);
  }
}

describe("A proxy", () => {
  it("is asked for an upstream over HTTP, with its own credentials", async () => {
    await using far = upstream(tlsFiles());
    await using proxy = await Proxy.before(far.port);
    await using gateway = await startGateway({
      config: routes("http://upstream.example/v1"),
      env: { HTTP_PROXY: `http://somebody:proxy-password-1@127.0.0.1:${proxy.port}` },
    });
    assertEquals((await ask(gateway)).status, 200);
    assertEquals(proxy.asked, ["POST http://upstream.example/v1/chat/completions"]);
    assertEquals(proxy.credentials, [`Basic ${btoa("somebody:proxy-password-1")}`]);
  });

  it("is asked for a tunnel to an upstream over TLS, which is kept", async () => {
    await using far = upstream(tlsFiles());
    await using proxy = await Proxy.before(far.port);
    await using gateway = await startGateway({
      config: routes("https://upstream.example/v1"),
      env: { https_proxy: `http://127.0.0.1:${proxy.port}`, DENO_CERT: AUTHORITY },
    });
    for (let i = 0; i < 5; i++) assertEquals((await ask(gateway)).status, 200);
    assertEquals(proxy.asked, ["CONNECT upstream.example:443"]);
  });

  it("is passed by for this machine's own upstreams, and for those of NO_PROXY", async () => {
    await using far = upstream(tlsFiles());
    await using proxy = await Proxy.before(far.port);
    await using near = upstream(undefined);
    await using gateway = await startGateway({
      config: {
        routes: [
          { name: "near", url: `http://127.0.0.1:${near.port}/v1`, model: "m" },
          { name: "exempt", url: "http://exempt.invalid/v1", model: "e" },
        ],
      },
      env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: "exempt.invalid" },
    });
    assertEquals((await ask(gateway)).status, 200);
    const response = await fetch(`${gateway.address}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "e", messages: [{ role: "user", content: "Hi" }] }),
    });
    assertEquals(response.status, 502);
    await response.body?.cancel();
    assertEquals(proxy.asked, []);
  });

  it("that refuses is told as an upstream that could not be reached, without its password", async () => {
    const refusing = createServer((_request, response) => response.writeHead(407).end());
    refusing.on("connect", (_request, socket) => {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    });
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    const { port } = refusing.address() as { port: number };
    await using gateway = await startGateway({
      config: routes("https://upstream.example/v1"),
      env: { HTTPS_PROXY: `http://somebody:proxy-password-2@127.0.0.1:${port}` },
    });
    const { status, text } = await ask(gateway);
    assertEquals(status, 502);
    assertMatch(text, /could not be reached/);
    await new Promise((resolve) => refusing.close(resolve));
  });
});
