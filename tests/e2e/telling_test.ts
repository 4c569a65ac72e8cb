/**
 * What headers, notices and the log tell of an answer, and what nothing may tell.
 *
 * Upstreams that fail are a stub, over HTTP; those that answer are raw, as real ones are stricter.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type GatewayProcess, startGateway } from "./gateway_process.ts";
import { answeringUpstream } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";
import { play, startStub } from "./stub/stub_process.ts";

const SECRETS = {
  chat: "chat-key-secret-0001",
  native: "native-key-secret-0002",
  broken: "broken-key-secret-0003",
  header: "header-value-secret-0004",
  user: "user-in-url-secret-0005",
  client: "client-key-secret-0006",
} as const;
const PROMPT = "a prompt that no log may hold";
/** A model of its own for each test that needs a failure: a failed candidate rests. */
const BROKEN = Array.from({ length: 20 }, (_, index) => `b-${index}`);

/** An upstream that says of its own accord what it should not. */
function saying(model: string, { status, message }: { status: number; message: string }) {
  return { when: { model }, answer: { raw: { status, body: { error: { message } } } } };
}

const RULES = [
  saying("b-*", {
    status: 503,
    message: `The key ${SECRETS.broken} has no room \u001b[31m\nsecond line`,
  }),
  saying("refused", {
    status: 401,
    message: `Incorrect API key provided: ${SECRETS.broken}`,
  }),
];

const scene = sharedByTests(async (owned) => {
  const chat = owned.use(answeringUpstream({ protocol: "openai_chat" }));
  const native = owned.use(answeringUpstream({ protocol: "anthropic_messages" }));
  const stub = owned.use(await startStub());
  await play(stub, RULES);
  const failing = `${stub.address}/v1`;
  const withUser = failing.replace("//", `//${SECRETS.user}:x@`);
  const routes = [
    { name: "good", url: chat.url, model: ["m", "odd;name,50%é"], apiKey: SECRETS.chat },
    {
      name: "native",
      url: native.url,
      protocol: "anthropic",
      model: "claude",
      apiKey: SECRETS.native,
    },
    {
      name: "broken",
      url: `${withUser}?token=${SECRETS.header}`,
      model: BROKEN,
      apiKey: SECRETS.broken,
      headers: { "x-team-token": SECRETS.header },
      fallback: ["m"],
    },
    { name: "dead", url: "stub:refuse", model: "dead", apiKey: "x", fallback: ["m"] },
    { name: "any", url: chat.url, model: "*", apiKey: SECRETS.chat },
  ];
  const start = async (notice: string, env = {}) =>
    owned.use(await startGateway({ config: { notice, routes }, env }));
  const comment = await start("comment");
  const event = await start("event");
  const off = await start("off", { LOG_FORMAT: "json" });
  let taken = 0;
  return { comment, event, off, failing, brokenModel: () => BROKEN[taken++]! };
});

const WHOLE = { messages: [{ role: "user", content: PROMPT }] };
const STREAM = { ...WHOLE, stream: true };

function ask(gateway: GatewayProcess, body: Record<string, unknown>): Promise<Response> {
  return gateway.post("/v1/chat/completions", body, {
    authorization: `Bearer ${SECRETS.client}`,
  });
}

function requestId(response: Response): string {
  return response.headers.get("x-gateway-request-id")!;
}

describe("Headers of an answer", () => {
  it("tell the model and the only attempt, and of no switch", async () => {
    const response = await ask(scene().comment, { model: "m", ...WHOLE });
    const body = await response.json();
    const { headers } = response;
    assertEquals(headers.get("x-gateway-model-used"), "m");
    assertEquals(headers.get("x-gateway-attempt-count"), "1");
    assertMatch(headers.get("x-gateway-attempts")!, /^m;200;\d+ms$/);
    assertEquals(headers.get("x-gateway-switched"), null);
    assertEquals(headers.get("x-gateway-losses"), null);
    assert(!("gateway_notice" in body));
  });

  for (const how of [WHOLE, STREAM]) {
    const what = "stream" in how ? "stream" : "whole answer";

    it(`tell each attempt of a ${what} after a fallback`, async () => {
      const { comment, brokenModel } = scene();
      const model = brokenModel();
      const response = await ask(comment, { model, ...how });
      await response.text();
      const { headers } = response;
      assertEquals(response.status, 200);
      assertEquals(headers.get("x-gateway-model-used"), "m");
      assertEquals(headers.get("x-gateway-attempt-count"), "2");
      const attempts = headers.get("x-gateway-attempts")!;
      assertMatch(attempts, new RegExp(`^${model};503;\\d+ms, m;200;\\d+ms$`));
      assertEquals(headers.get("x-gateway-switched"), "1");
    });
  }

  it("name a failure without a status by a word", async () => {
    const response = await ask(scene().comment, { model: "dead", ...WHOLE });
    const { gateway_notice: notice } = await response.json();
    assertMatch(response.headers.get("x-gateway-attempts")!, /^dead;refused;\d+ms, m;200;\d+ms$/);
    assertEquals(notice.trigger_status, null);
  });

  it("hold names in percent-encoding where they would break the header", async () => {
    const response = await ask(scene().comment, { model: "odd;name,50%é", ...WHOLE });
    await response.text();
    assertEquals(response.headers.get("x-gateway-model-used"), "odd%3Bname%2C50%25%C3%A9");
    assertMatch(response.headers.get("x-gateway-attempts")!, /^odd%3Bname%2C50%25%C3%A9;200;/);
  });

  it("tell what a translation lost", async () => {
    const response = await ask(scene().comment, { model: "claude", ...WHOLE, seed: 7, n: 1 });
    await response.text();
    assertMatch(response.headers.get("x-gateway-losses")!, /\bseed\b/);
  });

  for (
    const [what, path, init] of [
      ["a page", "/health", {}],
      ["a 404", "/nope", {}],
      ["a 405", "/v1/messages", {}],
      ["a refusal", "/v1/models", { headers: { origin: "https://evil.example" } }],
      ["a passed-through answer", "/v1/files", {}],
    ] as const
  ) {
    it(`hold a request id on ${what}`, async () => {
      const response = await scene().comment.fetch(path, init);
      await response.text();
      assertMatch(requestId(response), /^[\w-]{8,}$/);
    });
  }
});

describe("The notice of a fallback", () => {
  const noticeFor = (model: string) => ({
    trigger_status: 503,
    from_model: model,
    from_route: "broken",
    to_model: "m",
    to_route: "good",
  });

  for (const which of ["comment", "event"] as const) {
    it(`is a field of a JSON answer with notice: ${which}`, async () => {
      const model = scene().brokenModel();
      const body = await (await ask(scene()[which], { model, ...WHOLE })).json();
      assertEquals(body.gateway_notice, noticeFor(model));
    });
  }

  it("is a comment before the first event of a stream with notice: comment", async () => {
    const model = scene().brokenModel();
    const text = await (await ask(scene().comment, { model, ...STREAM })).text();
    const json = /^: gateway_notice (\{.*\})\n\ndata: /.exec(text)?.[1];
    assertEquals(JSON.parse(json!), noticeFor(model));
  });

  it("is a named event before the first event of a stream with notice: event", async () => {
    const model = scene().brokenModel();
    const text = await (await ask(scene().event, { model, ...STREAM })).text();
    const json = /^event: gateway_notice\ndata: (\{.*\})\n\ndata: /.exec(text)?.[1];
    assertEquals(JSON.parse(json!), noticeFor(model));
  });

  it("is nowhere with notice: off, but the headers tell", async () => {
    for (const how of [WHOLE, STREAM]) {
      const response = await ask(scene().off, { model: scene().brokenModel(), ...how });
      assert(!(await response.text()).includes("gateway_notice"));
      assertEquals(response.headers.get("x-gateway-switched"), "1");
    }
  });
});

describe("The log", () => {
  it("has one routed line per answer", async () => {
    const { comment } = scene();
    const response = await ask(comment, { model: "m", ...WHOLE });
    await response.text();
    const line = await comment.logLine("event=routed", requestId(response));
    assertMatch(line, /^\[gateway\] protocol=openai_chat event=routed /);
    for (const part of ["requested=m", "model=m", "route=good", "status=200", "attempts=1"]) {
      assertStringIncludes(line, ` ${part}`);
    }
    assertEquals(comment.logLines("event=routed", requestId(response)).length, 1);
  });

  it("has one upstream_error and one switch line per failed attempt", async () => {
    const { comment, brokenModel } = scene();
    const model = brokenModel();
    const response = await ask(comment, { model, ...WHOLE });
    await response.text();
    await comment.logLine("event=routed", requestId(response));
    const lines = comment.logLines(requestId(response));
    assertEquals(lines.map((line) => /event=(\S+)/.exec(line)?.[1]), [
      "upstream_error",
      "switch",
      "routed",
    ]);
    assertMatch(lines[0]!, new RegExp(` model=${model} route=broken status=503 ms=\\d+ `));
    assertMatch(lines[1]!, new RegExp(` from_model=${model} to_model=m `));
    assertMatch(lines[2]!, / attempts=2 /);
  });

  it("has a compat_error line when a translation refuses", async () => {
    const { comment } = scene();
    const response = await ask(comment, {
      model: "claude",
      messages: [{ role: "user", content: 5 }],
    });
    await response.text();
    assertEquals(response.status, 400);
    const line = await comment.logLine("event=compat_error", requestId(response));
    assertStringIncludes(line, "messages[0].content");
  });

  it("cannot be forged by a name", async () => {
    const { comment } = scene();
    const model = "evil\n[gateway] event=forged \u001b[2J\u009b1m";
    const response = await ask(comment, { model, ...WHOLE });
    await response.text();
    await comment.logLine("event=routed", requestId(response));
    assertEquals(
      comment.stderr.split("\n").filter((line) => line.startsWith("[gateway] event=forged")),
      [],
    );
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(comment.stderr));
  });

  it("is JSON lines with LOG_FORMAT=json", async () => {
    const { off } = scene();
    const response = await ask(off, { model: "m", ...WHOLE });
    await response.text();
    const line = await off.logLine('"routed"', requestId(response));
    const entry = JSON.parse(line);
    assertEquals(entry.event, "routed");
    assertEquals(entry.protocol, "openai_chat");
    assertEquals([entry.model, entry.route, entry.status], ["m", "good", 200]);
    for (const each of off.stderr.trimEnd().split("\n")) JSON.parse(each);
  });
});

describe("No secret and no prompt", () => {
  it("stands in any output, header or error body", async () => {
    const seen: string[] = [];
    for (const gateway of [scene().comment, scene().off]) {
      const model = scene().brokenModel();
      for (const body of [{ model, ...WHOLE }, { model, ...STREAM }, { model: "m", ...STREAM }]) {
        const response = await ask(gateway, body);
        const text = await response.text();
        // The scripted model repeats what it was told; that is the answer, not a leak.
        seen.push(text.replaceAll(PROMPT, ""), JSON.stringify([...response.headers]));
        await gateway.logLine(requestId(response), "routed");
      }
      const unknown = await ask(gateway, { model: "m", messages: PROMPT });
      seen.push(await unknown.text(), gateway.stdout, gateway.stderr);
    }
    for (const text of seen) {
      for (const hidden of [...Object.values(SECRETS), PROMPT]) {
        assert(!text.includes(hidden), `${hidden} stands in ${text}`);
      }
    }
    assertStringIncludes(seen.join(), "[redacted]");
  });

  it("stands in an upstream's error that is passed on", async () => {
    const routes = [{ url: scene().failing, model: "refused", apiKey: SECRETS.broken }];
    await using gateway = await startGateway({ config: { routes } });
    const response = await ask(gateway, { model: "refused", ...WHOLE });
    assertEquals((await response.json()).error.message, "Incorrect API key provided: [redacted]");
    assertEquals(response.status, 401);
    await gateway.logLine(requestId(response), "event=routed");
    assert(!gateway.stderr.includes(SECRETS.broken));
  });
});
