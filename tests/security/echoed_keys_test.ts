/**
 * Upstreams that repeat the key they were sent, in every place and form that a client could read: it is
 * taken out wherever the upstream speaks of its failure.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "../e2e/gateway_process.ts";
import { eventStream, listen } from "../e2e/scripted_upstream.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { completion } from "./taking_upstream.ts";

/**
 * A key for each model, as keys that are refused rest together; with all that encodings treat in their
 * own way.
 */
const keyOf = (model: string) => `echoed/key+with="quotes"&%25-${model}`;
const encoded = encodeURIComponent;
const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
const base64url = (text: string) =>
  new TextEncoder().encode(text).toBase64({ alphabet: "base64url" });

/** The forms in which a key may come back. */
const FORMS: Readonly<Record<string, (key: string) => string>> = {
  plain: (key) => key,
  "plain in JSON": (key) => JSON.stringify(key).slice(1, -1),
  "percent-encoded": encoded,
  "percent-encoded in small letters": (key) =>
    encoded(key).replace(/%../g, (code) => code.toLowerCase()),
  base64,
  "base64 without padding": (key) => base64(key).replace(/=+$/, ""),
  "base64 for URLs": base64url,
  "base64 behind one character": (key) => base64(`:${key}`),
  "base64 behind two characters": (key) => base64(`a:${key}`),
  "base64 as a login": (key) => base64(`user:${key}:more`),
};
/** What of them is long enough to be of use: no part of an answer may hold it. */
const coresOf = (key: string) => [
  key,
  JSON.stringify(key).slice(1, -1),
  encoded(key),
  encoded(key).replace(/%../g, (code) => code.toLowerCase()),
  base64(key).replace(/=+$/, "").slice(0, -2),
  base64url(key).replace(/=+$/, "").slice(0, -2),
  base64(`:${key}`).slice(2, -4),
  base64(`a:${key}`).slice(4, -4),
];

const FORM_NAMES = Object.keys(FORMS);
const PLACES = [
  "error",
  "nested",
  "text",
  "header",
  "ok-header",
  "broken",
  "event",
  "late",
] as const;
type Place = (typeof PLACES)[number];

const CHAT = { messages: [{ role: "user", content: "hello" }] };
const MESSAGES = { max_tokens: 10, ...CHAT };

/** Where the key stands, and by which endpoints a client would see it. */
const asked: {
  what: string;
  place: Place;
  path: string;
  prefix: string;
  body: Record<string, unknown>;
}[] = [
  ...PLACES.flatMap((place) => [
    { what: "same protocol", place, path: "/v1/chat/completions", prefix: "chat", body: CHAT },
    {
      what: "stream",
      place,
      path: "/v1/chat/completions",
      prefix: "chat",
      body: { ...CHAT, stream: true },
    },
    { what: "translated", place, path: "/v1/messages", prefix: "chat", body: MESSAGES },
    {
      what: "translated stream",
      place,
      path: "/v1/messages",
      prefix: "chat",
      body: { ...MESSAGES, stream: true },
    },
    {
      what: "translated to Responses",
      place,
      path: "/v1/responses",
      prefix: "chat",
      body: { input: "x", stream: true },
    },
  ]),
  ...(["error", "nested", "text", "header", "ok-header"] as const).flatMap((place) => [
    { what: "passed on", place, path: "/v1/embeddings", prefix: "chat", body: { input: "x" } },
    { what: "count", place, path: "/v1/messages/count_tokens", prefix: "native", body: CHAT },
  ]),
];

/** A model for each case and form: a candidate that failed rests. */
const modelOf = (index: number, form: number) =>
  `${asked[index]!.prefix}-${asked[index]!.place}-${form}-${index}`;
const MODELS = asked.flatMap((_, index) => FORM_NAMES.map((_, form) => modelOf(index, form)));

/** Answers with the key where the model's name says so, in the form that it says. */
function echo(model: string): Response {
  const [, place, form] = /-([a-z-]+)-(\d+)-\d+$/.exec(model)!;
  const said = FORMS[FORM_NAMES[Number(form)]!]!(keyOf(model));
  const error = {
    error: { message: `Incorrect key: ${said}.`, type: "authentication_error", code: said },
  };
  const headers = {
    "x-request-id": `req_${headerSafe(said)}`,
    "openai-organization": headerSafe(said),
  };
  const first = `data: ${
    JSON.stringify({
      id: "c",
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { role: "assistant", content: "hi" } }],
    })
  }\n\n`;
  const event = `data: ${JSON.stringify(error)}\n\n`;
  const answers: Record<Place, () => Response> = {
    error: () => Response.json(error, { status: 401 }),
    nested: () =>
      Response.json({ error: { details: [{ deep: { header: `Bearer ${said}` } }] } }, {
        status: 403,
      }),
    text: () =>
      new Response(`<p>No such key: ${said}</p>`, {
        status: 401,
        headers: { "content-type": "text/html" },
      }),
    header: () => Response.json({ error: { message: "No" } }, { status: 400, headers }),
    "ok-header": () => Response.json(completion(), { headers }),
    broken: () => Response.json(error),
    event: () => eventStream([event]),
    late: () => afterCommit(model, [first, event]),
  };
  return answers[place as Place]();
}

/** Opened by a test once its answer has begun. */
const gates = new Map<string, PromiseWithResolvers<void>>();

/** A stream that says its second piece only when its client has seen the first. */
function afterCommit(model: string, [first, second]: string[]): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(encoder.encode(first));
      await gates.get(model)?.promise;
      controller.enqueue(encoder.encode(second));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** Quotes may stand in a header; what may not is not at hand here. */
function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "");
}

const scene = sharedByTests(async (owned) => {
  const echoing = owned.use(listen(({ body }) => echo(String(body.model))));
  const routes = [...MODELS, "told-error-0-0"].map((model) => ({
    url: echoing.url,
    protocol: model.startsWith("native") ? "anthropic" : "openai",
    model,
    apiKey: keyOf(model),
  }));
  const gateway = owned.use(await startGateway({ config: { routes } }));
  return { echoing, gateway };
});

describe("A route's key that its upstream sends back", () => {
  for (const [index, { what, place, path, body }] of asked.entries()) {
    it(`reaches nobody: ${place}, ${what}, in any form`, async () => {
      const { gateway, echoing } = scene();
      for (const [form, name] of FORM_NAMES.entries()) {
        const model = modelOf(index, form);
        const before = echoing.requests.length;
        const gate = Promise.withResolvers<void>();
        if (body.stream) gates.set(model, gate);
        const response = await gateway.post(path, { model, ...body });
        gate.resolve();
        const seen = JSON.stringify([...response.headers]) + await response.text() + gateway.stderr;
        assertEquals(echoing.requests.length, before + 1);
        for (const core of coresOf(keyOf(model))) {
          assert(!seen.includes(core), `${name}: ${core} stands in ${seen}`);
        }
      }
    });
  }

  it("is told to have been there", async () => {
    const response = await scene().gateway.post("/v1/embeddings", {
      model: "told-error-0-0",
      input: "x",
    });
    assertEquals([response.status, (await response.json()).error.message], [
      401,
      "Incorrect key: [redacted].",
    ]);
  });
});
