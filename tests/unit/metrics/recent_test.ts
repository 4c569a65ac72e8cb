import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { RequestRecord } from "../../../lib/base/observer.ts";
import { KnownNames } from "../../../lib/metrics/known_names.ts";
import { Recent } from "../../../lib/metrics/recent.ts";
import { Traffic } from "../../../lib/metrics/traffic.ts";
import { FAKE_EPOCH_MS, FakeClock } from "../../fake_clock.ts";

const ROUTED: RequestRecord = {
  requestId: "1",
  protocol: "openai_chat",
  endpoint: "/chat/completions",
  requestedModel: "auto",
  model: "m",
  route: "r",
  status: 200,
  attempts: [{ model: "m", route: "r", status: 200, ms: 90 }],
  ms: 100,
  isStream: true,
  losses: ["top_k"],
};

function scene() {
  const clock = new FakeClock();
  const known = new KnownNames(() => ({ routes: [{ name: "r", models: ["m"] }] }) as never);
  const redact = (text: string) => text.replaceAll("secret", "***");
  const recent = new Recent({ clock, known, redact });
  return { clock, recent, tell: recent.observer };
}

describe("Recent", () => {
  it("tells of a request when it came, what became of it, and its end once it is there", () => {
    const { clock, recent, tell } = scene();
    clock.advance(100);
    tell.routed!(ROUTED);
    const begun = recent.requests()[0]!;
    assertEquals([begun.atMs, begun.firstByteMs, begun.ms], [FAKE_EPOCH_MS, 100, undefined]);
    assertEquals([begun.asked, begun.model, begun.lossCount], ["auto", "m", 1]);
    const usage = { inputTokens: 3 };
    tell.finished!({ requestId: "1", protocol: "openai_chat", isStream: true, ms: 900, usage });
    const { ms, usage: told } = recent.requests()[0]!;
    assertEquals([ms, told], [900, usage]);
  });

  it("tells why a stream broke off, and not of an attempt that was made good", () => {
    const { recent, tell } = scene();
    const failed = { model: "m", route: "r", ms: 1, protocol: "openai_chat" } as const;
    tell.routed!(ROUTED);
    tell.attemptFailed!({ ...failed, requestId: "1", status: 503 });
    assertEquals(recent.requests()[0]!.brokenBy, undefined);
    tell.attemptFailed!({ ...failed, requestId: "1", reason: "cut", isCommitted: true });
    assertEquals(recent.requests()[0]!.brokenBy, "cut");
  });

  it("tells why a request was turned away, without secrets", () => {
    const { recent, tell } = scene();
    const rejected = { requestId: "1", protocol: "openai_chat", status: 404, ms: 2 } as const;
    const error = { code: "model_not_found", message: "Unknown model secret" };
    tell.rejected!({ ...rejected, ...error, endpoint: "/chat/completions" });
    const [request] = recent.requests();
    assertEquals(request!.error, { code: "model_not_found", message: "Unknown model ***" });
    assertEquals([request!.status, request!.ms], [404, 2]);
  });

  it("does not list what knocked at paths outside the API", () => {
    const { recent, tell } = scene();
    const rejected = { requestId: "1", protocol: "openai_chat", status: 404, ms: 2 } as const;
    tell.rejected!({ ...rejected, code: "path_not_found", message: "No such path" });
    assertEquals(recent.requests(), []);
  });

  it("keeps the last 200 requests and 50 switches, the latest first", () => {
    const { recent, tell } = scene();
    for (let id = 0; id < 1_000; id++) {
      tell.routed!({ ...ROUTED, requestId: String(id) });
      tell.switched!({
        requestId: String(id),
        protocol: "openai_chat",
        fromModel: "m",
        fromRoute: "r",
        toModel: "m-2",
        toRoute: "r",
      });
    }
    const requests = recent.requests();
    assertEquals([requests.length, requests[0]!.id, requests.at(-1)!.id], [200, "999", "800"]);
    const switches = recent.switches();
    assert(switches.length >= 50 && switches.length <= 100, String(switches.length));
    assertEquals(switches[0]!.requestId, "999");
  });

  it("tells the end of a request after which 199 others came", () => {
    const { recent, tell } = scene();
    for (let id = 1; id <= 350; id++) tell.routed!({ ...ROUTED, requestId: String(id) });
    const ended = { protocol: "openai_chat", isStream: true, ms: 900, usage: {} } as const;
    tell.finished!({ ...ended, requestId: "151" });
    const { id, ms } = recent.requests().at(-1)!;
    assertEquals([id, ms], ["151", 900]);
  });

  it("lists an id once, as what was told of it last", () => {
    const { recent, tell } = scene();
    for (let id = 1; id <= 250; id++) tell.routed!({ ...ROUTED, requestId: String(id) });
    tell.routed!({ ...ROUTED, requestId: "150", status: 500 });
    const same = recent.requests().filter(({ id }) => id === "150");
    assertEquals(same.map(({ status }) => status), [500]);
  });

  it("cuts names that a client made too long", () => {
    const { recent, tell } = scene();
    tell.routed!({ ...ROUTED, requestedModel: "x".repeat(100_000), endpoint: "/".repeat(9_999) });
    const [{ asked, endpoint } = { asked: "", endpoint: "" }] = recent.requests();
    assertEquals([asked.length, endpoint.length], [201, 201]);
  });

  it("keeps the last 40 attempts of a candidate, failures as negative times", () => {
    const { recent, tell } = scene();
    for (let ms = 0; ms < 100; ms++) {
      tell.attemptEnded!({ model: "m", route: "r", ms, isOk: ms % 2 === 0 });
    }
    const trail = recent.trailOf("m", "r");
    assertEquals([trail.length, trail[0], trail.at(-1)], [40, 60, -99]);
    tell.attemptEnded!({ model: "m", route: "r", ms: 0, isOk: false });
    assertEquals(recent.trailOf("m", "r").at(-1), -1);
  });
});

describe("Traffic", () => {
  it("counts requests by the minute, the oldest first, and forgets after an hour", () => {
    const clock = new FakeClock();
    const traffic = new Traffic(clock);
    traffic.count(200);
    traffic.count(503);
    traffic.count(499);
    clock.advance(60_000);
    traffic.count(200);
    const minutes = traffic.minutes();
    assertEquals(minutes.length, 60);
    assertEquals(minutes.slice(-2), [
      { ago: 1, count: 3, failed: 1 },
      { ago: 0, count: 1, failed: 0 },
    ]);
    clock.advance(60 * 60_000);
    assertEquals(traffic.minutes().filter(({ count }) => count > 0), []);
  });
});
