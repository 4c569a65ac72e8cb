import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { sharedByTests } from "../shared.ts";
import { PLACES, USED } from "../upstream/wire.ts";
import {
  aiAnthropic,
  aiChat,
  aiCompatible,
  aiResponses,
  aiResponsesStateless,
} from "./ai_clients.ts";
import { anthropicMessages } from "./anthropic_client.ts";
import { type Client, type Failure, PICTURE_WORDS, QUESTION } from "./client.ts";
import { openAiChat, openAiResponses } from "./openai_clients.ts";
import { ADAPTIVE_MODEL, conformanceScene } from "./scene.ts";
import { type Scenario, Scorecard } from "./scorecard.ts";
import { type Kind, RECALL, RETRY_AFTER, SHAPED, THOUGHTS, WORDS } from "./service.ts";

const scene = sharedByTests(conformanceScene);
const scores = new Scorecard();

const CLIENTS: readonly Client[] = [
  openAiChat,
  openAiResponses,
  anthropicMessages,
  aiResponses,
  aiResponsesStateless,
  aiChat,
  aiCompatible,
  aiAnthropic,
];

const NAME: Readonly<Record<Protocol, string>> = {
  openai_chat: "Chat",
  openai_responses: "Responses",
  anthropic_messages: "Messages",
};

const REPORT = "The tools said: rain in Oslo / rain in Lima.";

for (const client of CLIENTS) {
  for (const upstream of PROTOCOLS) {
    describe(`${client.name} at a ${NAME[upstream]} upstream`, () => {
      for (const stream of [false, true]) pair({ client, upstream, stream });
    });
  }
}

it("the table of everything above is told", () => console.log(scores.table()));

interface Pair {
  client: Client;
  upstream: Protocol;
  stream: boolean;
}

function pair({ client, upstream, stream }: Pair): void {
  const how = stream ? "streamed" : "whole";
  const test = (scenario: Scenario, claim: string, run: () => Promise<string | void>) =>
    it(`${how}: ${claim}`, () => scores.scored({ client, upstream, scenario, how }, run));
  const ask = (kind: Kind) => ({ model: scene().model(upstream, kind), stream });
  const failureOf = async (kind: Kind): Promise<Failure> => {
    const { error } = await client.talk(scene(), ask(kind))
      .then(() => ({ error: new Error("Nothing failed") }), (error) => ({ error }));
    return client.failure(error);
  };

  test(
    "text",
    "words arrive, with their finish and their usage, the cache counted once",
    async () => {
      assertEquals(await client.talk(scene(), ask("well")), {
        text: `Grüße – you said: ${QUESTION}.`,
        isFinished: true,
        inputTokens: USED.input,
        cachedTokens: USED.cached,
        outputTokens: USED.output,
      });
    },
  );

  test("tools", "two parallel calls are made, and both results are heard", async () => {
    const { cities, text, thoughts } = await client.loop(scene(), ask("well"));
    assertEquals({ cities, text, thoughts }, { cities: [...PLACES], text: REPORT, thoughts: [] });
  });

  if (client.sendsHistory || upstream === client.protocol) {
    test("history", "the model is told what it said before", async () => {
      const { recalled } = await client.loop(scene(), ask("well"));
      assertEquals(recalled, `I said: ${REPORT}`);
    });
  } else {
    test(
      "history",
      "words that this upstream was to keep are lost, and named as lost",
      async () => {
        assertEquals(await lossesOfReference(ask("well")), "input.item_reference");
        return "lost, told";
      },
    );
  }

  if (client.hasPictures) {
    test("picture", "a picture in a tool's result is seen", async () => {
      const { text } = await client.loop(scene(), { ...ask("well"), isPicture: true });
      assertEquals(text, `${REPORT} I saw ${PICTURE_WORDS}. I saw ${PICTURE_WORDS}.`);
    });
  }

  test(
    "thought",
    "thoughts are read, their proofs come back, the next turns are taken",
    async () => {
      const isProven = client.proves(upstream);
      // What this upstream cannot do without, this client cannot give.
      const kind = upstream === "openai_chat" && !isProven ? "rethinks" : "thinks";
      const loop = await client.loop(scene(), { ...ask(kind), isThinking: true });
      assertEquals(loop.cities, [...PLACES]);
      assertEquals(loop.text, isProven ? `${REPORT} I had thought 1 times.` : REPORT);
      assertEquals(loop.thoughts, thoughtsFor(client, upstream));
    },
  );

  if (client.sendsHistory) {
    const claim = "a turn goes on at any other upstream, and the next comes back";
    test("switch", claim, async () => {
      for (
        const second of PROTOCOLS.filter((one) => one !== upstream && isJudgedHere(client, one))
      ) {
        const loop = await client.loop(scene(), {
          ...ask(thinkerFor(client, upstream)),
          secondModel: scene().model(second, thinkerFor(client, second)),
          isThinking: true,
        });
        const { cities, text, recalled } = loop;
        const expected = { cities: [...PLACES], text: REPORT, recalled: `I said: ${REPORT}` };
        assertEquals({ cities, text, recalled }, expected, `second: ${second}`);
      }
    });
  }

  if (upstream === "openai_chat" && client.protocol !== "openai_chat") {
    test("no proof", "an upstream that wants no thoughts back gets none", async () => {
      const loop = await client.loop(scene(), { ...ask("rethinks"), isThinking: true });
      assertEquals(loop.text, REPORT);
      assertEquals(loop.thoughts, thoughtsFor(client, upstream));
    });
  }

  if (upstream === "anthropic_messages" && client.sendsHistory) {
    test(
      "adaptive",
      "a model that decides itself how much to think is asked in its words",
      async () => {
        const model = ADAPTIVE_MODEL;
        const loop = await client.loop(scene(), { model, stream, isThinking: true });
        const { call, report, talk } = THOUGHTS;
        assertEquals(loop.thoughts, client.readsThoughts ? [call, report, talk] : []);
      },
    );
  }

  test("shape", "an answer has the shape that was asked for", async () => {
    assertEquals(await client.shape(scene(), ask("well")), SHAPED);
  });

  if (client.takesLooseShapes) {
    test(
      "loose shape",
      "limits in a shape that this upstream does not know stop nothing",
      async () => {
        assertEquals(await client.shape(scene(), { ...ask("well"), isLoose: true }), SHAPED);
      },
    );
  }

  test("429", "a full upstream's status, words and waiting time arrive", async () => {
    const { status, message, retryAfter } = await failureOf("limited");
    assertStringIncludes(message, WORDS.limited);
    assertEquals({ status, retryAfter }, { status: 429, retryAfter: RETRY_AFTER });
  });

  test("400", "a refusal's status and words arrive", async () => {
    const { status, message } = await failureOf("refuses");
    assertStringIncludes(message, WORDS.refuses);
    assertEquals(status, 400);
  });

  test("overflow", "a conversation that is too long is recognised", async () => {
    const { status, message, code } = await failureOf("overflows");
    assertEquals(status, 400);
    if (client.protocol === "anthropic_messages") assertMatch(message, /prompt is too long/);
    else assertEquals(code, "context_length_exceeded");
  });

  test("error", "an error that comes with a 200 is an error", async () => {
    const { status, message } = await failureOf("errs");
    assertStringIncludes(message, WORDS.errs);
    assertEquals(status, 500);
  });

  if (stream) {
    test("break", "an error after the first words is an error", async () => {
      assertStringIncludes((await failureOf("breaks")).message, WORDS.errs);
    });
  }
}

/** Whether it is the gateway that decides which thoughts of another upstream's this one gets. */
function isJudgedHere(client: Client, second: Protocol): boolean {
  return second !== "openai_chat" || client.protocol !== second || !client.proves(second);
}

/** A thinker whose wishes a client can meet when the thoughts may be another's. */
function thinkerFor(client: Client, upstream: Protocol): Kind {
  if (upstream !== "openai_chat") return "thinks";
  return client.protocol === upstream && client.proves(upstream) ? "thinks" : "rethinks";
}

/** What the gateway says of a conversation that refers to words which its upstream never had. */
async function lossesOfReference({ model, stream }: { model: string; stream: boolean }) {
  const input = [
    { role: "user", content: QUESTION },
    { type: "item_reference", id: "msg_of_another_server" },
    { role: "user", content: RECALL },
  ];
  const response = await scene().gateway.post("/v1/responses", { model, stream, input });
  await response.body?.cancel();
  return response.headers.get("x-gateway-losses");
}

/** What can be read in a loop and the turn after it. */
function thoughtsFor(client: Client, upstream: Protocol): string[] {
  const { call, report, talk } = THOUGHTS;
  if (!client.readsThoughts) return [];
  if (client.protocol === "openai_chat") {
    // Nothing in that protocol asks for a summary, and without one nothing can be read.
    if (upstream === "openai_responses") return [];
  }
  // A Claude model goes on with its turn only if it gets its own thought back.
  const isGoingOn = upstream !== "anthropic_messages" || client.proves(upstream);
  return isGoingOn ? [call, report, talk] : [call, talk];
}
