/** The same faults behind a route: what the gateway makes of them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FAULTS } from "../../../lib/stub/faults.ts";
import { startGateway } from "../gateway_process.ts";
import { sharedByTests } from "../shared.ts";
import { PATHS, question } from "./stub_process.ts";

/** What the gateway notes of the attempt, for a stream and without one; absent: it went well. */
interface Noted {
  /** Options in the URL. */
  url?: string;
  stream?: string;
  json?: string;
}

const CUT = { url: "?after=2", stream: "cut", json: "cut" };
const SPOILT = { url: "?after=1", stream: "cut", json: "malformed" };

/** How an attempt is told in `x-gateway-attempts`. */
const NOTED: Readonly<Record<string, Noted>> = {
  ok: {},
  slow: { url: "?delayMs=20&chunkMs=1" },
  drip: { url: "?chunkMs=0" },
  fail: { stream: "503", json: "503" },
  // The same URL, so that the second request is its second.
  flaky: { stream: "503" },
  "rate-limit": { stream: "429", json: "429" },
  quota: { stream: "429", json: "429" },
  overloaded: { stream: "529", json: "529" },
  unauthorized: { stream: "401", json: "401" },
  "context-overflow": { stream: "400", json: "400" },
  redirect: { stream: "redirect", json: "redirect" },
  refuse: { stream: "refused", json: "refused" },
  reset: { stream: "reset", json: "reset" },
  close: { stream: "reset", json: "reset" },
  "reset-in-head": { stream: "reset", json: "reset" },
  "reset-after": { ...CUT, url: "?after=1" },
  "cut-after": { ...CUT, url: "?after=1" },
  "not-http": { stream: "reset", json: "reset" },
  "bad-framing": { ...CUT, url: "?after=1" },
  stall: { stream: "timeout", json: "timeout" },
  "stall-after-head": { stream: "timeout", json: "timeout" },
  "stall-after": { url: "?after=1", stream: "timeout", json: "timeout" },
  pings: { url: "?ms=100&chunkMs=20", stream: "empty-body", json: "malformed" },
  "error-event": { url: "?after=1", stream: "error-event", json: "no-answer" },
  "malformed-chunk": SPOILT,
  "truncated-json": SPOILT,
  "end-early": { url: "?after=1", stream: "cut", json: "malformed" },
  "no-finish": { json: "malformed" },
  "bad-utf8": SPOILT,
  "huge-line": { url: "?after=1", stream: "too-large", json: "malformed" },
  "done-only": { stream: "cut", json: "error-event" },
  "json-for-stream": {},
  empty: { stream: "empty-body", json: "empty-body" },
  "no-content": { stream: "empty-body", json: "empty-body" },
  html: { stream: "html", json: "html" },
};

const gateway = sharedByTests(async (owned) => {
  const routes = Object.entries(NOTED).flatMap(([name, { url = "" }]) =>
    // A failed candidate rests, so each way of asking has one of its own.
    ["stream", "json"].map((way) => ({
      name: `${name}-${way}`,
      url: `stub:${name}${url}`,
      model: `${name}-${way}`,
      fallback: [`good-${name}-${way}`],
      timeouts: { requestMs: 300, firstByteMs: 300 },
    }))
  );
  const good = routes.map(({ model }) => ({
    name: `good-${model}`,
    url: "stub:ok",
    model: `good-${model}`,
  }));
  return owned.use(await startGateway({ config: { routes: [...routes, ...good] } }));
});

/** Asks a route with a fault, and gives what the gateway noted of the first attempt. */
async function noted(name: string, way: "stream" | "json"): Promise<[string, string]> {
  const body = question("openai_chat", { model: `${name}-${way}`, stream: way === "stream" });
  const response = await gateway().post(PATHS.openai_chat, body);
  const text = await response.text();
  const [first] = (response.headers.get("x-gateway-attempts") ?? "").split(", ");
  return [first!.split(";")[1]!, text];
}

describe("Behind a route", () => {
  it("every fault of the catalogue can stand", () => {
    assertEquals(Object.keys(NOTED).sort(), Object.keys(FAULTS).sort());
  });

  for (const [name, expected] of Object.entries(NOTED)) {
    for (const way of ["stream", "json"] as const) {
      const reason = expected[way];
      const told = reason === undefined ? "goes well" : `is told as ${reason}`;
      it(`${name} ${told} (${way})`, async () => {
        const [attempt, text] = await noted(name, way);
        assertEquals(attempt, reason ?? "200");
        // What is the client's own fault is passed on; anything else another route mends.
        if (reason !== "400") assertStringIncludes(text, "hello");
        else assertStringIncludes(text, "prompt is too long");
      });
    }
  }

  it("a stream that breaks off after its first words ends in an error event", async () => {
    const config = { routes: [{ url: "stub:reset-after?after=4", model: "m" }] };
    await using own = await startGateway({ config });
    const body = question("openai_chat", { model: "m", stream: true });
    const text = await (await own.post(PATHS.openai_chat, body)).text();
    assertStringIncludes(text, '"code":"stream_interrupted"');
    assert(!text.includes("[DONE]"));
  });
});
