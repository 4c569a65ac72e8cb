import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AnsweredItems } from "../../../../lib/translation/openai_responses/answered_items.ts";

const SAID = { id: "msg_1", type: "message", role: "assistant", content: [], status: "completed" };
const user = { role: "user", content: "Hi" };

function remembering(): AnsweredItems {
  const items = new AnsweredItems();
  items.remember([SAID]);
  return items;
}

describe("AnsweredItems.resolve()", () => {
  it("puts the item in the place of a reference, with or without its type", () => {
    for (const reference of [{ type: "item_reference", id: "msg_1" }, { id: "msg_1" }]) {
      const { input } = remembering().resolve({ model: "m", input: [user, reference, user] });
      assertEquals(input, [user, SAID, user]);
    }
  });

  it("gives back the very body when there is nothing to resolve", () => {
    const bodies = [
      { model: "m", input: "Hi" },
      { model: "m", input: [user, { type: "item_reference", id: "msg_2" }] },
      { model: "m", input: [{ ...SAID, content: [{ type: "output_text", text: "edited" }] }] },
    ];
    for (const body of bodies) assertEquals(remembering().resolve(body) === body, true);
  });

  it("does not let the caller change what is remembered", () => {
    const items = remembering();
    const body = { input: [{ type: "item_reference", id: "msg_1" }] };
    (items.resolve(body).input as { id: string }[])[0]!.id = "changed";
    assertEquals(items.resolve(body).input, [SAID]);
  });
});

describe("AnsweredItems.remember()", () => {
  it("forgets the oldest when there are too many", () => {
    const items = remembering();
    items.remember(Array.from({ length: 10_000 }, (_, index) => ({ id: `later_${index}` })));
    const body = { input: [{ type: "item_reference", id: "msg_1" }] };
    assertEquals(items.resolve(body) === body, true);
  });

  it("forgets the oldest when they are too long together", () => {
    const items = remembering();
    const text = "x".repeat(9 * 1024 * 1024);
    items.remember([{ id: "a", text }, { id: "b", text }]);
    const known = (id: string) => {
      const body = { input: [{ type: "item_reference", id }] };
      return items.resolve(body) !== body;
    };
    assertEquals([known("msg_1"), known("a"), known("b")], [false, false, true]);
  });
});
