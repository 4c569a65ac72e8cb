/**
 * Clients that leave, that read slowly, and that are many.
 *
 * Over raw sockets: a test sees when its upstream was left, and how much of a flood was taken.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { eventually } from "../eventually.ts";
import { type GatewayProcess, startGateway } from "../gateway_process.ts";
import { sharedByTests } from "../shared.ts";
import { answerTo, ask, requestOf } from "./client_view.ts";
import { type FaultExchange, faultUpstream, type Script } from "./fault_upstream.ts";
import { casesOf, forEach, Meetings, WORD } from "./scene.ts";

/** How long an upstream may work for a client that left. */
const CANCEL_MS = 1_000;

/** Where an upstream stands when its client leaves. */
const PHASES: Readonly<
  Record<string, {
    when: string;
    form: "json" | "sse";
    script: Script;
  }>
> = {
  "before-head": {
    when: "while the head is awaited",
    form: "json",
    script: (exchange) => exchange.left,
  },
  "in-head": {
    when: "in the middle of the head",
    form: "sse",
    script: async (exchange) => {
      await exchange.write("HTTP/1.1 200 OK\r\n");
      await exchange.left;
    },
  },
  "in-body": {
    when: "in the middle of a JSON body",
    form: "json",
    script: async (exchange) => {
      await exchange.write(exchange.head() + exchange.whole().slice(0, 50));
      await exchange.left;
    },
  },
  "in-error": {
    when: "in the middle of an error's body",
    form: "json",
    script: async (exchange) => {
      await exchange.write(exchange.head({}, "503 Busy") + '{"error":');
      await exchange.left;
    },
  },
  "before-word": {
    when: "before the first word of a stream",
    form: "sse",
    script: async (exchange) => {
      await exchange.write(exchange.head() + exchange.opening().join(""));
      await exchange.left;
    },
  },
  "silent-stream": {
    when: "while a stream is silent",
    form: "sse",
    script: async (exchange) => {
      await exchange.write(exchange.head() + exchange.unfinished().join(""));
      await exchange.left;
    },
  },
  "flowing-stream": {
    when: "while a stream flows",
    form: "sse",
    script: async (exchange) => {
      await exchange.write(exchange.head() + exchange.unfinished().join(""));
      await flow(exchange);
    },
  },
};

/** Says the same word for ever, a thousand times a second. */
async function flow(exchange: FaultExchange): Promise<void> {
  const word = exchange.unfinished().find((event) => event.includes("Grüße"))!;
  while (exchange.isOpen) {
    await exchange.write(word);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const CASES = Object.entries(PHASES).flatMap(([name, { form }]) => casesOf(name, [form]));

const scene = sharedByTests(async (owned) => {
  const begun = new Meetings();
  /** When the gateway left each upstream, on this machine's clock. */
  const leftAtMs = new Map<string, number>();
  const scripts: Record<string, Script> = {};
  for (const [name, { script }] of Object.entries(PHASES)) {
    scripts[name] = async (exchange) => {
      const running = script(exchange);
      begun.meet(exchange.client);
      await exchange.left;
      leftAtMs.set(exchange.client, performance.now());
      await running;
    };
  }
  scripts["well"] = (exchange) => exchange.send(exchange.answer());
  const upstream = owned.use(await faultUpstream(scripts));
  const routes = CASES.flatMap(({ id, fault, upstream: protocol }) => [{
    name: id,
    model: id,
    protocol: WORD[protocol],
    url: `${upstream.origin}/${fault}/${id}/v1`,
    apiKey: "some-key-0001",
  }]);
  const gateway = owned.use(await startGateway({ config: { routes } }));
  return { begun, leftAtMs, upstream, gateway };
});

/** Asks, and leaves: before the head of the answer, or behind the first bytes of its body. */
async function leave(
  gateway: GatewayProcess,
  asking: { protocol: Protocol; model: string; isStream: boolean },
  isThere: Promise<void>,
): Promise<number> {
  const controller = new AbortController();
  const { path, body } = requestOf({ ...asking, text: "hello" });
  const headers = { "content-type": "application/json" };
  const asked = gateway.fetch(path, { method: "POST", headers, body, signal: controller.signal });
  const reading = asked.then(async ({ body }) => {
    for await (const _ of body!) if (controller.signal.aborted) break;
  }).catch(() => {});
  await isThere;
  const leftAt = performance.now();
  controller.abort();
  await reading;
  return leftAt;
}

describe("A client that leaves takes its upstream with it within a second, and rests nobody,", () => {
  for (const [name, { when, form }] of Object.entries(PHASES)) {
    it(when, async () => {
      const { begun, leftAtMs, upstream, gateway } = scene();
      const cases = CASES.filter(({ fault }) => fault === name);
      await forEach(cases, async ({ id, client }) => {
        const asking = { protocol: client, model: id, isStream: form === "sse" };
        const leftAt = await leave(gateway, asking, begun.wait(id));
        const endedAt = await eventually(`the end of ${id}`, () => leftAtMs.get(id));
        assert(endedAt - leftAt < CANCEL_MS, `${id}: ${endedAt - leftAt} ms`);
        assertEquals(upstream.posts.get(`/${name}/${id}`), 1, id);
      });
      await upstream.idle();
      const failures = gateway.logLines("event=upstream_error", `model=${name}-`);
      // The status of an error stood in its head: that one has failed, whoever left.
      if (name !== "in-error") assertEquals(failures, []);
    });
  }

  it("while its own request is still on its way, and then nobody is asked", async () => {
    const { gateway, upstream } = scene();
    const before = upstream.connectionCount;
    const { hostname, port, host } = new URL(gateway.address);
    const { path, body } = requestOf({
      protocol: "openai_chat",
      model: CASES[0]!.id,
      isStream: false,
      text: "hello",
    });
    const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
    for (const framing of [`content-length: ${body.length}`, "transfer-encoding: chunked"]) {
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const piece = framing.startsWith("content")
        ? body.slice(0, 20)
        : `14\r\n${body.slice(0, 20)}`;
      await connection.write(new TextEncoder().encode(`${head}${framing}\r\n\r\n${piece}`));
      await turns(gateway);
    }
    await turns(gateway);
    assertEquals(upstream.connectionCount, before);
    assertEquals(gateway.logLines("internal_error"), []);
  });

  it("while a rest is waited out", async () => {
    await using upstream = await faultUpstream({
      busy: (exchange) =>
        exchange.send("{}", { "content-type": "application/json", "retry-after": "1.5" }, "429 No"),
    });
    const routes = [{ model: "m", url: `${upstream.origin}/busy/m/v1` }];
    await using gateway = await startGateway({ config: { routes } });
    const asking = { protocol: "openai_chat", model: "m", isStream: false } as const;
    await ask(gateway.address, { ...asking, text: "hello" });
    await leave(gateway, asking, turns(gateway));
    await gateway.logLine("event=routed", "status=499");
    assertEquals(upstream.posts.get("/busy/m"), 1);
  });
});

/** Resolves a few answers of the gateway later: by then it has begun with what came before. */
async function turns(gateway: GatewayProcess): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await (await gateway.fetch("/health")).text();
}

const MIB = 1024 * 1024;

/** Kernels hold some megabytes for each connection, the gateway a part of one. */
const MAX_ON_THE_WAY = 24 * MIB;

describe("Memory stays bounded", () => {
  for (const protocol of PROTOCOLS) {
    it(`when a ${WORD[protocol]} client does not read what its upstream writes`, async () => {
      const words = { count: 0 };
      await using upstream = await faultUpstream({
        fast: async (exchange) => {
          await exchange.write(exchange.head() + exchange.opening().join(""));
          const word = exchange.unfinished().find((event) => event.includes("Grüße"))!;
          const piece = word.repeat(Math.ceil(MIB / word.length));
          while (exchange.isOpen && words.count < 300) {
            await exchange.write(piece);
            words.count++;
          }
        },
      });
      const upstreams = PROTOCOLS.map((one) => ({
        model: one,
        protocol: WORD[one],
        url: `${upstream.origin}/fast/${one}/v1`,
      }));
      await using gateway = await startGateway({ config: { routes: upstreams } });
      for (const model of PROTOCOLS) {
        words.count = 0;
        const { path, body } = requestOf({ protocol, model, isStream: true, text: "hello" });
        const headers = { "content-type": "application/json" };
        const controller = new AbortController();
        const { signal } = controller;
        const response = await gateway.fetch(path, { method: "POST", headers, body, signal });
        assertEquals(response.status, 200);
        const before = gateway.residentMiB;
        const written = await stalled(() => words.count);
        assert(written * MIB < MAX_ON_THE_WAY, `${model}: ${written} MiB were taken`);
        assert(gateway.residentMiB - before < 100, `from ${before} to ${gateway.residentMiB} MiB`);
        controller.abort();
        await response.body?.cancel().catch(() => {});
        await upstream.idle();
      }
    });
  }

  it("when eight upstreams send a line of 200 MB each", async () => {
    const sent = { mib: 0 };
    await using upstream = await faultUpstream({
      line: async (exchange) => {
        await exchange.write(exchange.head() + exchange.opening().join("") + "data: ");
        const piece = new Uint8Array(MIB).fill(0x78);
        for (let count = 0; count < 200 && exchange.isOpen; count++) {
          await exchange.write(piece);
          sent.mib++;
        }
      },
      well: (exchange) => exchange.send(exchange.answer()),
    });
    const models = Array.from({ length: 8 }, (_, index) => `m-${index}`);
    const routes = models.flatMap((model, index) => [
      { model, protocol: WORD[PROTOCOLS[index % 3]!], url: `${upstream.origin}/line/${model}/v1` },
      { model, url: `${upstream.origin}/well/${model}/v1`, apiKey: "some-key-0001" },
    ]);
    await using gateway = await startGateway({ config: { routes } });
    const before = gateway.residentMiB;
    await forEach(models, async (model) => {
      const asking = { protocol: "openai_chat", model, isStream: true, text: "hello" } as const;
      assertEquals((await ask(gateway.address, asking)).text, answerTo("hello"));
    });
    assert(sent.mib < 8 * 24, `${sent.mib} MiB were taken`);
    assert(gateway.residentMiB - before < 250, `from ${before} to ${gateway.residentMiB} MiB`);
    await upstream.idle();
  });
});

/** The count once it has not grown for a while. */
async function stalled(count: () => number): Promise<number> {
  let last = -1;
  let since = performance.now();
  await eventually("the upstream to be held up", () => {
    const now = count();
    if (now !== last) [last, since] = [now, performance.now()];
    return performance.now() - since > 700;
  });
  return last;
}

describe("A thousand streams at once", () => {
  it("are all answered, none with the words of another", async () => {
    const count = 1_000;
    const all = new Meetings();
    let open = 0;
    await using upstream = await faultUpstream({
      many: async (exchange) => {
        const events = exchange.events();
        const first = exchange.opening().length + 1;
        await exchange.write(exchange.head() + events.slice(0, first).join(""));
        // Nobody is told more before all have begun.
        if (++open === count) all.meet("all");
        await Promise.race([all.wait("all"), exchange.left]);
        for (const event of events.slice(first)) await exchange.write(event);
      },
    });
    const routes = PROTOCOLS.map((protocol) => ({
      name: protocol,
      model: protocol,
      protocol: WORD[protocol],
      url: `${upstream.origin}/many/${protocol}/v1`,
    }));
    await using gateway = await startGateway({ config: { routes } });
    const before = gateway.residentMiB;
    const askings = Array.from({ length: count }, (_, index) => ({
      protocol: PROTOCOLS[index % 3]!,
      model: PROTOCOLS[Math.floor(index / 3) % 3]!,
      isStream: true,
      text: `request ${index}`,
    }));
    let peak = 0;
    await forEach(askings, async (asking) => {
      const seen = await ask(gateway.address, asking);
      peak = Math.max(peak, gateway.residentMiB);
      const { status, text, isFinished, error } = seen;
      const good = { status: 200, text: answerTo(asking.text), isFinished: true, error: undefined };
      assertEquals({ status, text, isFinished, error }, good);
    });
    assertEquals(upstream.connectionCount, count);
    assert(peak - before < 300, `from ${before} to ${peak} MiB`);
    await upstream.idle();
  });
});
