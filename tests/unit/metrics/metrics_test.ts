import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { everyObserver } from "../../../lib/base/every_observer.ts";
import type { AttemptRecord, FinishRecord, RequestRecord } from "../../../lib/base/observer.ts";
import { endpointKind } from "../../../lib/metrics/endpoint_kind.ts";
import { KnownNames } from "../../../lib/metrics/known_names.ts";
import { METRICS } from "../../../lib/metrics/metric_list.ts";
import { Metrics } from "../../../lib/metrics/metrics.ts";
import type { Snapshot } from "../../../lib/metrics/snapshot.ts";

const SNAPSHOT: Snapshot = {
  version: "1.2.3",
  startedAtMs: 1_000,
  uptimeMs: 2_500,
  process: { residentBytes: 7, heapUsedBytes: 5 },
  openStreamCount: 2,
  waitingRequestCount: 3,
  candidates: [
    { model: "m", route: "r" },
    { model: "m-2", route: "r", rest: { reason: "failure", remainingMs: 1_500 } },
    // Two routes of one name.
    { model: "m", route: "r" },
  ],
  droppedLogLineCount: 4,
  configLoadedAtMs: 6_000,
  configProblemCount: 1,
};

const ROUTED: RequestRecord = {
  requestId: "1",
  protocol: "openai_chat",
  endpoint: "/chat/completions",
  requestedModel: "auto",
  model: "m",
  route: "r",
  status: 200,
  attempts: [],
  ms: 120,
  isStream: true,
  losses: ["top_k", "x".repeat(500)],
};

const FINISHED: FinishRecord = {
  requestId: "1",
  protocol: "openai_chat",
  model: "m",
  route: "r",
  isStream: true,
  ms: 3_000,
  usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 0 },
};

const ATTEMPT: AttemptRecord = { model: "m", route: "r", ms: 9 };

function scene(config = { routes: [{ name: "r", models: ["m", "m-2"] }] }) {
  const live = { config };
  const metrics = new Metrics(new KnownNames(() => live.config as never));
  const observer = everyObserver(metrics.observers);
  const lines = () =>
    metrics.text(SNAPSHOT).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  /** The lines of one metric without its name. */
  const of = (name: string) =>
    lines().filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
  return { live, metrics, observer, lines, of };
}

describe("METRICS", () => {
  const all = METRICS.map((make) => make(new KnownNames(() => ({ routes: [] }) as never)));

  it("has no name twice", () => {
    assertEquals(new Set(all.map(({ name }) => name)).size, all.length);
  });

  for (const { name, type, help, labels } of all) {
    it(`${name} is named as Prometheus wants it`, () => {
      assertMatch(name, /^(gateway|process)_[a-z_]+$/);
      assertEquals(name.endsWith("_total"), type === "counter");
      if (type === "histogram") assertMatch(name, /_(seconds|bytes)$/);
      assert(!help.endsWith("."), help);
      for (const label of labels) assertMatch(label, /^[a-z][a-z_]*$/);
      assert(!labels.includes("le"));
    });
  }
});

describe("Metrics", () => {
  it("count a stream's request once, with its first byte, its end and its tokens", () => {
    const { observer, of } = scene();
    observer.routed(ROUTED);
    observer.finished(FINISHED);
    assertEquals(of("gateway_requests_total"), [
      '{protocol="openai_chat",endpoint="chat",code="200"} 1',
    ]);
    assertEquals(of("gateway_time_to_first_byte_seconds_sum"), ['{model="m"} 0.12']);
    assertEquals(of("gateway_request_duration_seconds_sum"), [
      '{protocol="openai_chat",stream="true"} 3',
    ]);
    assertEquals(of("gateway_tokens_total"), [
      '{model="m",kind="input"} 10',
      '{model="m",kind="output"} 5',
      '{model="m",kind="cache_read"} 4',
    ]);
    assertEquals(of("gateway_losses_total"), ['{field="top_k"} 1', '{field="other"} 1']);
  });

  it("take no time to a first byte from an answer that is none", () => {
    const { observer, of } = scene();
    observer.routed({ ...ROUTED, status: 502 });
    observer.routed({ ...ROUTED, isStream: false });
    assertEquals(of("gateway_time_to_first_byte_seconds"), []);
  });

  it("count an attempt once, whether it ended well, failed, or broke off after it had begun", () => {
    const { observer, of } = scene();
    const told = { requestId: "1", protocol: "openai_chat" } as const;
    observer.attemptEnded({ ...ATTEMPT, status: 200, isOk: true });
    observer.attemptFailed({ ...ATTEMPT, ...told, reason: "cut", isCommitted: true });
    observer.attemptEnded({ ...ATTEMPT, status: 503, isOk: false });
    observer.attemptFailed({ ...ATTEMPT, ...told, status: 503 });
    // A client's fault is nothing that health hears of.
    observer.attemptFailed({ ...ATTEMPT, ...told, status: 400 });
    assertEquals(of("gateway_attempts_total"), [
      '{model="m",route="r",outcome="ok"} 1',
      '{model="m",route="r",outcome="503"} 1',
      '{model="m",route="r",outcome="400"} 1',
    ]);
    assertEquals(of("gateway_broken_streams_total"), ['{model="m",route="r",reason="cut"} 1']);
  });

  it("take names from the configuration of the moment, and call all others other", () => {
    const { observer, of, live } = scene();
    const ended = (model: string) => observer.attemptEnded({ ...ATTEMPT, model, isOk: true });
    ended("m");
    ended("m-new");
    live.config = { routes: [{ name: "r", models: ["m-new"] }] };
    ended("m");
    ended("m-new");
    assertEquals(of("gateway_attempts_total"), [
      '{model="m",route="r",outcome="ok"} 1',
      '{model="other",route="r",outcome="ok"} 2',
      '{model="m-new",route="r",outcome="ok"} 1',
    ]);
  });

  it("stay few when a client makes up endpoints, fields and models", () => {
    const { observer, lines } = scene();
    for (let made = 0; made < 5_000; made++) {
      const name = `made-up-${made}`;
      const endpoint = `/${name}/x`;
      observer.routed({ ...ROUTED, endpoint, model: name, losses: [name] });
      observer.finished({ ...FINISHED, model: name });
      observer.refused({ requestId: "1", protocol: "openai_chat", model: name, message: "" });
      observer.rejected({
        requestId: "1",
        protocol: "openai_chat",
        endpoint,
        status: 400,
        code: name,
        message: "",
        ms: 1,
      });
    }
    assert(lines().length < 500, String(lines().length));
  });

  it("show the state of the moment, a candidate once", () => {
    const { of } = scene();
    assertEquals(of("gateway_open_streams"), [" 2"]);
    assertEquals(of("gateway_waiting_requests"), [" 3"]);
    assertEquals(of("gateway_cooldowns_active"), [
      '{reason="failure"} 1',
      '{reason="directed"} 0',
      '{reason="key-rejected"} 0',
    ]);
    assertEquals(of("gateway_candidate_rest_seconds"), [
      '{model="m",route="r"} 0',
      '{model="m-2",route="r"} 1.5',
    ]);
    assertEquals(of("gateway_log_lines_dropped_total"), [" 4"]);
    assertEquals(of("gateway_config_problems"), [" 1"]);
    assertEquals(of("gateway_config_loaded_timestamp_seconds"), [" 6"]);
    assertEquals(of("gateway_build_info"), ['{version="1.2.3"} 1']);
    assertEquals(of("gateway_uptime_seconds"), [" 2.5"]);
    assertEquals(of("process_start_time_seconds"), [" 1"]);
    assertEquals(of("process_resident_memory_bytes"), [" 7"]);
    assertEquals(of("process_heap_bytes"), [" 5"]);
  });

  it("give the same figures as values, of histograms their count and sum", () => {
    const { observer, metrics } = scene();
    observer.finished(FINISHED);
    const all = new Map(metrics.figures(SNAPSHOT).map((one) => [one.name, one.samples]));
    assertEquals(all.get("gateway_open_streams"), [{ labels: {}, value: 2 }]);
    assertEquals(all.get("gateway_request_duration_seconds"), [
      { labels: { protocol: "openai_chat", stream: "true", figure: "sum" }, value: 3 },
      { labels: { protocol: "openai_chat", stream: "true", figure: "count" }, value: 1 },
    ]);
    assertEquals([...all.keys()].length, METRICS.length);
  });
});

describe("endpointKind()", () => {
  for (
    const [path, kind] of [
      ["/chat/completions", "chat"],
      ["/messages", "messages"],
      ["/messages/count_tokens", "messages"],
      ["/files/file-1/content", "files"],
      ["/made-up", "other"],
      ["/", "other"],
      ["", "other"],
      [undefined, "other"],
    ] as const
  ) {
    it(`of ${path} is ${kind}`, () => {
      assertEquals(endpointKind(path), kind);
    });
  }
});
