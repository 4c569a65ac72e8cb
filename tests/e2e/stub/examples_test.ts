/** The scenarios of `examples/stub`, played. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadScenario } from "../../../lib/stub/scenario.ts";
import { sharedByTests } from "../shared.ts";
import { PATHS, question, startStub } from "./stub_process.ts";
import { look, type LookOptions, type WireView } from "./wire_view.ts";

const FOLDER = new URL("../../../examples/stub/", import.meta.url);
const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => name.endsWith(".yml")).sort();
const stub = sharedByTests(async (owned) => owned.use(await startStub()));

async function playExample(name: string): Promise<void> {
  const body = await Deno.readTextFile(new URL(name, FOLDER));
  const response = await stub().fetch("/gateway/stub/scenario", { method: "POST", body });
  assertEquals(response.status, 200, await response.text());
}

function ask(
  text: string,
  { stream = false, headers = {}, silenceMs = 2_000, ...body }: LookOptions & {
    stream?: boolean;
    [field: string]: unknown;
  } = {},
): Promise<WireView> {
  const whole = { ...question("openai_chat", { text, stream }), ...body };
  return look(stub().address, PATHS.openai_chat, whole, { headers, silenceMs });
}

const TOOLS = [{ type: "function", function: { name: "get_weather", parameters: {} } }];
const COAT = [{ role: "user", content: "Do I need a coat?" }];
const SHAPE = { type: "json_schema", json_schema: { name: "s", schema: { type: "object" } } };

/** What each example promises; `deno task clients` runs the tests beside them on Node.js. */
const PROMISES: Readonly<Record<string, () => Promise<void>>> = {
  "rate_limits.yml": async () => {
    const statuses = [];
    for (const session of ["a", "a", "b", "a", "b", "b"]) {
      statuses.push((await ask("hello", { headers: { session_id: session } })).status);
    }
    assertEquals(statuses, [429, 429, 429, 200, 429, 200]);
    const { body } = await ask("hello", { model: "gpt-6-preview" });
    assertMatch(body, /insufficient_quota/);
  },
  "broken_streams.yml": async () => {
    const endings = { "reset-after": "reset", "cut-after": "closed", "stall-after": "silent" };
    for (const [name, ending] of Object.entries(endings)) {
      const silenceMs = ending === "silent" ? 300 : 2_000;
      const view = await ask(`please ${name}`, { stream: true, silenceMs });
      assertEquals([view.ending, view.events.length], [ending, 4]);
    }
    const early = await ask("please end-early", { stream: true });
    assertEquals([early.ending, early.events.length], ["whole", 4]);
    const error = await ask("please error-event", { stream: true });
    assertMatch(error.events[4]!, /"error"/);
    const malformed = await ask("please malformed-chunk", { stream: true });
    assertEquals(malformed.events.at(-1), "{not json");
  },
  "tool_loop.yml": async () => {
    const messages: unknown[] = [{ role: "user", content: "Where do I need a coat?" }];
    const cities: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const { body } = await ask("", { messages, tools: TOOLS });
      const [{ message }] = JSON.parse(body).choices;
      messages.push(message);
      if (!message.tool_calls) break;
      const [call] = message.tool_calls;
      const { city } = JSON.parse(call.function.arguments);
      cities.push(city);
      const content = city === "Oslo" ? "9 degrees" : "25 degrees";
      messages.push({ role: "tool", tool_call_id: call.id, content });
    }
    assertEquals(cities, ["Rome", "Oslo"]);
    assertMatch(JSON.stringify(messages.at(-1)), /Take a coat to Oslo/);
  },
  "flaky_service.yml": async () => {
    const day = async () => {
      await playExample("flaky_service.yml");
      const seen = [];
      for (let call = 0; call < 40; call++) seen.push((await ask("hello")).status ?? "reset");
      return seen;
    };
    const first = await day();
    assertEquals([...new Set(first)].sort(), [200, 502, 529, "reset"]);
    assertEquals(await day(), first);
  },
  "structured_output.yml": async () => {
    const said = async (text: string) => {
      const { body } = await ask(text, { response_format: SHAPE });
      const [{ message, finish_reason }] = JSON.parse(body).choices;
      return [message.content || message.refusal, finish_reason];
    };
    assertEquals(await said("where is it cold"), ['{"city":"Oslo","degrees":9}', "stop"]);
    assertEquals(await said("wrong"), ['{"unexpected":true}', "stop"]);
    assertEquals(await said("a long one"), ['{"city": "Os', "length"]);
    assertMatch((await said("my password"))[0], /do not tell/);
  },
  "sdk_tests.yml": async () => {
    const statuses = [];
    for (let call = 0; call < 3; call++) statuses.push((await ask("patience")).status);
    assertEquals(statuses, [429, 529, 200]);
    assertEquals((await ask("over budget")).status, 402);
    assertMatch((await ask("", { messages: COAT, tools: TOOLS })).body, /get_weather.*Oslo/);
    assertMatch((await ask("facts as JSON")).body, /\\"degrees\\":9/);
    assertEquals((await ask("please break off", { stream: true })).ending, "reset");
  },
  "slow_answers.yml": async () => {
    const late = await ask("late", { silenceMs: 500 });
    assertEquals(late.ending, "silent");
    const slow = await ask("slow", { stream: true });
    assert(slow.totalMs > 200, `${slow.totalMs} ms`);
    assertEquals((await ask("silent", { silenceMs: 500 })).text, "");
    const alive = await ask("alive", { stream: true });
    assertEquals([alive.body, alive.ending], [": still here\n\n".repeat(5), "whole"]);
  },
};

describe("examples/stub", () => {
  it("has no scenario that is not tried here", () => {
    assertEquals(names, Object.keys(PROMISES).sort());
  });

  for (const [name, keepsPromise] of Object.entries(PROMISES)) {
    it(`${name} does what it promises`, async () => {
      await playExample(name);
      await keepsPromise();
    });

    it(`${name} has nothing wrong with it`, async () => {
      const loaded = loadScenario(await Deno.readTextFile(new URL(name, FOLDER)));
      assert("scenario" in loaded, JSON.stringify(loaded));
    });
  }
});
