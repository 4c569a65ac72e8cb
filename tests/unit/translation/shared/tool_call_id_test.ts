/** Tool-call ids for every kind of reader, there and back. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  COMMON_TOOL_ID,
  fitToolCallId,
  restoreToolCallId,
  ToolCallIds,
} from "../../../../lib/translation/tool_call_id.ts";

const MISTRAL = "^[a-zA-Z0-9]{9}$";
const ANTHROPIC = "^[a-zA-Z0-9_-]+$";

const PATTERNS = [
  COMMON_TOOL_ID,
  MISTRAL,
  ANTHROPIC,
  "^[a-zA-Z0-9_-]{1,40}$",
  "^[a-zA-Z0-9]{1,64}$",
  "^[a-z0-9]{24}$",
  "^[A-Z0-9]{1,32}$",
  "^[0-9]{16}$",
  "^\\d{6,9}$",
  "^call_[a-zA-Z0-9]{24}$",
  "^toolu_[a-zA-Z0-9]+$",
  "^fc_[a-f0-9]+$",
  "^functions\\.[a-z]+:[0-9]+$",
  "^.{1,40}$",
  "",
];

const IDS = [
  "",
  "call_735e3994f4839ec4ed0ddddc",
  "functions.get_weather:0",
  "chatcmpl-tool-2c5b9a1de0a04a6fb9a2f7a7b7a2c1d3",
  "call|with|pipes",
  "a b",
  "你好🎉",
  "\ud800 alone",
  "__proto__",
  "x".repeat(500),
  "toolu_" + "é".repeat(30),
];

describe("fitToolCallId()", () => {
  for (const pattern of PATTERNS) {
    it(`makes ids that match /${pattern}/, the same each time`, () => {
      for (const id of IDS) {
        assertMatch(fitToolCallId(id, pattern), new RegExp(pattern), `id ${JSON.stringify(id)}`);
        assertEquals(fitToolCallId(id, pattern), fitToolCallId(id, pattern));
      }
    });
  }

  it("keeps an id that fits", () => {
    assertEquals(fitToolCallId("toolu_01A-b", COMMON_TOOL_ID), "toolu_01A-b");
    assertEquals(fitToolCallId("D681PevKs", MISTRAL), "D681PevKs");
  });

  it("leaves an id that it made alone", () => {
    for (const pattern of PATTERNS) {
      for (const id of IDS) {
        const fitted = fitToolCallId(id, pattern);
        assertEquals(fitToolCallId(fitted, pattern), fitted);
      }
    }
  });

  it("makes different ids of different ones", () => {
    for (const pattern of [MISTRAL, COMMON_TOOL_ID, "^call_[a-zA-Z0-9]{24}$"]) {
      const made = new Set<string>();
      for (let i = 0; i < 20_000; i++) made.add(fitToolCallId(`functions.run:${i}`, pattern));
      assertEquals(made.size, 20_000, pattern);
    }
  });

  it("spreads derived ids over all letters and digits", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2_000; i++) {
      for (const letter of fitToolCallId(`call_${i}`, MISTRAL)) {
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
      }
    }
    assertEquals(counts.size, 62);
    for (const [letter, count] of counts) assert(count > 200 && count < 400, `${letter}: ${count}`);
  });

  it("derives an id all the same when no shape matches the pattern", () => {
    assertMatch(fitToolCallId("a b", "^never!{99}$"), /^call_[a-zA-Z0-9]{24}$/);
  });
});

describe("restoreToolCallId()", () => {
  it("gives the original back where there was room for it", () => {
    for (const id of ["functions.get_weather:0", "call|with|pipes", "a b", "你好🎉", "gwid_ x"]) {
      for (const pattern of [COMMON_TOOL_ID, ANTHROPIC, "^[a-zA-Z0-9]{1,64}$"]) {
        const fitted = fitToolCallId(id, pattern);
        assert(fitted !== id);
        assertEquals(restoreToolCallId(fitted), id, fitted);
      }
    }
  });

  it("leaves every other id as it is", () => {
    const foreign = [
      "",
      "toolu_1",
      "gwid_",
      "gwid_a",
      "gwid_YQ==",
      "gwid_Y Q",
      "gwid__w",
      "gwidx",
      "gwidx6",
      "gwidx4A",
      "gwidxff",
    ];
    for (const id of foreign) assertEquals(restoreToolCallId(id), id);
  });
});

describe("ToolCallIds", () => {
  it("gives a result the id of its call", () => {
    const ids = new ToolCallIds(MISTRAL);
    const first = ids.call("call_1");
    const second = ids.call("call_2");
    assert(first !== second);
    assertEquals([ids.result("call_2"), ids.result("call_1")], [second, first]);
  });

  it("gives a call whose id was used before one of its own, and its result too", () => {
    const ids = new ToolCallIds(COMMON_TOOL_ID);
    assertEquals([ids.call("call_0"), ids.result("call_0")], ["call_0", "call_0"]);
    assertEquals([ids.call("call_0"), ids.result("call_0")], ["call_0_2", "call_0_2"]);
    assertEquals([ids.call("call_0"), ids.result("call_0")], ["call_0_3", "call_0_3"]);
  });

  it("keeps an id that looks like another one's variant apart from it", () => {
    const ids = new ToolCallIds(COMMON_TOOL_ID);
    const made = ["a", "a", "a_2", "a", "a_2"].map((id) => ids.call(id));
    assertEquals(new Set(made).size, 5, made.join());
    assertEquals(ids.result("a"), made[3]!);
    assertEquals(ids.result("a_2"), made[4]!);
  });

  it("fits the id of a result that has no call", () => {
    assertEquals(new ToolCallIds(COMMON_TOOL_ID).result("toolu_1"), "toolu_1");
    assertMatch(new ToolCallIds(MISTRAL).result("toolu_1"), new RegExp(MISTRAL));
  });

  it("gives the same ids for the same history", () => {
    const history = ["call_0", "call_1", "call_0", "a b", "", ""];
    const run = () => {
      const ids = new ToolCallIds(MISTRAL);
      return history.map((id) => ids.call(id));
    };
    assertEquals(run(), run());
    assertEquals(new Set(run()).size, history.length);
  });

  it("takes time in proportion to the history, however often an id repeats", () => {
    const ids = new ToolCallIds(COMMON_TOOL_ID);
    const started = performance.now();
    for (let i = 2; i < 20_000; i++) ids.call(`a_${i}`);
    for (let i = 0; i < 40_000; i++) ids.call("a");
    assert(performance.now() - started < 3_000, "60,000 calls took more than three seconds");
  });
});
