/** Behind the first word a failure is told in the client's protocol, and nobody else is asked. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../../lib/base/protocol.ts";
import { startGateway } from "../gateway_process.ts";
import { sharedByTests } from "../shared.ts";
import { answerTo, ask, type Seen } from "./client_view.ts";
import { cutAfter, CUTS } from "./fault_scripts.ts";
import { type FaultExchange, faultUpstream, type Script } from "./fault_upstream.ts";
import {
  type Case,
  casesOf,
  forEach,
  healthyUpstreams,
  Meetings,
  textOf,
  timesAsked,
  WORD,
} from "./scene.ts";

const IDLE_MS = 400;
const NAMES = Object.keys(CUTS);

/** Where a stream is cut: behind its first word, or just before the proof that it is finished. */
const PLACES = { early: () => 0, late: () => Infinity } as const;

const CASES = NAMES.flatMap((name) =>
  Object.keys(PLACES).flatMap((place) => casesOf(`${name}-${place}`, ["sse"]))
);

/** Those that ask again at once. */
const TWICE = casesOf("twice", ["sse"]);

/** The first events of an answer, and after them comments, pings or a word for as long as anybody reads. */
const SMALL_TALK: Readonly<Record<string, string>> = {
  "comments": ": still there\n\n",
  "pings": 'event: ping\ndata: {"type":"ping"}\n\n',
  "half-messages": " ",
};

const scene = sharedByTests(async (owned) => {
  const healthy = healthyUpstreams(owned);
  const meetings = new Meetings();
  const committed = ({ client }: FaultExchange) => meetings.wait(client);
  const scripts: Record<string, Script> = {};
  for (const name of NAMES) {
    for (const [place, count] of Object.entries(PLACES)) {
      scripts[`${name}-${place}`] = cutAfter(name, { count, committed });
    }
  }
  for (const [name, text] of Object.entries(SMALL_TALK)) {
    scripts[name] = async (exchange) => {
      const events = exchange.unfinished();
      await exchange.write(exchange.head() + events.slice(0, -1).join(""));
      while (exchange.isOpen) {
        await exchange.write(text);
        await exchange.pause(20);
      }
    };
  }
  scripts["twice"] = cutAfter("close", { count: () => 0, committed });
  const faulty = owned.use(await faultUpstream(scripts));
  const cases = [
    ...CASES,
    ...TWICE,
    ...Object.keys(SMALL_TALK).flatMap((name) => casesOf(name, ["sse"])),
  ];
  const routes = cases.flatMap(({ id, fault, upstream }) => {
    const route = { model: id, protocol: WORD[upstream], apiKey: "some-key-0001" };
    // An upstream that only talks small gets ten times the time.
    const idleMs = fault in SMALL_TALK ? IDLE_MS / 10 : IDLE_MS;
    const url = `${faulty.origin}/${fault}/${id}/v1`;
    return [
      { ...route, name: `faulty-${id}`, url, timeouts: { idleMs } },
      { ...route, name: `healthy-${id}`, url: healthy[upstream].url },
    ];
  });
  const gateway = owned.use(await startGateway({ config: { routes } }));
  return { healthy, faulty, gateway, meetings };
});

function askFor(one: Case): Promise<Seen> {
  return ask(scene().gateway.address, {
    protocol: one.client,
    model: one.id,
    isStream: true,
    text: textOf(one),
    onFirstBytes: () => scene().meetings.meet(one.id),
  });
}

/** How each protocol's stream ends when it failed. */
const LAST_EVENT: Readonly<Record<Protocol, RegExp>> = {
  openai_chat: /data: \{"error":\{[^\n]*\n\n$/,
  anthropic_messages: /event: error\ndata: \{"type":"error","error":\{[^\n]*\n\n$/,
  openai_responses: /event: (response\.failed|error)\ndata: \{[^\n]*\n\n$/,
};

/** The answer so far, an error event, nothing behind it, and one paid request. */
function checkCut(one: Case, seen: Seen): void {
  const { healthy, faulty } = scene();
  const { id, client, fault } = one;
  const told = `${id}: ${seen.raw.slice(-1000)}`;
  assertEquals(
    { status: seen.status, hasFinish: seen.hasFinish, isBroken: seen.isBroken },
    { status: 200, hasFinish: false, isBroken: false },
    told,
  );
  assert(seen.text.length > 0 && answerTo(textOf(one)).startsWith(seen.text), told);
  assert(LAST_EVENT[client].test(seen.raw), told);
  assert(seen.error?.message, told);
  assertEquals(faulty.posts.get(`/${fault}/${id}`), 1, `${id}: POSTs`);
  assertEquals(timesAsked(healthy, textOf(one)), 0, `${id}: POSTs to the next candidate`);
}

describe("A stream ends in an error event, and is paid once, when its upstream", () => {
  for (const [name, { does, reason }] of Object.entries(CUTS)) {
    for (const place of Object.keys(PLACES)) {
      const where = place === "early" ? "behind the first word" : "before the proof of its end";
      it(`${does} ${where}`, async () => {
        const { faulty, gateway } = scene();
        const cases = CASES.filter(({ fault }) => fault === `${name}-${place}`);
        await forEach(cases, async (one) => {
          const seen = await askFor(one);
          checkCut(one, seen);
          if (one.client === "openai_chat" && name !== "error-event") {
            assertEquals(seen.error.code, "stream_interrupted", one.id);
          }
          const line = await gateway.logLine("event=upstream_error", `faulty-${one.id} `);
          assertStringIncludes(line, `reason=${reason}`);
        });
        await faulty.idle();
      });
    }
  }

  for (const name of Object.keys(SMALL_TALK)) {
    it(`sends nothing but ${name.replace("-", " ")} for ten times its idle deadline`, async () => {
      await forEach(casesOf(name, ["sse"]), async (one) => checkCut(one, await askFor(one)));
      await scene().faulty.idle();
    });
  }
});

describe("A candidate whose stream broke off", () => {
  it("rests: the same request is answered by the next one at once", async () => {
    const { gateway } = scene();
    await forEach(TWICE, async (one) => {
      checkCut(one, await askFor(one));
      const seen = await askFor(one);
      assertEquals(seen.text, answerTo(textOf(one)), one.id);
      assertEquals(seen.headers.get("x-gateway-attempt-count"), "1", one.id);
    });
    assertStringIncludes(gateway.stderr, "event=upstream_error");
    assertEquals(gateway.logLines("internal_error"), []);
    assertEquals(gateway.logLines("unhandled_rejection"), []);
    assertEquals(gateway.logLines("uncaught_error"), []);
  });
});
