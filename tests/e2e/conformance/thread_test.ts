import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Protocol } from "../../../lib/base/protocol.ts";
import { sharedByTests } from "../shared.ts";
import { PLACES } from "../upstream/wire.ts";
import { MAX_TOKENS, QUESTION, TOOL, TOOL_INPUT, weatherIn } from "./client.ts";
import { conformanceScene, modelOf } from "./scene.ts";
import { PREFACE } from "./service.ts";

const scene = sharedByTests(conformanceScene);

const REPORT = `The tools said: rain in Oslo / rain in Lima. I had said: ${PREFACE}`;
const STRANGERS = ["openai_chat", "openai_responses"] as const;

/** Runs the SDK's loop as it runs without any setting: over a thread. */
async function runThread(model: string, stream: boolean) {
  const cities: string[] = [];
  const tool = betaTool({
    ...TOOL,
    inputSchema: TOOL_INPUT,
    run: (input) => {
      const { city } = input as { city: string };
      cities.push(city);
      return weatherIn(city);
    },
  });
  const message = await scene().anthropic.beta.messages.toolRunner({
    model,
    stream,
    max_tokens: MAX_TOKENS,
    tools: [tool],
    messages: [{ role: "user", content: QUESTION }],
  }).runUntilDone();
  const text = message.content.map((block) => block.type === "text" ? block.text : "").join("");
  return { cities, text };
}

/** The bodies that an upstream got while `run` ran. */
async function bodiesOf(protocol: Protocol, run: () => Promise<unknown>) {
  const { requests } = scene().upstreams[protocol];
  const before = requests.length;
  await run();
  return requests.slice(before).map(({ body }) => body);
}

describe("toolRunner() over a thread", () => {
  for (const stream of [false, true]) {
    const how = stream ? "streamed" : "whole";

    for (const protocol of STRANGERS) {
      it(`sends its whole history to ${protocol}, which keeps none, ${how}`, async () => {
        const model = modelOf(protocol, "well");
        const bodies = await bodiesOf(protocol, async () => {
          assertEquals(await runThread(model, stream), { cities: [...PLACES], text: REPORT });
        });
        assertEquals(bodies.length, 2);
        assert(bodies.every((body) => body.thread === undefined));
        assertEquals((bodies[1].messages ?? bodies[1].input)[0].role, "user");
      });
    }

    it(`sends only what is new to Anthropic, which keeps the rest, ${how}`, async () => {
      const model = modelOf("anthropic_messages", "well");
      const bodies = await bodiesOf("anthropic_messages", async () => {
        assertEquals(await runThread(model, stream), { cities: [...PLACES], text: REPORT });
      });
      assertEquals(bodies.map(({ thread }) => thread.type), ["create", "continue"]);
      assertEquals(bodies[1].messages.length, 1);
      assertEquals(bodies[1].tools, undefined);
    });

    it(`works under auto when no model of it keeps anything, ${how}`, async () => {
      assertEquals(await runThread("auto", stream), { cities: [...PLACES], text: REPORT });
    });
  }

  it("is refused in the words that the SDK acts on, also with nothing new to send", async () => {
    for (const model of [modelOf("openai_chat", "well"), "auto"]) {
      const error = await assertRejects(
        () =>
          scene().anthropic.beta.messages.create({
            model,
            max_tokens: MAX_TOKENS,
            messages: [],
            thread: { type: "continue", previous_message_id: "msg_1" },
            betas: ["message-threads-2026-08-12"],
          }),
        Anthropic.BadRequestError,
      );
      const { error: body } = error.error as { error: { details: unknown } };
      assertEquals(body.details, {
        error_code: "thread_unsupported_request",
        unsupported: ["thread"],
      });
    }
  });
});
