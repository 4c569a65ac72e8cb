/**
 * Names and words that are code elsewhere: in a log, a header, a page, an object. Here they are text.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type GatewayProcess, startGateway } from "../e2e/gateway_process.ts";
import { eventStream, listen } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { completion } from "./taking_upstream.ts";
import { head, sendBytes } from "./wire.ts";

const SCRIPT = "<script>alert(1)</script>";
const IMAGE = '"><img src=x onerror=alert(1)>';

/** Names as an attacker would choose them; the configuration serves each. */
const HOSTILE: Readonly<Record<string, string>> = {
  "a line of its own": "x\n[gateway] event=forged",
  "a line with CR": "x\r\n[gateway] event=forged",
  "a header of its own": "x\r\nx-forged: 1",
  "a whole answer": "x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  "a colour": "\u001b[31mred\u001b[0m",
  "a title of the terminal": "\u001b]0;pwned\u0007",
  "a cleared screen": "\u001b[2J\u001b[H",
  "a C1 sequence": "\u009b31mred",
  "a NUL": "x\u0000y",
  "a backspace": "good\b\b\b\bevil",
  "a line separator": "x\u2028[gateway] event=forged\u2029",
  "text from right to left": "\u202egpj.exe",
  "a field of the log": 'x event=forged status="200"',
  "a quote": 'x" event="forged',
  "a script": SCRIPT,
  "an image": IMAGE,
  "half a character": "x\ud800y",
  "a format": "%s%n%x%d{}${1+1}{{7*7}}",
  "a path": "../../../etc/passwd",
  "a metric's label": 'x"} 1\nforged_total{a="b',
  "a prototype": "__proto__",
  "a constructor": "constructor",
  "a method": "hasOwnProperty",
  "very much": "x".repeat(20_000),
};

const PROTOTYPE_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
];

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(listen(({ path, body }) => {
    const said = `${SCRIPT}${IMAGE}`;
    if (path.includes("/html")) {
      return new Response(`<html>${said}</html>`, { headers: { "content-type": "text/html" } });
    }
    if (path.includes("/svg")) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`;
      return new Response(svg, { headers: { "content-type": "image/svg+xml" } });
    }
    if (path.includes("/untyped")) return new Response(new TextEncoder().encode(said));
    if (String(body?.model).startsWith("saying")) {
      const error = {
        error: { message: `${said}\n[gateway] event=forged \u001b[31m`, type: said, code: said },
      };
      if (body.model === "saying-html") {
        return new Response(said, { status: 400, headers: { "content-type": "text/html" } });
      }
      return Response.json(error, { status: 400 });
    }
    if (body?.stream) {
      const chunk = {
        ...completion(),
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta: { content: said }, finish_reason: "stop" }],
      };
      return eventStream([`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`]);
    }
    return Response.json(completion(said));
  }));
  // In YAML's own words, so that nothing on the way there changes a name.
  const models = Object.values(HOSTILE).filter((name) => name.isWellFormed());
  const fields = { url: upstream.url, apiKey: "route-key-0001" };
  const routes = [
    { name: `route ${SCRIPT}`, ...fields, model: models },
    { name: "saying", ...fields, model: ["saying", "saying-html"] },
    { name: "native", ...fields, protocol: "anthropic", model: "native" },
    { name: "any", ...fields, model: "*" },
  ];
  const text = owned.use(await startGateway({ config: { routes } }));
  const json = owned.use(await startGateway({ config: { routes }, env: { LOG_FORMAT: "json" } }));
  const strict = owned.use(await startGateway({ config: { routes: routes.slice(0, 3) } }));
  return { upstream, text, json, strict };
});

const CHAT = { messages: [{ role: "user", content: "hello" }] };

/** No byte that a terminal obeys, and no line that nobody wrote. */
function assertCleanLog(gateway: GatewayProcess, how: "text" | "json"): void {
  const text = gateway.stderr;
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/.test(text), text);
  for (const line of text.trimEnd().split("\n")) {
    if (how === "json") assertEquals(typeof JSON.parse(line).event, "string");
    else assertMatch(line, /^\[gateway\] (protocol=\w+ )?event=(?!forged)\w+ /);
    assert(line.length < 4_000, `a line of ${line.length}`);
  }
}

describe("A model's name that is", () => {
  for (const [what, model] of Object.entries(HOSTILE)) {
    for (const how of ["text", "json", "strict"] as const) {
      it(`${what} stays a name: ${how}`, async () => {
        const gateway = scene()[how];
        for (
          const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"]
        ) {
          const body = { model, max_tokens: 5, ...CHAT, input: "x" };
          const response = await gateway.post(path, body);
          await response.text();
          assert(response.status < 500, `${path}: ${response.status}`);
          assertEquals(response.headers.get("x-forged"), null);
          for (const [, value] of response.headers) {
            assertMatch(value, /^[\x20-\x7e]*$/);
            assert(value.length < 2_000);
          }
          // An unknown name is nobody's request, and tells the log nothing.
          if (response.status === 404) continue;
          await gateway.logLine(response.headers.get("x-gateway-request-id")!);
        }
        assertCleanLog(gateway, how === "json" ? "json" : "text");
      });
    }
  }

  it("hostile in the path is told as text", async () => {
    for (const model of Object.values(HOSTILE).filter((name) => name.isWellFormed())) {
      const path = `/v1/models/${encodeURIComponent(model.slice(0, 2_000))}`;
      const response = await scene().text.fetch(path);
      const type = response.headers.get("content-type");
      await response.text();
      assert([200, 400, 404].includes(response.status), `${model}: ${response.status}`);
      assertMatch(type!, /^application\/json/);
    }
  });
});

describe("A header that would be several", () => {
  for (const value of ["a\r\nx-forged: 1", "a\nx-forged: 1", "\u001b[31m", "a\u0000b"]) {
    it(`goes on as one or not at all: ${JSON.stringify(value)}`, async () => {
      const { text, upstream } = scene();
      const before = upstream.requests.length;
      const body = JSON.stringify({ model: "m", ...CHAT });
      const lines = [
        "host: localhost",
        "content-type: application/json",
        `content-length: ${body.length}`,
      ];
      for (
        const name of [
          "user-agent",
          "openai-organization",
          "x-claude-code-session-id",
          "session_id",
        ]
      ) {
        const asked = head(
          "POST /v1/chat/completions HTTP/1.1",
          ...lines,
          `${name}: ${value}`,
          "connection: close",
        );
        await sendBytes(text.address, asked + body);
      }
      for (const { headers } of upstream.requests.slice(before)) {
        for (const [name, one] of headers) {
          // deno-lint-ignore no-control-regex -- control characters are what is looked for
          assert(!/[\r\n\u0000]/.test(one), name);
        }
      }
      assertCleanLog(text, "text");
    });
  }
});

describe("Words of an upstream that are code", () => {
  for (const model of ["saying", "saying-html"]) {
    for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses"]) {
      it(`come back as JSON that no browser runs, and as one line of the log: ${path}, ${model}`, async () => {
        const { text } = scene();
        const response = await text.post(path, { model, max_tokens: 5, ...CHAT, input: "x" });
        await response.text();
        assertEquals(response.status, 400);
        assertMatch(response.headers.get("content-type")!, /^application\/json/);
        assertEquals(response.headers.get("x-content-type-options"), "nosniff");
        await text.logLine("event=upstream_error", response.headers.get("x-gateway-request-id")!);
        assertCleanLog(text, "text");
      });
    }
  }

  for (const stream of [false, true]) {
    it(`in an answer come back as data: stream ${stream}`, async () => {
      const response = await scene().text.post("/v1/chat/completions", {
        model: "m",
        stream,
        ...CHAT,
      });
      assertStringIncludes(await response.text(), "alert(1)");
      const type = stream ? /^text\/event-stream/ : /^application\/json/;
      assertMatch(response.headers.get("content-type")!, type);
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    });
  }

  for (const path of ["/v1/files/html", "/v1/files/svg", "/v1/files/untyped"]) {
    it(`in a file that is passed through do not run: ${path}`, async () => {
      const response = await scene().text.fetch(path);
      await response.text();
      const policy = response.headers.get("content-security-policy")!;
      assertStringIncludes(policy, "sandbox");
      assertStringIncludes(policy, "default-src 'none'");
      assert(!policy.includes("allow-scripts"));
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    });
  }
});

const PAGES = [
  "/",
  "/health",
  "/health?format=json",
  "/metrics",
  "/gateway/status",
  "/v1/models",
  "/anthropic",
  "/no/such/path",
];

describe("A page of the gateway", () => {
  for (
    const path of [
      ...PAGES,
      `/${encodeURIComponent(SCRIPT)}`,
      `/health?format=${encodeURIComponent(SCRIPT)}`,
    ]
  ) {
    for (const accept of ["text/html,*/*", "*/*"]) {
      it(`says what it is and runs no name: ${path} for ${accept}`, async () => {
        const response = await scene().text.fetch(path, { headers: { accept } });
        const { headers } = response;
        const body = await response.text();
        assertEquals(headers.get("x-content-type-options"), "nosniff");
        const type = headers.get("content-type")!;
        assertMatch(type, /^(application\/json|text\/plain|text\/html)/);
        if (!/^\/(v1|anthropic)/.test(path)) {
          assertMatch(headers.get("cache-control")!, /no-store|no-cache/);
        }
        if (type.startsWith("application/json")) return;
        const policy = headers.get("content-security-policy")!;
        assertStringIncludes(policy, "default-src 'none'");
        assertStringIncludes(policy, "frame-ancestors 'none'");
        assert(!policy.includes("unsafe-inline") && !policy.includes("unsafe-eval"), policy);
        if (type.startsWith("text/html")) {
          assert(!body.includes(SCRIPT) && !body.includes(IMAGE), "a name stands in the page");
        }
      });
    }
  }
});

describe("The dashboard", () => {
  it("puts every text in as text, and asks nobody but its gateway", async () => {
    const headers = { accept: "text/html" };
    const page = await (await scene().text.fetch("/", { headers })).text();
    assertStringIncludes(page, "<script");
    const ways = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc"];
    for (const way of [...ways, "eval(", "new Function", "javascript:", "DOMParser", "import("]) {
      assert(!page.includes(way), way);
    }
    // Inline handlers, and addresses that something is loaded from.
    assert(!/<[^>]+\son\w+=/.test(page));
    assert(!/(?:src|href|action)="?(?:https?:)?\/\//.test(page));
  });

  it("may run its own script and no other", async () => {
    const response = await scene().text.fetch("/", { headers: { accept: "text/html" } });
    await response.text();
    const policy = response.headers.get("content-security-policy")!;
    const directives = new Map(
      policy.split(";").map((one) => one.trim().split(" ")).map(([name, ...rest]) => [name, rest]),
    );
    for (const source of directives.get("script-src") ?? []) {
      assertMatch(source, /^'(?:sha(?:256|384|512)-[\w+/=]+|none)'$/);
    }
    assertEquals(directives.get("default-src"), ["'none'"]);
    assertEquals(directives.get("frame-ancestors"), ["'none'"]);
    assertEquals(directives.get("base-uri"), ["'none'"]);
    assertEquals(directives.get("form-action"), ["'none'"]);
    assertEquals(directives.get("connect-src"), ["'self'"]);
  });
});

describe("A key of a prototype", () => {
  for (const key of PROTOTYPE_KEYS) {
    it(`is a key like any other in a body: ${key}`, async () => {
      const { text, upstream } = scene();
      const nested = `{"model":"m","stream":true,"messages":[],"polluted":1,"max_tokens":1}`;
      // What the prototype says is not said by the body: the model is missing.
      const bare = `{"${key}":${nested},"messages":[]}`;
      const send = (path: string, body: string) =>
        text.fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body });
      for (
        const path of [
          "/v1/chat/completions",
          "/v1/messages",
          "/v1/responses",
          "/v1/messages/count_tokens",
        ]
      ) {
        const response = await send(path, bare);
        assertStringIncludes(await response.text(), "model");
        assertEquals(response.status, 400, path);
      }
      for (const model of ["m", "native"]) {
        const full =
          `{"model":"${model}","max_tokens":5,"${key}":${nested},"messages":[{"role":"user","content":"hello","${key}":${nested}}]}`;
        for (const path of ["/v1/chat/completions", "/v1/messages"]) {
          const response = await send(path, full);
          await response.text();
          assert(response.status < 500 || response.headers.has("x-gateway-attempts"), path);
          assertEquals(upstream.last.body.stream ?? false, false);
        }
      }
      // Nothing of it stays: an empty object is still empty.
      const clean = await send("/v1/chat/completions", '{"model":"m","messages":[]}');
      await clean.text();
      assertEquals([clean.status, upstream.last.body.polluted], [200, undefined]);
    });

    it(`is an unknown model where nobody serves any: ${key}`, async () => {
      const { strict } = scene();
      for (const model of [key, `${key}.${key}`, `${key} `]) {
        if (Object.values(HOSTILE).includes(model)) continue;
        const response = await strict.post("/v1/chat/completions", { model, ...CHAT });
        assertEquals([response.status, (await response.json()).error.code], [
          404,
          "model_not_found",
        ]);
      }
    });

    it(`is nothing as a header, query or content type: ${key}`, async () => {
      const { text } = scene();
      const headers = { [key]: "x", "content-encoding": key, "content-type": "application/json" };
      const init = { method: "POST", headers, body: '{"model":"m","messages":[]}' };
      const response = await text.fetch(`/v1/chat/completions?${key}=x&${key}[x]=1`, init);
      await response.text();
      assertEquals(response.status, 415);
      for (const path of [`/health?format=${key}`, `/${key}`, `/v1/models/${key}x`]) {
        const page = await text.fetch(path);
        await page.text();
        assert([200, 404].includes(page.status), path);
      }
    });
  }
});
