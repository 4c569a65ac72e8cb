/** What would become of a request, as values and as text. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { GatewayError } from "../../../lib/base/error.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type AskedCall, explainedCall, guessProtocol } from "../../../lib/cli/explained_call.ts";
import {
  type AttemptReport,
  type ExplainReport,
  explainReport,
} from "../../../lib/cli/explain_report.ts";
import { explainLines } from "../../../lib/cli/explain_text.ts";
import { widthOf } from "../../../lib/cli/layout.ts";
import { styleOf } from "../../../lib/cli/terminal.ts";
import { configOf } from "../../example_config.ts";

const SECRET = "very-secret-value-0001";

const FILE = `
fallback: {a: [b]}
routes:
  - {name: chat, url: "https://api.openai.com/v1", apiKeyEnv: KEY, model: a, dropParams: [temperature]}
  - {name: native, url: "https://h.example/anthropic?v=1", apiKey: "\${KEY}", model: [a, b]}
  - {name: off, url: "http://127.0.0.1:1", apiKeyEnv: NONE, model: gone}
`;

const MESSAGES: JsonObject = {
  model: "a",
  max_tokens: 100,
  temperature: 0.5,
  top_k: 5,
  system: "be brief",
  messages: [{ role: "user", content: "hello" }],
};

function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
}

function callOf(asked: Partial<AskedCall> & { body?: unknown }) {
  const { body, ...rest } = asked;
  return explainedCall({ headers: [], ...(body ? { bytes: bytesOf(body) } : {}), ...rest });
}

function explained(
  asked: Partial<AskedCall> & { body?: unknown },
  text = FILE,
): ExplainReport {
  return explainReport(callOf(asked), configOf(text, { KEY: SECRET }));
}

function attempts({ candidates }: ExplainReport): AttemptReport[] {
  return candidates.filter((one): one is AttemptReport => !("refusal" in one));
}

const guesses: { name: string; body: JsonObject; protocol: string }[] = [
  { name: "messages alone", body: { messages: [] }, protocol: "openai_chat" },
  { name: "an input", body: { input: "hello" }, protocol: "openai_responses" },
  { name: "nothing", body: {}, protocol: "openai_chat" },
  { name: "a system field", body: { messages: [], system: "x" }, protocol: "anthropic_messages" },
  {
    name: "tools with an input_schema",
    body: { messages: [], tools: [{ name: "t", input_schema: {} }] },
    protocol: "anthropic_messages",
  },
  {
    name: "tools with parameters",
    body: { messages: [], tools: [{ type: "function", function: { parameters: {} } }] },
    protocol: "openai_chat",
  },
  {
    name: "a tool_result block",
    body: { messages: [{ role: "user", content: [{ type: "tool_result" }] }] },
    protocol: "anthropic_messages",
  },
  {
    name: "an image_url part",
    body: { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
    protocol: "openai_chat",
  },
  {
    name: "a cache_control mark",
    body: { messages: [{ role: "user", content: [{ type: "text", cache_control: {} }] }] },
    protocol: "anthropic_messages",
  },
  { name: "messages that are none", body: { messages: [1, null] }, protocol: "openai_chat" },
];

describe("guessProtocol()", () => {
  for (const { name, body, protocol } of guesses) {
    it(`takes a body with ${name} for ${protocol}`, () => {
      assertEquals(guessProtocol(body), protocol);
    });
  }
});

describe("explainedCall()", () => {
  it("keeps the bytes of a file as they are", () => {
    const text = '{ "model" : "a", "messages": [] }';
    assertEquals(new TextDecoder().decode(callOf({ body: text }).body.bytes), text);
  });

  it("puts another model in the place of the body's", () => {
    const call = callOf({ body: MESSAGES, model: "b" });
    assertEquals([call.model, call.body.value.model, call.body.value.top_k], ["b", "b", 5]);
  });

  for (const protocol of ["openai_chat", "openai_responses", "anthropic_messages"] as const) {
    it(`makes up a request of ${protocol} that its codec can read`, () => {
      const config = "- {url: 'https://h.example', protocol: openai, model: a}";
      const { estimatedTokens, refusal } = explained({ model: "a", protocol }, config);
      assertEquals(refusal, undefined);
      assert(estimatedTokens! > 0);
    });
  }

  for (const body of ["no json", "[]", '{"messages": []}', '{"model": 1}']) {
    it(`refuses ${body} as the gateway does`, () => {
      assertThrows(() => callOf({ body }), GatewayError);
    });
  }
});

describe("explainReport()", () => {
  const report = explained({ body: MESSAGES });
  const [chat, native, fallback] = attempts(report);

  it("tells what the request is", () => {
    const { model, protocol, isStream, mode, bodyBytes } = report;
    assertEquals(
      { model, protocol, isStream, mode, bodyBytes },
      {
        model: "a",
        protocol: "anthropic",
        isStream: false,
        mode: "pinned",
        bodyBytes: bytesOf(MESSAGES).length,
      },
    );
  });

  it("says why each candidate stands where it stands", () => {
    assertEquals(report.candidates.map(({ model, route, why }) => [model, route, why]), [
      ["a", "chat", "asked for by name"],
      ["a", "native", "another route of the same model"],
      ["b", "native", "next in the fallback of a"],
    ]);
  });

  it("gives URL and headers as they would be sent, with words in the place of keys", () => {
    assertEquals(chat!.url, "https://api.openai.com/v1/chat/completions");
    assertEquals(chat!.headers, {
      "accept-encoding": "identity",
      authorization: "Bearer (from KEY)",
      "content-type": "application/json",
    });
    assertEquals(native!.url, "https://h.example/anthropic/v1/messages?v=…");
    assertEquals(native!.headers, {
      "accept-encoding": "identity",
      "anthropic-version": "2023-06-01",
      "content-type": "application/json",
      "x-api-key": "(from KEY)",
    });
  });

  it("names what the translation loses, and only there", () => {
    assertEquals([chat!.isTranslated, native!.isTranslated], [true, false]);
    assertEquals(chat!.losses.map(({ field }) => field), ["top_k", "temperature"]);
    assertEquals(native!.losses, []);
  });

  it("names what the route's quirks change", () => {
    assertEquals(chat!.changes, [
      "max_tokens is sent as max_completion_tokens",
      "temperature is left out",
    ]);
    assertEquals(native!.changes, []);
  });

  it("has the body that would be sent", () => {
    assertEquals(fallback!.body, { ...MESSAGES, model: "b" });
    assertEquals(fallback!.bodyBytes, bytesOf(fallback!.body).length);
  });

  it("holds no key", () => assert(!JSON.stringify(report).includes(SECRET)));

  it("shows the client's own credentials as words where they are sent on", () => {
    const file = "- {url: 'https://h.example', protocol: [openai, anthropic], model: a}";
    const [openai] = attempts(explained({ model: "a" }, file));
    assertEquals(openai!.headers.authorization, "Bearer (the client's own)");
    const [anthropic] = attempts(explained({ model: "a", protocol: "anthropic_messages" }, file));
    assertEquals(anthropic!.headers["x-api-key"], "(the client's own)");
  });

  it("sends on the headers of the client that the gateway would", () => {
    const headers: AskedCall["headers"] = [["anthropic-beta", "b-1"], ["cookie", "c"]];
    const [one, other] = attempts(explained({ body: MESSAGES, headers }));
    assertEquals([one!.headers["anthropic-beta"], one!.headers.cookie], [undefined, undefined]);
    assertEquals([other!.headers["anthropic-beta"], other!.headers.cookie], ["b-1", undefined]);
  });

  it("refuses at a candidate what a strict request may not lose", () => {
    const { candidates } = explained({ body: MESSAGES, headers: [["x-gateway-strict", "1"]] });
    const [first, second] = candidates;
    assert("refusal" in first! && first.refusal.includes("top_k"), JSON.stringify(first));
    assert(!("refusal" in second!));
  });

  it("refuses at a candidate what it cannot be sent", () => {
    const body = { model: "b", input: "hello", previous_response_id: "r-1" };
    const [only] = explained({ body }).candidates;
    assert("refusal" in only! && only.refusal.includes("previous_response_id"));
  });

  it("gives the client's own error for an unknown model, with near names", () => {
    const { refusal, candidates } = explained({ model: "aa", protocol: "anthropic_messages" });
    assertEquals(candidates, []);
    assertEquals(refusal!.status, 404);
    assertStringIncludes(refusal!.message, 'Unknown model "aa"; near names: a');
    assertEquals(refusal!.body.type, "error");
  });

  it("names the variable of a model that is off", () => {
    const { refusal } = explained({ model: "gone" });
    assertStringIncludes(refusal!.message, "NONE");
  });

  it("still plans a body that is no prompt, as a route of its protocol is sent it unread", () => {
    const body = { model: "b", max_tokens: 1, system: 5, messages: "none" };
    const told = explained({ body, protocol: "anthropic_messages" });
    assertEquals(told.estimatedTokens, undefined);
    assertEquals(attempts(told).length, 1);
  });

  it("says of a wildcard route that it takes the rest", () => {
    const file = "- {name: rest, url: 'https://h.example', model: '*'}";
    const [only] = explained({ model: "any" }, file).candidates;
    assertEquals(only!.why, 'asked for by name, by the route with model "*"');
  });

  const autos: { policy: string; whys: string[]; notes: number }[] = [
    {
      policy: "round-robin",
      whys: ["auto: first of a round-robin turn", "auto: next, round-robin"],
      notes: 1,
    },
    { policy: "ordered", whys: ["auto: first, ordered", "auto: next, ordered"], notes: 0 },
    {
      policy: "weighted",
      whys: ["auto: first of a weighted turn", "auto: next, weighted"],
      notes: 1,
    },
    {
      policy: "least-latency",
      whys: ["auto: first, least-latency", "auto: next, least-latency"],
      notes: 1,
    },
  ];
  for (const { policy, whys, notes } of autos) {
    it(`explains auto under ${policy}`, () => {
      const file = `
auto: {policy: ${policy}}
routes: [{url: "stub:ok", model: [a, b]}]
`;
      const told = explained({ model: "AUTO" }, file);
      assertEquals(told.candidates.map(({ why }) => why), whys);
      assertEquals([told.mode, told.notes.length], ["auto", notes]);
    });
  }

  it("notes that a follow-up stays with its model", () => {
    const messages = [{ role: "user", content: "x" }, { role: "assistant", content: "y" }];
    const file = "auto: {policy: ordered}\nroutes: [{url: 'stub:ok', model: [a, b]}]";
    const { notes } = explained({ body: { model: "auto", messages } }, file);
    assertEquals(notes.length, 1);
    assertStringIncludes(notes[0]!, "follow-up");
  });

  it("notes that not every candidate is asked", () => {
    const file = "maxAttempts: 1\nroutes: [{url: 'stub:ok', model: [a, b]}]";
    assert(explained({ model: "auto" }, file).notes.includes("at most 1 candidates are asked"));
  });
});

describe("explainLines()", () => {
  const style = styleOf({ isTerminal: () => false }, () => undefined);
  const page = { style, columns: 80, showsBody: false };

  it("says it all in words", () => {
    const report = explained({ body: MESSAGES, model: "b" });
    assertEquals(explainLines(report, page), [
      "b  a request in anthropic, 125 bytes, about 12 tokens",
      "",
      "1. b at native: asked for by name",
      "   anthropic  passed through",
      "   url        https://h.example/anthropic/v1/messages?v=…",
      "   headers    accept-encoding: identity",
      "              anthropic-version: 2023-06-01",
      "              content-type: application/json",
      "              x-api-key: (from KEY)",
      "   body       125 bytes",
      "",
      "Nothing was sent.",
    ]);
  });

  it("shows losses, and what they do", () => {
    const text = explainLines(explained({ body: MESSAGES }), page).join("\n");
    assertStringIncludes(text, "   losses   top_k is dropped, which changes the answer\n");
  });

  it("shows bodies when it is asked to", () => {
    const report = explained({ model: "b" });
    assert(!explainLines(report, page).join("\n").includes('"messages"'));
    assertStringIncludes(
      explainLines(report, { ...page, showsBody: true }).join("\n"),
      '\n   {\n     "model": "b",\n',
    );
  });

  it("shows a refusal", () => {
    const text = explainLines(explained({ model: "aa" }), page).join("\n");
    assertStringIncludes(text, '404: Unknown model "aa"; near names: a');
  });

  it("fits the terminal, but for words that are longer", () => {
    const report = explained({ body: MESSAGES });
    const lines = explainLines(report, { ...page, columns: 60 });
    assertEquals(lines.filter((line) => widthOf(line) > 60), []);
  });
});
