/** While one candidate is healthy, no fault of the one before it reaches a client. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "../gateway_process.ts";
import { sharedByTests } from "../shared.ts";
import { answerTo, ask, type Seen } from "./client_view.ts";
import { type Fault, FAULTS, type Form, ODDITIES } from "./fault_scripts.ts";
import { faultUpstream } from "./fault_upstream.ts";
import {
  type Case,
  casesOf,
  forEach,
  healthyUpstreams,
  textOf,
  timesAsked,
  WORD,
} from "./scene.ts";
import { UNREACHED, type Unreached, unreachedUpstreams } from "./unreached.ts";

/** For candidates that are expected to run into them, in milliseconds. */
const SHORT = { requestMs: 400, connectMs: 400 };
/** Only the connection's own deadline may be the one that ends. */
const UNCONNECTED = { requestMs: 10_000, connectMs: 400 };
/** For those that come to their end by themselves, but not at once. */
const LONG = { requestMs: 10_000 };
const FORMS: readonly Form[] = ["json", "sse"];
const CASES = Object.entries(FAULTS).flatMap(([fault, { reason }]) =>
  casesOf(fault, Object.keys(reason) as Form[])
);
const ODD_CASES = Object.keys(ODDITIES).flatMap((oddity) => casesOf(oddity, FORMS));

const UNREACHED_CASES = UNREACHED.flatMap((fault) => casesOf(fault, FORMS));

const scene = sharedByTests(async (owned) => {
  const healthy = healthyUpstreams(owned);
  const scripts = Object.entries({ ...FAULTS, ...ODDITIES }).map(([name, { script }]) =>
    [name, script] as const
  );
  const faulty = owned.use(await faultUpstream(Object.fromEntries(scripts)));
  const closing = owned.use(
    await faultUpstream({}, { onConnection: (socket) => (socket.destroy(), false) }),
  );
  const unreached = await unreachedUpstreams(owned);
  const routesOf = (one: Case, url: string) => {
    const { id, upstream } = one;
    const isSlow = FAULTS[one.fault]?.isHeavy || one.fault in ODDITIES;
    const timeouts = one.fault in unreached ? UNCONNECTED : isSlow ? LONG : SHORT;
    const route = { model: id, protocol: WORD[upstream] };
    return [
      // A key of its own, as a rejected one rests all that share it.
      { ...route, name: `faulty-${id}`, url, apiKey: `key-of-${id}`, timeouts },
      { ...route, name: `healthy-${id}`, url: healthy[upstream].url, apiKey: "healthy-key-1" },
    ];
  };
  const routes = [
    ...[...CASES, ...ODD_CASES].flatMap((one) =>
      routesOf(one, `${faulty.origin}/${one.fault}/${one.id}/v1`)
    ),
    ...UNREACHED_CASES.flatMap((one) => routesOf(one, unreached[one.fault as keyof Unreached])),
    ...casesOf("closed-at-once", FORMS).flatMap((one) => routesOf(one, `${closing.origin}/v1`)),
  ];
  const gateway = owned.use(await startGateway({ config: { routes } }));
  return { healthy, faulty, closing, gateway };
});

function askFor(one: Case): Promise<Seen> {
  return ask(scene().gateway.address, {
    protocol: one.client,
    model: one.id,
    isStream: one.form === "sse",
    text: textOf(one),
  });
}

function checkAnswer(one: Case, seen: Seen): void {
  const { status, text, isFinished, error, raw } = seen;
  const told = { id: one.id, status, text, isFinished, error };
  const good = { status: 200, text: answerTo(textOf(one)), isFinished: true, error: undefined };
  assertEquals(told, { id: one.id, ...good }, `${one.id}: ${raw}`);
}

/** Asks, and expects the healthy upstream's answer after one failed attempt. */
async function checkFallback(one: Case, reason: string): Promise<void> {
  const { healthy } = scene();
  const seen = await askFor(one);
  checkAnswer(one, seen);
  const attempts = seen.headers.get("x-gateway-attempts")!;
  assertMatch(attempts, new RegExp(`^${one.id};${reason};\\d+ms, ${one.id};200;\\d+ms$`));
  assertEquals(seen.headers.get("x-gateway-switched"), "1");
  assertEquals(timesAsked(healthy, textOf(one)), 1, one.id);
}

function ofFault(cases: readonly Case[], fault: string): Case[] {
  return cases.filter((one) => one.fault === fault);
}

describe("The next candidate answers, in every form and protocol, for an upstream that", () => {
  for (const [name, { does, reason }] of Object.entries<Fault>(FAULTS)) {
    it(`${does} (${name})`, async () => {
      const { faulty } = scene();
      const cases = ofFault(CASES, name);
      await forEach(cases, async (one) => {
        await checkFallback(one, reason[one.form]!);
        assertEquals(faulty.posts.get(`/${name}/${one.id}`), 1, `${one.id}: POSTs`);
      });
      await faulty.idle();
    });
  }

  for (const fault of UNREACHED) {
    it(`cannot be reached (${fault})`, async () => {
      await forEach(ofFault(UNREACHED_CASES, fault), (one) => checkFallback(one, fault));
    });
  }

  it("closes every connection at once", async () => {
    const { closing } = scene();
    const cases = casesOf("closed-at-once", FORMS);
    await forEach(cases, (one) => checkFallback(one, "reset"));
    assertEquals(closing.connectionCount, cases.length, "one connection per attempt");
  });
});

describe("The answer is as good as any other of an upstream that", () => {
  for (const [name, { does }] of Object.entries(ODDITIES)) {
    it(does, async () => {
      const { faulty, healthy } = scene();
      await Promise.all(
        ofFault(ODD_CASES, name).map(async (one) => {
          const seen = await askFor(one);
          checkAnswer(one, seen);
          assertEquals(seen.headers.get("x-gateway-attempt-count"), "1", one.id);
          assertEquals(faulty.posts.get(`/${name}/${one.id}`), 1);
          assertEquals(timesAsked(healthy, textOf(one)), 0);
        }),
      );
      await faulty.idle();
    });
  }
});

describe("The gateway", () => {
  it("tells no client of what failed behind its back, and logs each failure once", () => {
    const { gateway } = scene();
    const failures = gateway.logLines("event=upstream_error").length;
    assert(failures >= CASES.length, `${failures} of ${CASES.length}`);
    assertEquals(gateway.logLines("internal_error"), []);
    assertEquals(gateway.logLines("unhandled_rejection"), []);
    assertEquals(gateway.logLines("uncaught_error"), []);
  });
});
