import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { type Protocol, PROTOCOLS } from "../../lib/base/protocol.ts";
import { DRIVERS, type LoopModels } from "./sdk_drivers.ts";
import { cutModel, modelOf, refusedModel, sdkScene } from "./sdk_scene.ts";
import { sharedByTests } from "./shared.ts";
import { PLACES, USED } from "./upstream/wire.ts";

const scene = sharedByTests(sdkScene);

const NAME: Readonly<Record<Protocol, string>> = {
  openai_chat: "Chat",
  openai_responses: "Responses",
  anthropic_messages: "Messages",
};

const HEARD = {
  text: "Grüße – you said: hello.",
  inputTokens: USED.input,
  cachedTokens: USED.cached,
  outputTokens: USED.output,
  isFinished: true,
};
const LOOPED = {
  cities: [...PLACES],
  text: "The tools said: rain in Oslo / rain in Lima.",
};

const PAIRS = PROTOCOLS.flatMap((client) => PROTOCOLS.map((upstream) => ({ client, upstream })));

/** An error of an SDK, whichever it is. */
type SdkError = InstanceType<typeof OpenAI.APIError> | InstanceType<typeof Anthropic.APIError>;

async function sdkErrorOf(run: () => Promise<unknown>): Promise<SdkError> {
  const error = await assertRejects(run);
  assert(error instanceof OpenAI.APIError || error instanceof Anthropic.APIError, String(error));
  return error;
}

for (const { client, upstream } of PAIRS) {
  const driver = DRIVERS[client];

  describe(`${NAME[client]} client, ${NAME[upstream]} upstream:`, () => {
    for (const stream of [false, true]) {
      const how = stream ? "streamed" : "whole";

      it(`a ${how} answer arrives with its words, its finish and its usage`, async () => {
        assertEquals(await driver.ask(scene(), modelOf(upstream), { stream }), HEARD);
      });

      it(`a ${how} tool loop makes two parallel calls and hears of both results`, async () => {
        const { upstreams } = scene();
        const before = upstreams[upstream].postCount;
        assertEquals(
          await driver.loop(scene(), bothModels(upstream, upstream), { stream }),
          LOOPED,
        );
        assertEquals(upstreams[upstream].postCount - before, 2);
      });

      it(`a ${how} answer arrives after a fallback from any protocol`, async () => {
        for (const first of PROTOCOLS) {
          const model = scene().brokenModel(upstream, first);
          assertEquals(await driver.ask(scene(), model, { stream }), HEARD);
        }
      });

      it(`a ${how} tool loop is finished here that began at another upstream`, async () => {
        for (const first of PROTOCOLS) {
          const models = bothModels(first, upstream);
          assertEquals(await driver.loop(scene(), models, { stream }), LOOPED);
        }
      });

      it(`a refused key is told with status and words when a ${how} answer is asked`, async () => {
        const error = await sdkErrorOf(() =>
          driver.ask(scene(), refusedModel(upstream), { stream })
        );
        assertEquals(error.status, 401);
        assertStringIncludes(error.message, "Incorrect API key provided");
      });
    }

    it("a stream that breaks off is never a finished answer", async () => {
      const asked = driver.ask(scene(), cutModel(upstream), { stream: true });
      const isFinished = await asked.then(
        (heard) => heard.isFinished,
        (error: Error) => {
          assertStringIncludes(error.message, "The upstream broke off");
          return false;
        },
      );
      assertEquals(isFinished, false);
    });
  });
}

function bothModels(first: Protocol, second: Protocol): LoopModels {
  return [modelOf(first), modelOf(second)];
}
