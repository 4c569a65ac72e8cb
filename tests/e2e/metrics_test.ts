import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import parseText from "parse-prometheus-text-format";
import { eventually } from "./eventually.ts";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import { answeringUpstream, listen } from "./scripted_upstream.ts";

const HELLO = { messages: [{ role: "user", content: "hello" }] };
const CLIENT_KEY = "client-key-dummy-0001";

/** One family as an independent parser of the format reads it. */
interface Family {
  name: string;
  help: string;
  type: string;
  metrics: { value?: string; labels?: Record<string, string> }[];
}

async function familiesOf(gateway: GatewayProcess): Promise<Map<string, Family>> {
  const response = await gateway.fetch("/metrics");
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const families = parseText(await response.text()) as Family[];
  return new Map(families.map((family) => [family.name, family]));
}

/** The figures of a family, as `labels → value`. */
async function figures(gateway: GatewayProcess, name: string): Promise<Record<string, number>> {
  const { metrics = [] } = (await familiesOf(gateway)).get(name) ?? {};
  return Object.fromEntries(
    metrics.map(({ labels = {}, value }) => [Object.values(labels).join(" "), Number(value)]),
  );
}

/** The counts of a histogram, as `labels → count`: the parser knows none with labels. */
async function counts(gateway: GatewayProcess, name: string): Promise<Record<string, number>> {
  const text = await (await gateway.fetch("/metrics")).text();
  return Object.fromEntries(
    [...text.matchAll(new RegExp(`^${name}_count\\{(.*)\\} (\\d+)$`, "gm"))].map((
      [, labels, count],
    ) => [[...labels!.matchAll(/"([^"]*)"/g)].map(([, value]) => value).join(" "), Number(count)]),
  );
}

async function answered(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await new Response(body).bytes();
  return status;
}

describe("GET /metrics", () => {
  it("tells requests, attempts, switches and tokens as they were", async () => {
    const routes = [
      { name: "down", url: "stub:fail?status=503", model: "m-down" },
      { name: "up", url: "stub:ok", model: "m-up" },
    ];
    await using gateway = await startGateway({ config: { routes, auto: { policy: "ordered" } } });
    const chat = { model: "auto", ...HELLO };
    assertEquals(await answered(gateway.post("/v1/chat/completions", chat)), 200);
    const message = { model: "m-up", max_tokens: 9, stream: true, ...HELLO };
    assertEquals(await answered(gateway.post("/v1/messages", message)), 200);
    const unknown = { model: "m-nobody", ...HELLO };
    assertEquals(await answered(gateway.post("/v1/chat/completions", unknown)), 404);
    await eventually("the end of the stream", async () => {
      const durations = await counts(gateway, "gateway_request_duration_seconds");
      return durations["anthropic_messages true"] === 1;
    });

    assertEquals(await figures(gateway, "gateway_requests_total"), {
      "openai_chat chat 200": 1,
      "openai_chat chat 404": 1,
      "anthropic_messages messages 200": 1,
    });
    assertEquals(await figures(gateway, "gateway_rejected_requests_total"), {
      model_not_found: 1,
    });
    assertEquals(await figures(gateway, "gateway_attempts_total"), {
      "m-down down 503": 1,
      "m-up up ok": 2,
    });
    assertEquals(await figures(gateway, "gateway_switches_total"), { "m-down down m-up up": 1 });
    assertEquals(await counts(gateway, "gateway_time_to_first_byte_seconds"), { "m-up": 1 });
    assertEquals((await figures(gateway, "gateway_cooldowns_active")).failure, 1);
    const tokens = await figures(gateway, "gateway_tokens_total");
    assert(tokens["m-up input"]! > 0 && tokens["m-up output"]! > 0, JSON.stringify(tokens));
  });

  for (const protocol of ["openai_chat", "openai_responses", "anthropic_messages"] as const) {
    it(`counts the tokens of an upstream that speaks ${protocol}, whole and streamed`, async () => {
      await using upstream = answeringUpstream({ protocol });
      const word = { openai_chat: "openai", openai_responses: "responses" } as const;
      const said = protocol === "anthropic_messages" ? "anthropic" : word[protocol];
      const routes = [{
        name: "r",
        url: upstream.url,
        protocol: said,
        model: "m",
        apiKey: "key-0001",
      }];
      await using gateway = await startGateway({ config: { routes } });
      const seen: Record<string, number>[] = [];
      for (const stream of [false, true]) {
        const options = stream ? { stream_options: { include_usage: true } } : {};
        const sent = {
          openai_chat: { path: "/v1/chat/completions", body: { ...HELLO, ...options } },
          openai_responses: { path: "/v1/responses", body: { input: "hello" } },
          anthropic_messages: { path: "/v1/messages", body: { max_tokens: 9, ...HELLO } },
        }[protocol];
        assertEquals(
          await answered(gateway.post(sent.path, { model: "m", stream, ...sent.body })),
          200,
        );
        await eventually("the request's end", async () => {
          const durations = await counts(gateway, "gateway_request_duration_seconds");
          return durations[`${protocol} ${stream}`] === 1;
        });
        seen.push(await figures(gateway, "gateway_tokens_total"));
      }
      const [whole, both] = seen;
      assert(whole!["m input"]! > 0 && whole!["m output"]! > 0, JSON.stringify(whole));
      assert(both!["m input"]! > whole!["m input"]!, JSON.stringify(both));
      assert(both!["m output"]! > whole!["m output"]!, JSON.stringify(both));
    });
  }

  it("counts a stream that broke off as an attempt that was well, and as broken", async () => {
    const routes = [{ name: "r", url: "stub:cut-after?after=3", model: "m" }];
    await using gateway = await startGateway({ config: { routes } });
    const sent = { model: "m", stream: true, ...HELLO };
    assertEquals(await answered(gateway.post("/v1/chat/completions", sent)), 200);
    await eventually(
      "the end to be told",
      async () =>
        (await figures(gateway, "gateway_broken_streams_total"))["m r cut"] === 1 ||
        (await figures(gateway, "gateway_broken_streams_total"))["m r reset"] === 1,
    );
    assertEquals(await figures(gateway, "gateway_attempts_total"), { "m r ok": 1 });
    const { requests } = await (await gateway.fetch("/gateway/status")).json();
    assertEquals([requests.length, requests[0].status], [1, 200]);
    assert(typeof requests[0].brokenBy === "string" && requests[0].ms >= 0);
  });

  it("counts a stream as open until its client left, and then as ended", async () => {
    const routes = [{ name: "r", url: "stub:stall-after?after=3", model: "m" }];
    await using gateway = await startGateway({ config: { routes } });
    const sent = { model: "m", stream: true, ...HELLO };
    const response = await gateway.post("/v1/chat/completions", sent);
    const reader = response.body!.getReader();
    await reader.read();
    assertEquals(await figures(gateway, "gateway_open_streams"), { "": 1 });
    const begun = await (await gateway.fetch("/gateway/status")).json();
    assertEquals([begun.openStreams, begun.requests[0].ms], [1, undefined]);
    await reader.cancel();
    await eventually(
      "the end of the stream",
      async () => (await figures(gateway, "gateway_open_streams"))[""] === 0,
    );
    assertEquals(await counts(gateway, "gateway_request_duration_seconds"), {
      "openai_chat true": 1,
    });
    assertEquals(await figures(gateway, "gateway_broken_streams_total"), {});
  });

  it("counts requests that are passed on unread, to their end", async () => {
    await using upstream = listen(() => Response.json({ data: [] }));
    const routes = [{ name: "r", url: upstream.url, model: ["m", "*"], apiKey: "key-0001" }];
    await using gateway = await startGateway({ config: { routes } });
    assertEquals(await answered(gateway.post("/v1/embeddings", { model: "m", input: "x" })), 200);
    assertEquals(await answered(gateway.fetch("/v1/files/file-1", { method: "HEAD" })), 200);
    await eventually(
      "both to have ended",
      async () =>
        (await counts(gateway, "gateway_request_duration_seconds"))["openai_chat false"] === 2,
    );
    assertEquals(await figures(gateway, "gateway_requests_total"), {
      "openai_chat embeddings 200": 1,
      "openai_chat files 200": 1,
    });
  });

  it("gives no label to a name that a client made up", async () => {
    const routes = [{ name: "any", url: "stub:ok", model: ["m", "*"] }];
    await using gateway = await startGateway({ config: { routes } });
    for (const model of ["m", "made-up-1", "made-up-2"]) {
      await answered(gateway.post("/v1/chat/completions", { model, ...HELLO }));
    }
    await answered(gateway.post("/v1/made-up-3/made-up-4", { model: "m" }));
    const text = await (await gateway.fetch("/metrics")).text();
    assert(!text.includes("made-up"), text);
    assertEquals(await figures(gateway, "gateway_attempts_total"), {
      "m any ok": 1,
      "other any ok": 2,
    });
  });

  it("keeps a name with quotes, backslashes and line breaks in one label", async () => {
    const model = 'a"b\\c\nd}e';
    const config = { routes: [{ name: "up", url: "stub:ok", model }] };
    await using gateway = await startGateway({ config });
    await answered(gateway.post("/v1/chat/completions", { model, ...HELLO }));
    const text = await (await gateway.fetch("/metrics")).text();
    assertStringIncludes(
      text,
      'gateway_attempts_total{model="a\\"b\\\\c\\nd}e",route="up",outcome="ok"} 1\n',
    );
    const lines = text.trimEnd().split("\n");
    assertEquals(
      lines.filter((line) => !/^(# (HELP|TYPE) \w+ .|\w+(\{.*\})? \S+$)/.test(line)),
      [],
    );
  });

  it("tells that an edit of the configuration was refused, and then that one was taken", async () => {
    const config = "routes:\n  - { name: up, url: 'stub:ok', model: m }\n";
    await using gateway = await startGateway({ config });
    await gateway.writeConfig("routes: [{ urll: broken }]\n");
    await eventually(
      "the refusal",
      async () => (await figures(gateway, "gateway_config_problems"))[""]! > 0,
    );
    await gateway.writeConfig(config.replace("model: m", "model: m-2"));
    await eventually(
      "the reload",
      async () => (await figures(gateway, "gateway_config_reloads_total"))["taken"] === 1,
    );
    assertEquals((await figures(gateway, "gateway_config_problems"))[""], 0);
  });

  it("needs a client key where there are any", async () => {
    const config = {
      routes: [{ name: "up", url: "stub:ok", model: "m" }],
      clients: [{ name: "one", key: CLIENT_KEY }],
    };
    await using gateway = await startGateway({ config });
    for (const path of ["/metrics", "/gateway/status"]) {
      assertEquals(await answered(gateway.fetch(path)), 401, path);
      const headers = { authorization: `Bearer ${CLIENT_KEY}` };
      const response = await gateway.fetch(path, { headers });
      assertEquals(response.status, 200, path);
      assert(!(await response.text()).includes(CLIENT_KEY), path);
    }
  });

  it("takes no other method than GET and HEAD", async () => {
    await using gateway = await startGateway({ flags: ["--stub", "--port", "0"] });
    for (const path of ["/metrics", "/gateway/status"]) {
      const response = await gateway.post(path, {});
      assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
      await response.body?.cancel();
    }
  });
});
