/** Which requests are turns of one conversation, and how long it is remembered who served it. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../lib/base/json.ts";
import {
  type Conversation,
  ConversationMemory,
  conversationOf,
} from "../../../lib/routing/conversation.ts";
import { FakeClock } from "../../fake_clock.ts";

function read(body: JsonObject, headers: Record<string, string> = {}): Conversation {
  return conversationOf(body, new Headers(headers));
}

const user = (content: JsonObject["content"]) => ({ role: "user", content: content! });
const assistant = { role: "assistant", content: "hi" };

const sessions: { name: string; body: JsonObject; headers?: Record<string, string> }[] = [
  { name: "Claude Code's header", body: {}, headers: { "X-Claude-Code-Session-Id": "s" } },
  { name: "the header session_id", body: {}, headers: { session_id: "s" } },
  { name: "the field session_id", body: { session_id: "s" } },
  { name: "prompt_cache_key", body: { prompt_cache_key: "s" } },
  { name: "metadata.user_id", body: { metadata: { user_id: "s" } } },
];

const followUps: { name: string; body: JsonObject; isFollowUp: boolean }[] = [
  { name: "a first message", body: { messages: [user("a")] }, isFollowUp: false },
  {
    name: "an assistant's turn",
    body: { messages: [user("a"), assistant, user("b")] },
    isFollowUp: true,
  },
  {
    name: "an assistant's item",
    body: { input: [user("a"), { type: "message", ...assistant }] },
    isFollowUp: true,
  },
  {
    name: "a model's function call",
    body: { input: [user("a"), { type: "function_call", call_id: "c" }] },
    isFollowUp: true,
  },
  { name: "a model's thoughts", body: { input: [{ type: "reasoning" }] }, isFollowUp: true },
  {
    name: "words that the upstream keeps",
    body: { input: [user("a"), { type: "item_reference", id: "msg_1" }, user("b")] },
    isFollowUp: true,
  },
  {
    name: "a thread that goes on",
    body: { thread: { type: "continue", previous_message_id: "msg_1" }, messages: [user("b")] },
    isFollowUp: true,
  },
  {
    name: "a thread that begins",
    body: { thread: { type: "create" }, messages: [user("a")] },
    isFollowUp: false,
  },
  { name: "an input of words", body: { input: "a" }, isFollowUp: false },
  {
    name: "an answer that the upstream keeps",
    body: { input: "b", previous_response_id: "resp_1" },
    isFollowUp: true,
  },
  {
    name: "a conversation that the upstream keeps",
    body: { input: "b", conversation: { id: "conv_1" } },
    isFollowUp: true,
  },
  { name: "no turns", body: {}, isFollowUp: false },
  { name: "turns of wrong types", body: { messages: [null, 1, "a", []] }, isFollowUp: false },
];

describe("conversationOf()", () => {
  for (const { name, body, headers } of sessions) {
    it(`finds the session in ${name}`, () => {
      assertEquals(read(body, headers).session, read({ session_id: "s" }).session);
      assert(read(body, headers).session !== read({ session_id: "t" }).session);
    });
  }

  it("prefers a header to a field", () => {
    const both = read({ prompt_cache_key: "t" }, { "x-claude-code-session-id": "s" });
    assertEquals(both.session, read({ session_id: "s" }).session);
  });

  it("finds no session in empty or wrong values", () => {
    const body = { session_id: "", prompt_cache_key: 1, metadata: ["user_id"] };
    assertEquals("session" in read(body, { session_id: "" }), false);
  });

  it("keeps the client's own words out of what it returns", () => {
    const conversation = read({ session_id: "user@example.com", messages: [user("a secret")] });
    assert(!JSON.stringify(conversation).includes("secret"));
    assert(!JSON.stringify(conversation).includes("example"));
  });

  for (const { name, body, isFollowUp } of followUps) {
    it(`takes ${name} for ${isFollowUp ? "a follow-up" : "no follow-up"}`, () => {
      assertEquals(read(body).isFollowUp, isFollowUp);
    });
  }

  it("knows a first message in all its forms", () => {
    const forms: JsonObject[] = [
      { messages: [user("hello"), assistant] },
      { messages: [{ role: "system", content: "be kind" }, user("hello")] },
      { messages: [user([{ type: "text", text: "hel" }, { type: "text", text: "lo" }])] },
      { input: "hello" },
      { input: [user([{ type: "input_text", text: "hello" }])] },
    ];
    assertEquals(new Set(forms.map((body) => read(body).opening)).size, 1);
  });

  it("tells first messages apart", () => {
    const openings = ["a", "b", "ab", "ba", "a ", "", "你", "x".repeat(9_999), "x".repeat(10_000)]
      .map((text) => read({ messages: [user(text)] }).opening);
    assertEquals(new Set(openings).size, openings.length);
  });

  it("finds no opening where no user speaks", () => {
    assertEquals("opening" in read({ messages: [assistant] }), false);
  });
});

const HOUR_MS = 3_600_000;

function followUp(session?: string, opening?: string): Conversation {
  return {
    ...(session === undefined ? {} : { session }),
    ...(opening === undefined ? {} : { opening }),
    isFollowUp: true,
  };
}

describe("ConversationMemory", () => {
  it("knows the model of a conversation's last turn", () => {
    const memory = new ConversationMemory(new FakeClock());
    memory.remember({ ...followUp("s", "o"), isFollowUp: false }, "a");
    assertEquals(memory.modelOf(followUp("s", "o")), "a");
    memory.remember(followUp("s", "o"), "b");
    assertEquals(memory.modelOf(followUp("s", "o")), "b");
  });

  it("lets a new conversation begin anywhere", () => {
    const memory = new ConversationMemory(new FakeClock());
    memory.remember(followUp("s", "o"), "a");
    assertEquals(memory.modelOf({ ...followUp("s", "o"), isFollowUp: false }), undefined);
  });

  it("keeps several conversations of one session apart", () => {
    const memory = new ConversationMemory(new FakeClock());
    memory.remember(followUp("s", "o1"), "a");
    memory.remember(followUp("s", "o2"), "b");
    assertEquals(memory.modelOf(followUp("s", "o1")), "a");
    assertEquals(memory.modelOf(followUp("s", "o2")), "b");
  });

  it("goes by the session where the opening is new, then by the opening alone", () => {
    const memory = new ConversationMemory(new FakeClock());
    memory.remember(followUp("s", "o1"), "a");
    memory.remember(followUp("t", "o2"), "b");
    assertEquals(memory.modelOf(followUp("s", "o2")), "a");
    assertEquals(memory.modelOf(followUp("s")), "a");
    assertEquals(memory.modelOf(followUp("new", "o2")), "b");
    assertEquals(memory.modelOf(followUp(undefined, "o1")), "a");
    assertEquals(memory.modelOf(followUp("new", "new")), undefined);
    assertEquals(memory.modelOf(followUp()), undefined);
  });

  it("forgets after an hour without a turn", () => {
    const clock = new FakeClock();
    const memory = new ConversationMemory(clock);
    memory.remember(followUp("s", "o"), "a");
    clock.advance(HOUR_MS - 1);
    assertEquals(memory.modelOf(followUp("s", "o")), "a");
    memory.remember(followUp("s", "o"), "a");
    clock.advance(HOUR_MS - 1);
    assertEquals(memory.modelOf(followUp("s", "o")), "a");
    clock.advance(1);
    assertEquals(memory.modelOf(followUp("s", "o")), undefined);
  });

  it("remembers boundedly many, those that spoke last", () => {
    const memory = new ConversationMemory(new FakeClock());
    memory.remember(followUp("old", "old"), "a");
    memory.remember(followUp("kept", "kept"), "b");
    for (let index = 0; index < 3_000; index++) {
      memory.remember(followUp(`s${index}`, `o${index}`), "c");
    }
    memory.remember(followUp("kept", "kept"), "b");
    for (let index = 0; index < 3_000; index++) {
      memory.remember(followUp(`t${index}`, `p${index}`), "c");
    }
    assertEquals(memory.modelOf(followUp("old", "old")), undefined);
    assertEquals(memory.modelOf(followUp("kept", "kept")), "b");
  });
});
