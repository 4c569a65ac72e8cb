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
import { type Kind, PREFACE, RETRY_AFTER, SHAPED, THOUGHTS, WORDS } from "./service.ts";

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

const RESULTS = "The tools said: rain in Oslo / rain in Lima.";

/** One client before one upstream, in one of the two ways. */
class Pair {
  readonly client: Client;
  readonly upstream: Protocol;
  readonly stream: boolean;

  constructor(client: Client, upstream: Protocol, stream: boolean) {
    this.client = client;
    this.upstream = upstream;
    this.stream = stream;
  }

  /** What the model says of the results, and of its own words before them. */
  get report(): string {
    return `${RESULTS} I had said: ${PREFACE}`;
  }

  ask(kind: Kind) {
    return { model: scene().model(this.upstream, kind), stream: this.stream };
  }

  async failureOf(kind: Kind): Promise<Failure> {
    const { error } = await this.client.talk(scene(), this.ask(kind))
      .then(() => ({ error: new Error("Nothing failed") }), (error) => ({ error }));
    return this.client.failure(error);
  }

  test(scenario: Scenario, claim: string, run: () => Promise<string | void>): void {
    const { client, upstream } = this;
    const how = this.stream ? "streamed" : "whole";
    it(`${how}: ${claim}`, () => scores.scored({ client, upstream, scenario, how }, run));
  }
}

for (const client of CLIENTS) {
  for (const upstream of PROTOCOLS) {
    describe(`${client.name} at a ${NAME[upstream]} upstream`, () => {
      for (const stream of [false, true]) {
        const pair = new Pair(client, upstream, stream);
        conversations(pair);
        thoughts(pair);
        shapes(pair);
        failures(pair);
      }
    });
  }
}

it("the table of everything above is told", () => console.log(scores.table()));

function conversations(pair: Pair): void {
  const { client } = pair;

  pair.test("text", "words arrive with finish and usage, the cache counted once", async () => {
    assertEquals(await client.talk(scene(), pair.ask("well")), {
      text: `Grüße – you said: ${QUESTION}.`,
      isFinished: true,
      inputTokens: USED.input,
      cachedTokens: USED.cached,
      outputTokens: USED.output,
    });
  });

  pair.test("tools", "two parallel calls are made, and both results are heard", async () => {
    const { cities, text, thoughts } = await client.loop(scene(), pair.ask("well"));
    const expected = { cities: [...PLACES], text: pair.report, thoughts: [] };
    assertEquals({ cities, text, thoughts }, expected);
  });

  pair.test("history", "the model is told what it said before", async () => {
    const { recalled } = await client.loop(scene(), pair.ask("well"));
    assertEquals(recalled, `I said: ${pair.report}`);
  });

  if (client.hasPictures) {
    pair.test("picture", "a picture in a tool's result is seen", async () => {
      const { text } = await client.loop(scene(), { ...pair.ask("well"), isPicture: true });
      assertEquals(text, `${pair.report} I saw ${PICTURE_WORDS}. I saw ${PICTURE_WORDS}.`);
    });
  }
}

function thoughts(pair: Pair): void {
  const { client, upstream, stream } = pair;

  pair.test("thought", "thoughts are read, proven, and the turns after them taken", async () => {
    const isProven = client.proves(upstream);
    // What this upstream cannot do without, this client cannot give.
    const kind = upstream === "openai_chat" && !isProven ? "rethinks" : "thinks";
    const loop = await client.loop(scene(), { ...pair.ask(kind), isThinking: true });
    assertEquals(loop.cities, [...PLACES]);
    assertEquals(loop.text, isProven ? `${pair.report} I had thought 1 times.` : pair.report);
    assertEquals(loop.thoughts, thoughtsFor(pair));
  });

  if (upstream === "openai_chat" && client.protocol !== upstream) {
    pair.test("no proof", "an upstream that wants no thoughts back gets none", async () => {
      const loop = await client.loop(scene(), { ...pair.ask("rethinks"), isThinking: true });
      assertEquals(loop.text, pair.report);
      assertEquals(loop.thoughts, thoughtsFor(pair));
    });
  }

  if (upstream === "anthropic_messages" && client.sendsHistory) {
    pair.test("adaptive", "a model that chooses how much to think is asked so", async () => {
      const asked = { model: ADAPTIVE_MODEL, stream, isThinking: true };
      const loop = await client.loop(scene(), asked);
      const { call, report, talk } = THOUGHTS;
      assertEquals(loop.thoughts, client.readsThoughts ? [call, report, talk] : []);
    });
  }

  if (client.sendsHistory) {
    pair.test("switch", "a turn ends at another upstream, and the next comes back", async () => {
      for (const second of PROTOCOLS.filter((one) => one !== upstream && isJudgedHere(pair, one))) {
        const { cities, text, recalled } = await client.loop(scene(), {
          ...pair.ask(thinkerFor(pair, upstream)),
          secondModel: scene().model(second, thinkerFor(pair, second)),
          isThinking: true,
        });
        const { report } = pair;
        const expected = { cities: [...PLACES], text: report, recalled: `I said: ${report}` };
        assertEquals({ cities, text, recalled }, expected, `second: ${second}`);
      }
    });
  }
}

/** What can be read in a loop and the turn after it. */
function thoughtsFor(pair: Pair): string[] {
  const { client, upstream } = pair;
  const { call, report, talk } = THOUGHTS;
  // In the Chat protocol nothing asks for a summary, and without one nothing can be read.
  const isSummary = client.protocol === "openai_chat" && upstream === "openai_responses";
  if (!client.readsThoughts || isSummary) return [];
  // A Claude model goes on with its turn only if it gets its own thought back.
  const isGoingOn = upstream !== "anthropic_messages" || client.proves(upstream);
  return isGoingOn ? [call, report, talk] : [call, talk];
}

/** A thinker whose wishes a client can meet when the thoughts may be another's. */
function thinkerFor({ client }: Pair, upstream: Protocol): Kind {
  if (upstream !== "openai_chat") return "thinks";
  return client.protocol === upstream && client.proves(upstream) ? "thinks" : "rethinks";
}

/** Whether it is the gateway that decides which of another upstream's thoughts this one gets. */
function isJudgedHere({ client }: Pair, second: Protocol): boolean {
  return second !== "openai_chat" || client.protocol !== second || !client.proves(second);
}

function shapes(pair: Pair): void {
  const { client } = pair;

  pair.test("shape", "an answer has the shape that was asked for", async () => {
    assertEquals(await client.shape(scene(), pair.ask("well")), SHAPED);
  });

  if (client.takesLooseShapes) {
    pair.test("loose shape", "limits that an upstream does not know stop nothing", async () => {
      assertEquals(await client.shape(scene(), { ...pair.ask("well"), isLoose: true }), SHAPED);
    });
  }
}

function failures(pair: Pair): void {
  const { client } = pair;

  pair.test("429", "a full upstream's status, words and waiting time arrive", async () => {
    const { status, message, retryAfter } = await pair.failureOf("limited");
    assertStringIncludes(message, WORDS.limited);
    assertEquals({ status, retryAfter }, { status: 429, retryAfter: RETRY_AFTER });
  });

  pair.test("400", "a refusal's status and words arrive", async () => {
    const { status, message } = await pair.failureOf("refuses");
    assertStringIncludes(message, WORDS.refuses);
    assertEquals(status, 400);
  });

  pair.test("overflow", "a conversation that is too long is recognised", async () => {
    const { status, message, code } = await pair.failureOf("overflows");
    assertEquals(status, 400);
    if (client.protocol === "anthropic_messages") assertMatch(message, /prompt is too long/);
    else assertEquals(code, "context_length_exceeded");
  });

  pair.test("error", "an error that comes with a 200 is an error", async () => {
    const { status, message } = await pair.failureOf("errs");
    assertStringIncludes(message, WORDS.errs);
    assertEquals(status, 500);
  });

  if (pair.stream) {
    pair.test("break", "an error after the first words is an error", async () => {
      assertStringIncludes((await pair.failureOf("breaks")).message, WORDS.errs);
    });
  }
}
