/** The programs that measure: an answer that is not whole is never counted as one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sharedByTests } from "../e2e/shared.ts";
import { BODIES, type BodyName, writeBody } from "./bodies.ts";
import { drive, type Load } from "./load.ts";
import { buildTools, finished, freePort, isInstalled, startUpstream } from "./tools.ts";
import { idealMs } from "./workloads.ts";

/** Nothing is to be measured elsewhere, so nothing is to be tested. */
const isAble = Deno.build.os === "linux" && navigator.hardwareConcurrency > 1 &&
  ["cc", "taskset"].every(isInstalled);

const describeTools: typeof describe = isAble ? describe : () => {};

const built = !isAble ? notBuilt : sharedByTests(async (owned) => {
  const folder = await Deno.makeTempDir({ prefix: "gateway_bench_test_" });
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  return { folder, tools: await buildTools(folder) };
});

function notBuilt(): never {
  throw new Error("The tools cannot be built here");
}

/** Sends bodies to an upstream of the bench. */
async function driven(name: BodyName, load: Partial<Load>, stream = { chunks: 20, paceMs: 0 }) {
  const { folder, tools } = built();
  await using upstream = await startUpstream(tools, { ...stream, folder });
  const body = writeBody(folder, name);
  const usual = { path: "/v1/chat/completions", body, marks: [], concurrency: 4, requests: 40 };
  return await drive(tools, upstream.port, { ...usual, ...load });
}

/** Sends to a server that answers with these bytes and closes. */
async function drivenAt(answer: string): Promise<unknown> {
  const { folder, tools } = built();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(65_536));
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  const body = writeBody(folder, "json");
  const load = { path: "/", body, marks: ["whole"], concurrency: 1, requests: 1 };
  try {
    return await drive(tools, listener.addr.port, load);
  } finally {
    listener.close();
    await serving;
  }
}

describeTools("The load driver", () => {
  it("counts every answer of the upstream, with bodies of any size", async () => {
    for (const name of ["json", "200kb", "4mb"] as const) {
      const { requests, failures } = await driven(name, { marks: ["total_tokens", "}"] });
      assertEquals([requests, failures], [40, 0], name);
    }
  });

  it("sees the last event of a stream and its end", async () => {
    const { failures } = await driven("stream", { marks: ["word18", "[DONE]"] });
    assertEquals(failures, 0);
  });

  it("measures a paced stream from its request to its last byte", async () => {
    const stream = { chunks: 10, paceMs: 10 };
    const { total_us } = await driven("stream", { marks: ["word8", "[DONE]"] }, stream);
    assert(total_us.p50 / 1_000 >= idealMs(stream) - 1, String(total_us.p50));
  });

  it("refuses an answer without its mark", async () => {
    await assertRejects(() => driven("json", { marks: ["nowhere"] }), Error, '"failures":40');
  });

  const wrong: Record<string, string> = {
    "with another status": "HTTP/1.1 500 No\r\ncontent-length: 5\r\n\r\nwhole",
    "shorter than it said": "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nwhole",
    "whose last chunk is missing":
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n",
    "longer than it said": "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwhole",
    "that is none": "",
  };
  for (const [name, answer] of Object.entries(wrong)) {
    it(`refuses an answer ${name}`, async () => {
      await assertRejects(() => drivenAt(answer), Error, '"failures":1');
    });
  }

  it("takes a chunked answer that is whole", async () => {
    await drivenAt(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n",
    );
  });
});

describeTools("The starter", () => {
  it("measures a program until its end, or until its first answer", async () => {
    const { folder, tools } = built();
    const body = writeBody(folder, "json");
    const began = performance.now();
    const ended = JSON.parse(await finished(tools.starter, ["0", "0", body, "sleep", "0.05"]));
    assert(ended.us >= 50_000 && ended.us / 1_000 <= performance.now() - began, String(ended.us));
  });

  it("fails when nobody answers", async () => {
    const { folder, tools } = built();
    const args = [String(freePort()), "0", writeBody(folder, "json"), "true"];
    await assertRejects(() => finished(tools.starter, args), Error, "no answer from true");
  });
});

describe("The bodies of a measurement", () => {
  const bytes = (name: BodyName) => JSON.stringify(BODIES[name]()).length;

  it("are as large as the workloads say", () => {
    const expected = { json: 1_000, "200kb": 200_000, "4mb": 4_000_000 };
    for (const [name, size] of Object.entries(expected)) {
      const ratio = bytes(name as BodyName) / size;
      assert(ratio > 0.9 && ratio < 1.1, `${name}: ${ratio}`);
    }
  });

  it("grow with the number of messages alone", () => {
    const ratio = bytes("history-1000") / bytes("history-100");
    assert(ratio > 9 && ratio < 11, String(ratio));
  });
});
