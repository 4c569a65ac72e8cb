/**
 * How long a candidate is left alone, and what a client is told meanwhile.
 *
 * Over raw sockets: each request is answered as the test says at that moment, with headers of every
 * form, and counted.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type GatewayProcess, startGateway } from "../gateway_process.ts";
import { answerTo, ask, type Seen } from "./client_view.ts";
import { type FaultExchange, type FaultUpstream, faultUpstream } from "./fault_upstream.ts";

/** What is done with each request to a route. */
type Acts = Map<string, (exchange: FaultExchange) => Promise<void> | void>;

/** An upstream that does to each model as it is told at that moment. */
class Switchable implements AsyncDisposable {
  readonly #upstream: FaultUpstream;
  readonly #acts: Acts;

  static async start(): Promise<Switchable> {
    const acts: Acts = new Map();
    const upstream = await faultUpstream({
      on: async (exchange) => {
        const act = acts.get(exchange.client);
        if (act) await act(exchange);
        else await exchange.send(exchange.answer());
      },
    });
    return new Switchable(upstream, acts);
  }

  private constructor(upstream: FaultUpstream, acts: Acts) {
    this.#upstream = upstream;
    this.#acts = acts;
  }

  url(name: string): string {
    return `${this.#upstream.origin}/on/${name}/v1`;
  }

  /** From now on the route called `name` fails so; without a status it answers well. */
  set(name: string, status?: number, headers: Record<string, string> = {}, message = "No"): void {
    if (status === undefined) return void this.#acts.delete(name);
    this.#acts.set(name, (exchange) => {
      const body = JSON.stringify(exchange.wire.error(status, message));
      const all = { "content-type": "application/json", ...headers };
      return exchange.send(body, all, `${status} Failed`);
    });
  }

  posts(name: string): number {
    return this.#upstream.posts.get(`/on/${name}`) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#upstream[Symbol.asyncDispose]();
  }
}

interface Scene {
  upstream: Switchable;
  gateway: GatewayProcess;
  /** Asks, and reads the answer. */
  hello(model?: string): Promise<Seen>;
}

/** Runs `test` with one route for each name, each with a model of that name and a key of its own. */
async function withRoutes(
  names: readonly string[],
  test: (scene: Scene) => Promise<void>,
  config: Record<string, unknown> = {},
): Promise<void> {
  await using upstream = await Switchable.start();
  const routes = names.map((name) => ({
    name,
    model: name,
    url: upstream.url(name),
    apiKey: `key-of-${name}`,
  }));
  await using gateway = await startGateway({
    config: { auto: { policy: "ordered" }, routes, ...config },
  });
  const hello = (model = names[0]!) =>
    ask(gateway.address, { protocol: "openai_chat", model, isStream: false, text: "hello" });
  await test({ upstream, gateway, hello });
}

function outline({ status, headers }: Seen) {
  const attempts = headers.get("x-gateway-attempts")?.replaceAll(/\d+ms/g, "_") ?? null;
  return { status, attempts };
}

/** Every form in which an upstream says how long it wants to be left alone: half a minute. */
const HALF_A_MINUTE: Readonly<Record<string, () => Record<string, string>>> = {
  "in seconds": () => ({ "retry-after": "30" }),
  "in decimals": () => ({ "retry-after": "29.5" }),
  "in milliseconds": () => ({ "retry-after-ms": "30000", "retry-after": "1" }),
  "as a date": () => ({ "retry-after": new Date(Date.now() + 30_500).toUTCString() }),
  "as a reset in units": () => ({ "x-ratelimit-reset-requests": "29s500ms" }),
  "as a reset at a time": () => ({
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 30),
  }),
};

describe("An upstream that says how long it wants to be left alone", () => {
  for (const [form, headers] of Object.entries(HALF_A_MINUTE)) {
    it(`${form} is not asked, and clients are told how long`, async () => {
      await withRoutes(["m"], async ({ upstream, hello }) => {
        upstream.set("m", 429, headers());
        assertEquals(outline(await hello()), { status: 429, attempts: "m;429;_" });
        const seen = await hello();
        assertEquals(outline(seen), { status: 429, attempts: null });
        assertMatch(seen.headers.get("retry-after")!, /^(28|29|30|31)$/);
        assertEquals(seen.error.code, "all_resting");
        assertEquals(upstream.posts("m"), 1);
      });
    });
  }

  it("for a day is left alone for five minutes", async () => {
    await withRoutes(["m"], async ({ upstream, hello }) => {
      upstream.set("m", 429, { "retry-after": "86400" });
      await hello();
      assertMatch((await hello()).headers.get("retry-after")!, /^(299|300)$/);
    });
  });

  for (const value of ["soon", "-5", "", "Wed, 21 Oct 2015 07:28:00 GMT"]) {
    it(`in a way that says nothing ("${value}") is tried again for want of a better one`, async () => {
      await withRoutes(["m"], async ({ upstream, hello }) => {
        upstream.set("m", 429, { "retry-after": value });
        await hello();
        upstream.set("m");
        assertEquals((await hello()).text, answerTo("hello"));
      });
    });
  }

  it("for a moment is waited for", async () => {
    await withRoutes(["m"], async ({ upstream, hello }) => {
      upstream.set("m", 503, { "retry-after-ms": "1200" });
      await hello();
      upstream.set("m");
      const started = performance.now();
      const seen = await hello();
      const ms = performance.now() - started;
      assertEquals([seen.text, outline(seen).attempts], [answerTo("hello"), "m;200;_"]);
      assert(ms > 900 && ms < 2_500, `${ms} ms`);
    });
  });

  it("for a moment is waited for when everybody else has failed", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("b", 429, { "retry-after": "1" });
      await hello("b");
      upstream.set("a", 500);
      upstream.set("b");
      const seen = await hello("auto");
      assertEquals(outline(seen), { status: 200, attempts: "a;500;_, b;200;_" });
    });
  });

  it("for longer is not asked when everybody else has failed", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("b", 429, { "retry-after": "20" });
      await hello("b");
      upstream.set("a", 500);
      assertEquals(outline(await hello("auto")), { status: 502, attempts: "a;500;_" });
      assertEquals(upstream.posts("b"), 1);
    });
  });

  it("is told as 503 where not every rest comes from a 429, with the soonest end", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("a", 503, { "retry-after": "20" });
      upstream.set("b", 429, { "retry-after": "40" });
      assertEquals(outline(await hello("auto")).attempts, "a;503;_, b;429;_");
      const seen = await hello("auto");
      assertEquals(outline(seen), { status: 503, attempts: null });
      assertMatch(seen.headers.get("retry-after")!, /^(19|20)$/);
      assertEquals([upstream.posts("a"), upstream.posts("b")], [1, 1]);
    });
  });

  it("is told as 429 where every rest comes from one", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("a", 429, { "retry-after": "20" });
      upstream.set("b", 429, { "retry-after": "40" });
      await hello("auto");
      assertEquals(outline(await hello("auto")), { status: 429, attempts: null });
    });
  });
});

describe("A rejected key", () => {
  it("rests all that share it at one host, and no others", async () => {
    await using upstream = await Switchable.start();
    const route = (name: string, apiKey: string) => ({
      name,
      model: name,
      url: upstream.url(name),
      apiKey,
    });
    const routes = [route("a", "same-key-1"), route("b", "same-key-1"), route("c", "other-key-1")];
    await using gateway = await startGateway({ config: { auto: { policy: "ordered" }, routes } });
    upstream.set("a", 401);
    upstream.set("b", 401);
    const hello = () =>
      ask(gateway.address, {
        protocol: "openai_chat",
        model: "auto",
        isStream: false,
        text: "hello",
      });
    assertEquals(outline(await hello()).attempts, "a;401;_, c;200;_");
    assertEquals(outline(await hello()).attempts, "c;200;_");
    assertEquals([upstream.posts("a"), upstream.posts("b"), upstream.posts("c")], [1, 0, 2]);
  });
});

describe("While one candidate is healthy", () => {
  it("no request is lost to one that flaps", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      for (let index = 0; index < 60; index++) {
        upstream.set("a", index % 2 === 0 ? 503 : undefined);
        assertEquals((await hello("auto")).text, answerTo("hello"), `request ${index}`);
      }
      assert(upstream.posts("a") < 20, `${upstream.posts("a")} POSTs to the one that flaps`);
    });
  });

  it("no request is lost, whichever it is", async () => {
    await withRoutes(["a", "b", "c", "d"], async ({ upstream, hello }) => {
      for (let index = 0; index < 40; index++) {
        for (const name of ["a", "b", "c", "d"]) upstream.set(name, 500);
        upstream.set(["a", "b", "c", "d"][index % 4]!);
        assertEquals((await hello("auto")).text, answerTo("hello"), `request ${index}`);
      }
    });
  });
});

describe("When all are down", () => {
  it("each is tried once, and the client is told not to hurry", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("a", 503);
      upstream.set("b", 502);
      const seen = await hello("auto");
      assertEquals(outline(seen), { status: 502, attempts: "a;503;_, b;502;_" });
      assertEquals(seen.headers.get("x-should-retry"), "false");
      assertMatch(seen.headers.get("retry-after")!, /^[12]$/);
    });
  });

  it("the first that is back answers the very next request", async () => {
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("a", 503);
      upstream.set("b", 503);
      for (let index = 0; index < 5; index++) await hello("auto");
      upstream.set("b");
      assertEquals((await hello("auto")).text, answerTo("hello"));
    });
  });

  const TWO_ROUTES = (url: string, other: string) => [
    { name: "first", model: "m", url, apiKey: "key-0001" },
    { name: "second", model: "m", url: other, apiKey: "key-0002" },
  ];

  it("a pinned model passes its last upstream's error on, and says when two were spent", async () => {
    await using upstream = await Switchable.start();
    const routes = TWO_ROUTES(upstream.url("a"), upstream.url("b"));
    await using gateway = await startGateway({ config: { routes } });
    upstream.set("a", 500);
    upstream.set("b", 503, {}, "Down for lunch");
    const asking = { protocol: "openai_chat", isStream: false, text: "hello" } as const;
    const seen = await ask(gateway.address, { ...asking, model: "m" });
    assertEquals(outline(seen), { status: 503, attempts: "m;500;_, m;503;_" });
    assertEquals(seen.error.message, "Down for lunch");
    assertEquals(seen.headers.get("x-should-retry"), "false");
  });

  it("a chain of models is told like auto, a lone failure leaves retrying to the client", async () => {
    const config = { fallback: { a: ["b"] } };
    await withRoutes(["a", "b"], async ({ upstream, hello }) => {
      upstream.set("a", 429);
      upstream.set("b", 429);
      const chain = await hello("a");
      assertEquals([chain.status, chain.error.code], [429, "all_candidates_failed"]);
      assertEquals(chain.headers.get("x-should-retry"), "false");
      const lone = await hello("b");
      assertEquals([lone.status, lone.headers.get("x-should-retry")], [429, null]);
    }, config);
  });

  it("a status-less failure of a pinned model is told in the words of its upstream, without its key", async () => {
    await using upstream = await faultUpstream({
      on: (exchange) =>
        exchange.send(
          JSON.stringify({ error: { message: "key-0001 is over quota", type: "x", code: null } }),
        ),
    });
    const routes = [{ model: "m", url: `${upstream.origin}/on/m/v1`, apiKey: "key-0001" }];
    await using gateway = await startGateway({ config: { routes } });
    const asking = { protocol: "openai_chat", isStream: false, text: "hello" } as const;
    const { error, raw } = await ask(gateway.address, { ...asking, model: "m" });
    assertMatch(error.message, /is over quota$/);
    assert(!raw.includes("key-0001"), raw);
  });
});
