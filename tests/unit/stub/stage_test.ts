/** Which rule answers a request, and what it says the how-manyth time. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../lib/base/json.ts";
import { codecOf } from "../../../lib/translation/codecs.ts";
import type { Asked } from "../../../lib/stub/conditions.ts";
import { loadScenario } from "../../../lib/stub/scenario.ts";
import { isChatEndpoint, protocolOf } from "../../../lib/stub/spoken.ts";
import { Stage } from "../../../lib/stub/stage.ts";

const TOOL = { type: "function", function: { name: "get_weather", parameters: {} } };

function stage(rules: unknown): Stage {
  const loaded = loadScenario(JSON.stringify(rules));
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return new Stage(loaded.scenario);
}

interface Request {
  endpoint?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: JsonObject;
}

function asked({ endpoint = "/chat/completions", method = "POST", headers, body }: Request): Asked {
  const whole = { model: "gpt-5", messages: [{ role: "user", content: "hello" }], ...body };
  return {
    endpoint,
    body: whole,
    id: "stub-1",
    method,
    headers: new Headers(headers),
    chat: () =>
      isChatEndpoint(endpoint) ? codecOf(protocolOf(endpoint)).decodeRequest(whole) : undefined,
  };
}

/** The fault that befell each request, or `ok`; `-` where no rule took it. */
function played(scene: Stage, requests: Request[]): string[] {
  return requests.map((request) => {
    const staged = scene.answer(asked(request));
    return staged === undefined ? "-" : staged.fault ?? "ok";
  });
}

const conversation = [
  { role: "system", content: "Be brief" },
  { role: "user", content: "Weather in Paris?" },
  { role: "assistant", content: null, tool_calls: [] },
];
const call = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "c", type: "function", function: { name: "get_weather", arguments: "{}" } }],
};
const result = { role: "tool", tool_call_id: "c", content: "rain" };
const ended = { body: { messages: [conversation[1]!, call, result] } };

const conditions: { when: JsonObject; takes: Request; leaves: Request }[] = [
  { when: { model: "gpt-5" }, takes: {}, leaves: { body: { model: "gpt-5-mini" } } },
  { when: { model: ["a", "gpt-*"] }, takes: {}, leaves: { body: { model: "a-gpt-5" } } },
  {
    when: { protocol: "openai" },
    takes: {},
    leaves: { endpoint: "/responses", body: { input: "hello" } },
  },
  { when: { endpoint: "embeddings" }, takes: { endpoint: "/embeddings" }, leaves: {} },
  {
    when: { endpoint: "/files/*" },
    takes: { endpoint: "/files/x" },
    leaves: { endpoint: "/files" },
  },
  {
    when: { endpoint: "/models", method: "get" },
    takes: { endpoint: "/models", method: "GET" },
    leaves: { endpoint: "/models" },
  },
  { when: { stream: true }, takes: { body: { stream: true } }, leaves: {} },
  { when: { stream: false }, takes: {}, leaves: { body: { stream: true } } },
  {
    when: { header: { "X-User": "bo*" } },
    takes: { headers: { "x-user": "bob" } },
    leaves: { headers: { "x-user": "rob" } },
  },
  {
    when: { text: ["Weather", "Paris"] },
    takes: { body: { messages: conversation.slice(0, 2) } },
    leaves: { body: { messages: [{ role: "user", content: "Weather" }] } },
  },
  {
    when: { matches: "^hel+o$" },
    takes: {},
    leaves: { body: { messages: [{ role: "user", content: "hello you" }] } },
  },
  {
    when: { anywhere: "brief" },
    takes: { body: { messages: conversation.slice(0, 2) } },
    leaves: {},
  },
  { when: { anywhere: "rain" }, takes: ended, leaves: {} },
  { when: { tool: "get_*" }, takes: { body: { tools: [TOOL] } }, leaves: {} },
  { when: { afterTool: true }, takes: ended, leaves: {} },
  { when: { afterTool: false }, takes: {}, leaves: ended },
  {
    when: { json: { "$.temperature": 0 } },
    takes: { body: { temperature: 0 } },
    leaves: { body: { temperature: 1 } },
  },
  {
    when: { json: { "messages[*].role": "tool", "$..name": { exists: true } } },
    takes: ended,
    leaves: {},
  },
  {
    when: { json: { "messages[0].content": { contains: "ell", matches: "o$" } } },
    takes: {},
    leaves: { body: { messages: [{ role: "user", content: "hell" }] } },
  },
  { when: { json: { user: { exists: false } } }, takes: {}, leaves: { body: { user: "me" } } },
];

describe("Stage", () => {
  for (const { when, takes, leaves } of conditions) {
    it(`takes what ${JSON.stringify(when)} is for, and leaves the rest`, () => {
      assertEquals(played(stage([{ when }]), [takes, leaves]), ["ok", "-"]);
    });
  }

  it("leaves everything but conversations to rules that name an endpoint", () => {
    assertEquals(played(stage([{}]), [{ endpoint: "/embeddings" }, { method: "GET" }]), ["-", "-"]);
  });

  it("lets the first rule answer that fits", () => {
    const scene = stage([{ when: { model: "x" }, fault: "fail" }, { fault: "quota" }, {}]);
    assertEquals(played(scene, [{}, { body: { model: "x" } }]), ["quota", "fail"]);
  });

  it("plays a sequence once, and stays with its last step", () => {
    const scene = stage([{ sequence: ["fail", "quota", "ok"] }]);
    assertEquals(played(scene, [{}, {}, {}, {}]), ["fail", "quota", "ok", "ok"]);
  });

  it("begins a sequence anew with cycle", () => {
    const scene = stage([{ sequence: ["fail", "ok"], cycle: true }]);
    assertEquals(played(scene, [{}, {}, {}]), ["fail", "ok", "fail"]);
  });

  it("goes on with the next rule after so many times", () => {
    const scene = stage([{ times: 2, fault: "fail" }, { times: 1 }]);
    assertEquals(played(scene, [{}, {}, {}, {}]), ["fail", "fail", "ok", "-"]);
  });

  it("takes only some calls, and counts only those that the other conditions took", () => {
    const other = { body: { model: "x" } };
    const only = stage([{ when: { model: "gpt-5", call: 2 }, fault: "fail" }]);
    assertEquals(played(only, [other, {}, other, {}, {}]), ["-", "-", "-", "fail", "-"]);
    const some = stage([{ when: { call: { from: 2, to: 6, every: 2 } }, fault: "fail" }]);
    assertEquals(played(some, Array(7).fill({})), ["-", "fail", "-", "fail", "-", "fail", "-"]);
  });

  it("counts every session by itself where that is asked for", () => {
    const scene = stage([{ per: "session", sequence: ["fail", "ok"] }]);
    const of = (session: string) => ({ headers: { session_id: session } });
    assertEquals(played(scene, [of("a"), of("b"), of("a"), of("b")]), ["fail", "fail", "ok", "ok"]);
  });

  it("counts every conversation by itself, known by how it begins", () => {
    const scene = stage([{ per: "conversation", sequence: ["fail", "ok"] }]);
    const of = (content: string) => ({ body: { messages: [{ role: "user", content }] } });
    assertEquals(played(scene, [of("a"), of("b"), of("a")]), ["fail", "fail", "ok"]);
  });

  it("lets a fault befall only so many in a hundred, the same ones in every run", () => {
    const run = () => played(stage([{ fault: { name: "fail", chance: 50 } }]), Array(40).fill({}));
    const first = run();
    assertEquals(new Set(first), new Set(["fail", "ok"]));
    assertEquals(run(), first);
  });

  it("tells how often each rule answered", () => {
    const scene = stage([{ name: "a", when: { model: "x" } }, { name: "b" }]);
    played(scene, [{}, {}]);
    assertEquals(scene.tally(), [{ name: "a", answered: 0 }, { name: "b", answered: 2 }]);
  });
});
