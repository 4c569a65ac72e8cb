/** What is held of a stream before its first word, and when it is committed without one. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { answers, attemptsOf, chunk, Scene, statusOf, streams } from "./scene.ts";

const ROUTES = `
auto: {policy: ordered}
routes:
  - {name: a, url: "http://a/v1", model: a, apiKey: key-a}
  - {name: b, url: "http://b/v1", model: b, apiKey: key-b}
`;

const ROLE = chunk({ role: "assistant", content: "" });
const WORD = chunk({ content: "Hello" });
const END = chunk({}, "stop") + "data: [DONE]\n\n";
const COMMENT = ": still there\n\n";
const PINGS = [
  'event: ping\ndata: {"type":"ping"}\n\n',
  'data: {"type": "ping"}\n\n',
  'event: keepalive\ndata: {"type":"keepalive","sequence_number":3}\n\n',
];

/** Asks for a stream of these pieces, which then falls silent, before a candidate that answers. */
async function held(pieces: Iterable<string>) {
  const scene = new Scene(ROUTES).on("a", streams(pieces, { end: "silence" })).on("b", answers());
  const ended = await scene.asking(60_000, { isStream: true });
  const body = ended.delivery!.answer?.body;
  const decoder = new TextDecoder();
  const text = body?.kind === "stream" ? body.held.map((one) => decoder.decode(one)).join("") : "";
  return { attempts: attemptsOf(ended), text, atMs: ended.atMs };
}

function times(count: number, piece: string): string[] {
  return Array.from({ length: count }, () => piece);
}

describe("A stream", () => {
  it("is committed with its first word, and with all that was held before", async () => {
    const pieces = [COMMENT, ROLE, PINGS[0]!, WORD];
    assertEquals(await held(pieces), { attempts: "200", text: pieces.join(""), atMs: 0 });
  });

  for (const [index, piece] of [COMMENT, ...PINGS].entries()) {
    const what = index === 0 ? "comments" : `pings like ${piece.split("\n")[0]}`;

    it(`of nothing but ${what} is never committed, however many they are`, async () => {
      const { attempts } = await held([ROLE, ...times(5_000, piece)]);
      assertEquals(attempts, "timeout 200");
    });

    it(`is committed with its first word behind 5,000 ${what}, of which few are kept`, async () => {
      const { attempts, text } = await held([ROLE, ...times(5_000, piece), WORD, END]);
      assertEquals(attempts, "200");
      assert(text.startsWith(ROLE) && text.endsWith(WORD), text.slice(-200));
      assert(text.length < 20_000, `${text.length} characters`);
    });
  }

  it("is committed without a word behind more than 64 events", async () => {
    assertEquals((await held(times(64, ROLE))).attempts, "timeout 200");
    assertEquals((await held(times(65, ROLE))).attempts, "200");
  });

  it("is committed without a word behind more than 256 KiB", async () => {
    const large = chunk({ role: "assistant", content: "", padding: "x".repeat(130 * 1024) });
    assertEquals((await held([large])).attempts, "timeout 200");
    assertEquals((await held([large, large])).attempts, "200");
  });

  it("that fails before its first word leaves nothing of itself in the next one's answer", async () => {
    const scene = new Scene(ROUTES).on("a", streams([COMMENT, ROLE], { end: "reset" }));
    scene.on("b", streams([ROLE, WORD, END]));
    const ended = await scene.asking(0, { isStream: true });
    const body = ended.delivery!.answer!.body;
    assertEquals([attemptsOf(ended), body.kind], ["cut 200", "stream"]);
    assertEquals(body.kind === "stream" && body.held.length, 2);
  });

  it("that finishes without a word is kept in case that nobody has a better answer", async () => {
    const scene = new Scene(ROUTES).on("a", streams([ROLE, END]));
    scene.on("b", streams([ROLE, END]));
    const empty = await scene.asking(0, { isStream: true });
    assertEquals([attemptsOf(empty), statusOf(empty)], ["empty empty", 200]);
    scene.on("b", streams([ROLE, WORD, END]));
    const better = await scene.asking(0, { isStream: true });
    assertEquals(better.delivery!.candidate!.model, "b");
  });
});
