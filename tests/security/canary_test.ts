/**
 * A canary in every place where a secret can be configured, and everything that comes out of the
 * gateway searched for it, whatever the upstreams do.
 *
 * The search itself is that of `tests/e2e/canary.ts`, which looks on in all other tests, too.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { VERBS } from "../../lib/cli/verbs.ts";
import { Canary, secretsIn } from "../e2e/canary.ts";
import { eventually } from "../e2e/eventually.ts";
import { type GatewayProcess, runCli, startGateway } from "../e2e/gateway_process.ts";
import { rawRequest } from "../e2e/raw_http.ts";
import { listen, type ReceivedRequest, type ScriptedUpstream } from "../e2e/scripted_upstream.ts";

/** One value per place; characters that are encoded where the place allows them. */
const SECRET = {
  inFile: "canary-of-a-route-0001",
  inVariable: "canary-of-a-variable-0002",
  inDotEnv: "canary-of-the-dot-env-0003",
  interpolated: "canary/of+an=interpolation~0004",
  ownHeader: "canary-of-a-header-0005",
  authorization: "canary-of-an-authorization-0006",
  password: "canary@of:a/password-0007",
  query: "canary of a query & more-0008",
  clientInFile: "canary-of-a-client-0009",
  clientInVariable: "canary-of-a-client-0010",
  gatewayKey: "canary-of-the-gateway-0011",
  lastResort: "canary-of-the-last-resort-0012",
};

const ENV = {
  CANARY_VARIABLE: SECRET.inVariable,
  CANARY_PART: SECRET.interpolated,
  CANARY_CLIENT: SECRET.clientInVariable,
  GATEWAY_API_KEYS: SECRET.gatewayKey,
};
const DOT_ENV = `CANARY_DOT=${SECRET.inDotEnv}\nUPSTREAM_API_KEY="${SECRET.lastResort}"\n`;

function routesTo(origin: string) {
  const { host } = new URL(origin);
  const password = encodeURIComponent(SECRET.password);
  const base = `${origin}/v1`;
  // Leaves the usual header to what else would go there.
  const elsewhere = { apiKey: SECRET.inFile, authHeader: "x-own-key" };
  const route = (model: string, more: object) => ({ name: model, url: base, model, ...more });
  return [
    route("in-file", { apiKey: SECRET.inFile }),
    route("in-variable", { apiKeyEnv: "CANARY_VARIABLE", protocol: "anthropic" }),
    route("in-dot-env", { apiKeyEnv: "CANARY_DOT", protocol: "responses" }),
    route("interpolated", { apiKey: "${CANARY_PART}", authHeader: "x-own-key" }),
    route("headers", {
      headers: {
        "X-Secret-Token": SECRET.ownHeader,
        authorization: `Bearer ${SECRET.authorization}`,
      },
      ...elsewhere,
    }),
    route("userinfo", { url: `http://canary:${password}@${host}/v1`, ...elsewhere }),
    route("query", { url: `${base}?key=${encodeURIComponent(SECRET.query)}` }),
    route("last-resort", { protocol: "anthropic" }),
  ];
}

function configFor(origin: string) {
  return {
    routes: routesTo(origin),
    clients: [
      { name: "one", key: SECRET.clientInFile },
      { name: "two", keyEnv: "CANARY_CLIENT" },
    ],
    timeouts: { firstByteMs: 100, requestMs: 100, idleMs: 100 },
  };
}

/** Everything that an upstream knows of a secret, in every way in which it could say it. */
function toldBy({ headers, path }: ReceivedRequest): string {
  const values = [...headers].map(([, value]) => value);
  return [
    path,
    ...values,
    ...values.map((value) => value.replace(/^\w+ /, "")),
    ...values.map((value) => btoa(value)),
    ...values.map(encodeURIComponent),
    JSON.stringify(Object.fromEntries(headers)),
  ].join(" | ");
}

const STATUSES = [400, 401, 403, 404, 413, 418, 429, 500, 503, 529];

/** What an upstream that talks too much does, by the word in the request that asks for it. */
const BEHAVIOURS: Readonly<Record<string, (told: string) => Response>> = {
  ...Object.fromEntries(STATUSES.map((status) => [
    `openai${status}`,
    (told: string) =>
      Response.json({ error: { message: told, type: told, code: told, param: told } }, { status }),
  ])),
  anthropic400: (told) =>
    Response.json({ type: "error", error: { type: told, message: told } }, { status: 400 }),
  anthropic529: (told) =>
    Response.json({ type: "error", error: { type: told, message: told } }, { status: 529 }),
  text500: (told) => new Response(told, { status: 500 }),
  html502: (told) =>
    new Response(`<html>${told}</html>`, { status: 502, headers: { "content-type": "text/html" } }),
  html200: (told) =>
    new Response(`<html>${told}</html>`, { headers: { "content-type": "text/html" } }),
  error200: (told) => Response.json({ error: { message: told } }),
  malformed: (told) =>
    new Response(`{"choices": ${told}`, { headers: { "content-type": "application/json" } }),
  redirect: (told) =>
    new Response(null, {
      status: 302,
      headers: { location: `http://127.0.0.1:1/?${encodeURIComponent(told)}` },
    }),
  headers: (told) =>
    Response.json({ error: { message: "see the headers" } }, {
      status: 400,
      headers: Object.fromEntries(
        [
          "x-request-id",
          "request-id",
          "openai-processing-ms",
          "anthropic-note",
          "retry-after",
          "x-ratelimit-reset",
          "x-should-retry",
          "www-authenticate",
          "set-cookie",
        ]
          .map((name) => [name, told.replace(/[^\x20-\x7e]/g, "?")]),
      ),
    }),
  errorEvent: (told) => events([`data: ${JSON.stringify({ error: { message: told } })}\n\n`]),
  namedErrorEvent: (told) =>
    events([
      `event: error\ndata: ${
        JSON.stringify({ type: "error", error: { type: "overloaded_error", message: told } })
      }\n\n`,
    ]),
  errorAfterCommit: (told) =>
    events([
      `data: ${
        JSON.stringify({
          id: "c",
          object: "chat.completion.chunk",
          created: 1,
          model: "m",
          choices: [{ index: 0, delta: { role: "assistant", content: "so far" } }],
        })
      }\n\n`,
      `data: ${JSON.stringify({ error: { message: told } })}\n\n`,
    ]),
  malformedEvent: (told) => events([`data: {${told}\n\n`]),
  longLine: (told) => events([`data: ${told.repeat(50)}`]),
};

function events(pieces: string[]): Response {
  return new Response(pieces.join(""), { headers: { "content-type": "text/event-stream" } });
}

function talkativeUpstream(): ScriptedUpstream {
  return listen((request) => {
    const asked = /do-(\w+)/.exec(new TextDecoder().decode(request.bytes) + request.path)?.[1];
    const behaviour = BEHAVIOURS[asked ?? ""];
    // Nothing is asked for: the answer never comes.
    return behaviour ? behaviour(toldBy(request)) : new Promise(() => {});
  });
}

const KEYED = { authorization: `Bearer ${SECRET.clientInFile}` };

/** Every endpoint that reaches an upstream, with a body that asks for a behaviour. */
const ENDPOINTS: readonly [path: string, body: (content: string) => object][] = [
  ["/v1/chat/completions", (content) => ({ messages: [{ role: "user", content }] })],
  ["/v1/messages", (content) => ({ max_tokens: 9, messages: [{ role: "user", content }] })],
  ["/v1/responses", (content) => ({ input: content })],
  ["/v1/messages/count_tokens", (content) => ({ messages: [{ role: "user", content }] })],
  ["/v1/embeddings", (input) => ({ input })],
];

/** What looks like a success; on other endpoints than the chat ones it is passed on unread. */
const SUCCESSES: ReadonlySet<string> = new Set([
  "html200",
  "error200",
  "malformed",
  "errorEvent",
  "namedErrorEvent",
  "errorAfterCommit",
  "malformedEvent",
  "longLine",
]);

function isAsked(path: string, behaviour: string): boolean {
  if (path === "/v1/embeddings") return !SUCCESSES.has(behaviour);
  // A count waits for ten seconds.
  return path !== "/v1/messages/count_tokens" || behaviour !== "silence";
}

/** Asks for everything of everyone; an answer that breaks off counts as read. */
async function drive(gateway: GatewayProcess, behaviours: readonly string[]): Promise<number> {
  const models = routesTo("http://127.0.0.1").map(({ model }) => model);
  const requests = models.flatMap((model) =>
    behaviours.flatMap((behaviour) =>
      ENDPOINTS.filter(([path]) => isAsked(path, behaviour)).flatMap((
        [path, bodyOf],
      ) =>
        [true, false].map((stream) => ({
          path,
          body: { model, stream, ...bodyOf(`do-${behaviour}`) },
        }))
      )
    )
  );
  let answers = 0;
  const next = async (): Promise<void> => {
    for (let one = requests.pop(); one; one = requests.pop()) {
      try {
        const response = await gateway.post(one.path, one.body, KEYED);
        await response.text();
      } catch {
        // What came before the break was looked at.
      }
      answers++;
    }
  };
  await Promise.all(Array.from({ length: 8 }, next));
  return answers;
}

/** What the gateway tells of itself, to those who may and to those who may not. */
async function askAbout(gateway: GatewayProcess): Promise<void> {
  const paths = [
    "/",
    "/health",
    "/health?format=json",
    "/metrics",
    "/gateway/status",
    "/anthropic",
    "/v1/models",
    "/v1/models/in-file",
    "/v1/models/unknown",
    "/anthropic/v1/models",
    "/nowhere",
    "/v1/files/../x",
  ];
  for (const path of paths) {
    for (const key of [SECRET.clientInFile, SECRET.gatewayKey, "wrong-key-0001"]) {
      for (const accept of ["*/*", "text/html"]) {
        for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
          const headers = { "x-api-key": key, accept };
          await (await gateway.fetch(path, { method, headers })).text();
        }
      }
    }
  }
  await rawRequest(gateway.address, ["TRACE /v1/chat/completions HTTP/1.1", "x-api-key: x"]);
  await rawRequest(gateway.address, ["GET /v1/models HTTP/1.1", "host: evil.example"]);
  await rawRequest(gateway.address, [`GET /v1/x?key=${SECRET.clientInFile} HTTP/1.0 nonsense`]);
}

describe("No secret comes out of the gateway", () => {
  it("whatever its upstreams do", async () => {
    await using upstream = talkativeUpstream();
    const config = configFor(upstream.url.slice(0, -3));
    await using gateway = await startGateway({ config, env: ENV, dotEnv: DOT_ENV });
    const answers = await drive(gateway, Object.keys(BEHAVIOURS));
    assert(answers > 1_500, String(answers));
    assert(upstream.requests.length > 1_000, String(upstream.requests.length));
    await askAbout(gateway);
    // Each of the upstream's secrets was sent to it, so each was there to be told.
    const told = upstream.requests.map(toldBy).join("\n");
    const upstreamSecrets = Object.entries(SECRET).filter(([name]) => !/client|gateway/.test(name));
    for (const [name, secret] of upstreamSecrets) {
      const isThere = [secret, encodeURIComponent(secret), btoa(`canary:${secret}`)]
        .some((form) => told.includes(form));
      assert(isThere, name);
    }
    assert(gateway.logLines("event=upstream_error").length > 100);
    assertEquals(await gateway.stop(), 0);
  });

  it("when its log is JSON, its upstreams are silent or gone, and its file breaks", async () => {
    await using upstream = talkativeUpstream();
    const config = configFor(upstream.url.slice(0, -3));
    const env = { ...ENV, LOG_FORMAT: "json" };
    await using gateway = await startGateway({ config, env, dotEnv: DOT_ENV });
    await drive(gateway, ["openai400", "openai401", "text500", "errorEvent", "silence"]);
    await gateway.writeConfig(`routes:\n  - apiKey: ${SECRET.inFile}: ${SECRET.inVariable}: [\n`);
    await gateway.logLine("config");
    await gateway.writeConfig(JSON.stringify({
      routes: [{
        name: "x",
        model: "x",
        url: `ftp://canary:${encodeURIComponent(SECRET.password)}@host/?key=${SECRET.inFile}`,
        apiKey: [SECRET.inFile],
        [SECRET.ownHeader]: SECRET.ownHeader,
        headers: { [`bad name ${SECRET.inFile}`]: `${SECRET.authorization}\n` },
      }],
    }));
    await eventually("two refusals", () => gateway.logLines("config").length >= 2);
    await askAbout(gateway);
    await upstream[Symbol.asyncDispose]();
    await drive(gateway, ["openai400"]);
    assertEquals(await gateway.stop(), 0);
  });

  it("by the command line", async () => {
    const options = { config: configFor("http://127.0.0.1:9"), env: ENV, dotEnv: DOT_ENV };
    const named = (name: string) => VERBS.some((verb) => verb.name === name);
    const lines = [
      ["start", "--print-permissions", "--config", "{config}"],
      ["start", "--port", "99999", "--config", "{config}"],
      ["check", "--config", "{config}"],
      ["check", "--json", "--config", "{config}"],
      ["explain", "in-file", "--config", "{config}"],
      ["explain", "auto", "--json", "--config", "{config}"],
      ["status", "--config", "{config}"],
    ].filter(([verb]) => named(verb!));
    // Each run is searched at its end.
    for (const line of lines) await runCli(line, options);
    const broken = {
      ...options,
      config: JSON.stringify(options.config).replace('"url"', '"urll"'),
    };
    for (const line of lines) {
      const { code } = await runCli(line, broken);
      assert(code !== 0 || line[0] === "status", line.join(" "));
    }
  });
});

describe("The canary", () => {
  it("knows the secret of every place", () => {
    const config = JSON.stringify(configFor("http://127.0.0.1:9"));
    const found = secretsIn({ config, env: ENV, dotEnv: DOT_ENV });
    const missing = Object.entries(SECRET).filter(([, secret]) => !found.includes(secret));
    assertEquals(missing, []);
  });

  it("sees each form of a secret, in an answer cut anywhere", async () => {
    const secret = SECRET.interpolated;
    const bytes = new TextEncoder().encode(secret);
    const forms = [
      secret,
      encodeURIComponent(secret),
      bytes.toBase64(),
      bytes.toBase64({ alphabet: "base64url" }),
      btoa(`user:${secret}`),
      btoa(`x${secret}`),
    ];
    for (const form of forms) {
      for (let cut = 0; cut < form.length; cut++) {
        const canary = new Canary({ env: { SOME_KEY: secret } });
        const body = new ReadableStream({
          start(controller) {
            for (const piece of [`a${form.slice(0, cut)}`, `${form.slice(cut)}b`]) {
              controller.enqueue(new TextEncoder().encode(piece));
            }
            controller.close();
          },
        });
        await canary.watch("an answer", new Response(body)).text();
        await assertRejects(() => Promise.resolve().then(() => canary.mustBeSilent()));
      }
    }
  });

  it("fails a test whose gateway says a secret that it should not, and tells where", async () => {
    await using upstream = listen(() => Response.json({ answer: SECRET.inFile }));
    const routes = [{ url: upstream.url, model: "m", apiKey: SECRET.inFile }];
    const ask = async (spoken: string[]) => {
      await using gateway = await startGateway({ config: { routes }, spoken });
      await (await gateway.post("/v1/embeddings", { model: "m", input: "x" })).text();
    };
    await ask([SECRET.inFile]);
    const error = await assertRejects(() => ask([]));
    const { message } = error as Error;
    assertStringIncludes(message, "the answer to /v1/embeddings, body");
    assert(!message.includes(SECRET.inFile), message);
  });
});
