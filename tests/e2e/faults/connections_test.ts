/**
 * Kept connections that were closed in the meantime: one more try on a fresh one, and no harm done.
 *
 * Over raw sockets, as what counts is on which connection a request comes.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "../eventually.ts";
import { type GatewayProcess, startGateway } from "../gateway_process.ts";
import { answeringUpstream } from "../scripted_upstream.ts";
import { answerTo, ask, type Seen } from "./client_view.ts";
import { type FaultExchange, type FaultUpstream, faultUpstream } from "./fault_upstream.ts";

const KEPT = { connection: "keep-alive" };

/** Answers, and keeps the connection. */
async function answerAndKeep(exchange: FaultExchange): Promise<void> {
  exchange.isKept = true;
  await exchange.send(exchange.answer(), KEPT);
}

/** Answers the first request of each connection well, and does with the second as told. */
function onReuse(second: (exchange: FaultExchange) => Promise<void> | void) {
  return faultUpstream({
    kept: async (exchange) => {
      if (exchange.number === 0) await answerAndKeep(exchange);
      else await second(exchange);
    },
  });
}

interface Scene {
  gateway: GatewayProcess;
  upstream: FaultUpstream;
  next: ReturnType<typeof answeringUpstream>;
}

/** Runs `test` with a gateway before `upstream`, and behind it a candidate that answers well. */
async function between(
  starting: Promise<FaultUpstream>,
  test: (scene: Scene) => Promise<void>,
  config: Record<string, unknown> = {},
): Promise<void> {
  await using upstream = await starting;
  await using next = answeringUpstream({ protocol: "openai_chat" });
  const kept = { name: "kept", url: `${upstream.origin}/kept/m/v1`, model: "m" };
  const routes = [
    { ...kept, timeouts: { requestMs: 2_000 } },
    { name: "next", url: next.url, model: "m", apiKey: "other-key-0001" },
  ];
  await using gateway = await startGateway({ config: { ...config, routes } });
  await test({ gateway, upstream, next });
}

function hello({ gateway }: Scene, isStream = false): Promise<Seen> {
  return ask(gateway.address, { protocol: "openai_chat", model: "m", isStream, text: "hello" });
}

/** The first answer, after which the connection is free for the next request. */
async function warmUp(scene: Scene): Promise<void> {
  const { text, headers } = await hello(scene);
  assertEquals([text, headers.get("x-gateway-attempt-count")], [answerTo("hello"), "1"]);
}

function attempts({ headers }: Seen): string {
  return headers.get("x-gateway-attempts")!.replaceAll(/\d+ms/g, "_");
}

describe("A kept connection", () => {
  it("serves many requests", async () => {
    const upstream = faultUpstream({ kept: answerAndKeep });
    await between(upstream, async (scene) => {
      for (let index = 0; index < 5; index++) await warmUp(scene);
      assertEquals(scene.upstream.connectionCount, 1);
    });
  });

  it("that was closed while it was idle costs no attempt", async () => {
    const upstream = faultUpstream({ kept: (exchange) => exchange.send(exchange.answer(), KEPT) });
    await between(upstream, async (scene) => {
      await warmUp(scene);
      await scene.upstream.idle();
      await warmUp(scene);
      assertEquals(scene.upstream.connectionCount, 2);
    });
  });

  for (const isStream of [false, true]) {
    it(`that closes under a ${isStream ? "stream" : "request"} is replaced once, and nobody rests`, async () => {
      const upstream = onReuse((exchange) => exchange.end());
      await between(upstream, async (scene) => {
        await warmUp(scene);
        const seen = await hello(scene, isStream);
        assertEquals([seen.text, seen.isFinished], [answerTo("hello"), true]);
        assertEquals(attempts(seen), "m;reset;_, m;200;_");
        assertEquals(seen.headers.get("x-gateway-switched"), null);
        assertEquals([scene.upstream.connectionCount, scene.upstream.posts.get("/kept/m")], [2, 3]);
        await warmUp(scene);
        assertEquals(scene.next.postCount, 0);
      });
    });
  }

  it("that resets is replaced like one that closes", async () => {
    const upstream = onReuse((exchange) => exchange.reset());
    await between(upstream, async (scene) => {
      await warmUp(scene);
      assertEquals(attempts(await hello(scene)), "m;reset;_, m;200;_");
      assertEquals(scene.next.postCount, 0);
    });
  });

  it("is replaced by one that is really fresh, however many others are kept", async () => {
    const upstream = onReuse((exchange) => exchange.end());
    await between(upstream, async (scene) => {
      // All at once, so that each takes a connection of its own; all of them are kept.
      await Promise.all(Array.from({ length: 8 }, () => hello(scene)));
      const before = scene.upstream.connectionCount;
      const seen = await hello(scene);
      assertEquals(attempts(seen), "m;reset;_, m;200;_");
      assertEquals(scene.upstream.connectionCount - before, 1);
    });
  });

  it("is replaced once only: then the next candidate is asked", async () => {
    let isBroken = false;
    const upstream = faultUpstream({
      kept: async (exchange) => {
        if (isBroken) return exchange.end();
        isBroken = true;
        await answerAndKeep(exchange);
      },
    });
    await between(upstream, async (scene) => {
      await warmUp(scene);
      const seen = await hello(scene);
      assertEquals(attempts(seen), "m;reset;_, m;reset;_, m;200;_");
      assertEquals([scene.upstream.posts.get("/kept/m"), scene.next.postCount], [3, 1]);
    });
  });

  it("that breaks behind its answer's first byte is a failure like any other", async () => {
    const upstream = onReuse((exchange) => exchange.write("HTTP/1.1 200 OK\r\n"));
    await between(upstream, async (scene) => {
      await warmUp(scene);
      assertEquals(attempts(await hello(scene)), "m;reset;_, m;200;_");
      assertEquals([scene.upstream.posts.get("/kept/m"), scene.next.postCount], [2, 1]);
    });
  });

  it("is not replaced where a request may make one attempt only", async () => {
    const upstream = onReuse((exchange) => exchange.end());
    await between(upstream, async (scene) => {
      await warmUp(scene);
      const seen = await hello(scene);
      assertEquals([seen.status, attempts(seen)], [502, "m;reset;_"]);
    }, { maxAttempts: 1 });
  });

  const FOREIGN = JSON.stringify({ choices: [{ message: { content: "foreign" } }] });

  it("never answers a request with what came with the answer before", async () => {
    const upstream = faultUpstream({
      kept: async (exchange) => {
        exchange.isKept = true;
        const [own, foreign] = [exchange.whole(), FOREIGN].map((body) => {
          const length = String(new TextEncoder().encode(body).length);
          return exchange.head({ ...KEPT, "content-length": length }) + body;
        });
        await exchange.write(own! + foreign!);
      },
    });
    await between(upstream, async (scene) => {
      for (let index = 0; index < 5; index++) await warmUp(scene);
      assertEquals(scene.upstream.connectionCount, 5);
    });
  });

  it("never answers a request with what came while it was idle", async () => {
    const upstream = faultUpstream({
      kept: async (exchange) => {
        await answerAndKeep(exchange);
        await exchange.send(FOREIGN, KEPT);
      },
    });
    await between(upstream, async (scene) => {
      for (let index = 0; index < 5; index++) {
        assertEquals((await hello(scene)).text, answerTo("hello"));
        await eventually("the second answer to be sent", () => scene.upstream.runningCount === 0);
        // Each answer of the gateway is a turn in which it also reads what has come.
        for (let turn = 0; turn < 3; turn++) await (await scene.gateway.fetch("/health")).text();
      }
    });
  });

  it("is replaced under other endpoints, too", async () => {
    const upstream = faultUpstream({
      kept: async (exchange) => {
        if (exchange.number > 0) return exchange.end();
        exchange.isKept = true;
        await exchange.send('{"data":[]}', { ...KEPT, "content-type": "application/json" });
      },
    });
    await between(upstream, async ({ gateway, upstream }) => {
      for (let index = 0; index < 3; index++) {
        const response = await gateway.post("/v1/embeddings", { model: "m", input: "x" });
        assertEquals([response.status, await response.text()], [200, '{"data":[]}']);
      }
      assertMatch(String(upstream.posts.get("/kept/m")), /^[45]$/);
    });
  });
});
