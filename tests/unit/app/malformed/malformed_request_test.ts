import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Protocol, PROTOCOLS } from "../../../../lib/base/protocol.ts";
import { compose } from "../../../../lib/cli/composition.ts";
import { Log } from "../../../../lib/cli/log.ts";
import { loadConfig } from "../../../../lib/config/load.ts";
import { stubUrlProblem } from "../../../../lib/stub/behaviour.ts";
import { FULL_REQUESTS, type FullRequest } from "./full_requests.ts";
import { type Malformed, malformed, valueOf } from "./request_shape.ts";

const WORD: Readonly<Record<Protocol, string>> = {
  openai_chat: "openai",
  openai_responses: "responses",
  anthropic_messages: "anthropic",
};

/** A gateway inside this process whose `auto` has only upstreams of other protocols than `client`. */
function gatewayFor(client: Protocol) {
  return gatewayOf({
    auto: { models: PROTOCOLS.filter((protocol) => protocol !== client) },
    routes: PROTOCOLS.map((protocol) => ({
      url: "stub:ok",
      name: protocol,
      model: protocol,
      protocol: WORD[protocol],
    })),
  });
}

function gatewayOf(document: object) {
  const { config } = loadConfig(JSON.stringify(document), {
    read: () => undefined,
    checkStubUrl: stubUrlProblem,
  });
  const log: string[] = [];
  const composed = compose(config!, {
    log: new Log((line) => log.push(line), false),
    version: "0",
    source: "routes.yml",
  });
  return { fetch: composed.fetch, log };
}

/** Asks for a model; a body in which the model's name is what is wrong keeps it. */
async function ask(
  { fetch }: Pick<ReturnType<typeof gatewayFor>, "fetch">,
  { path, body, model }: { path: string; body: unknown; model: string },
) {
  const named = (body as { model: unknown }).model === "model"
    ? { ...body as object, model }
    : body;
  const response = await fetch(
    new Request(`http://127.0.0.1:8787${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(named),
    }),
  );
  return { status: response.status, body: await response.json() };
}

/** Why an answer is not a refusal that names `place` in the words of `protocol`. */
function problemOf(
  { status, body }: Awaited<ReturnType<typeof ask>>,
  { protocol, place }: { protocol: Protocol; place: string },
): string | undefined {
  const told = JSON.stringify(body).slice(0, 300);
  if (status !== 400) return `status ${status}: ${told}`;
  const { type, message, param } = body.error;
  if (type !== "invalid_request_error") return `type: ${told}`;
  if (!message.startsWith(`${place}: `)) return `place: ${told}`;
  if (protocol !== "anthropic_messages") return param === place ? undefined : `param: ${told}`;
  return body.type === "error" && typeof body.request_id === "string"
    ? undefined
    : `shape: ${told}`;
}

const UNCOUNTED: ReadonlySet<string> = new Set(["max_tokens", "stream"]);

let placeCount = 0;
let answerCount = 0;

/** Every case whose answer is not a refusal that names the place. */
async function unrefused(
  { path, model, cases }: { path: string; model: string; cases: readonly Malformed[] },
  { protocol, gateway }: { protocol: Protocol; gateway: ReturnType<typeof gatewayFor> },
): Promise<string[]> {
  const problems: string[] = [];
  for (const { place, got, body } of cases) {
    const problem = problemOf(await ask(gateway, { path, body, model }), { protocol, place });
    answerCount++;
    if (problem) problems.push(`${place} = ${got}: ${problem}`);
  }
  return problems;
}

for (const full of FULL_REQUESTS) {
  const { name, protocol, path, request, status } = full;
  const gateway = gatewayFor(protocol);
  const others = PROTOCOLS.filter((one) => one !== protocol);
  const cases = malformed(request);
  placeCount += cases.length;

  describe(`a ${name} request`, () => {
    it("with every field is read for an upstream of any other protocol", async () => {
      for (const model of others) {
        const answer = await ask(gateway, { path, body: valueOf(request), model });
        assertEquals(answer.status, status, JSON.stringify(answer.body));
      }
    });

    for (const model of [...others, "auto"]) {
      it(`with a wrong type anywhere is refused with that place: ${model}`, async () => {
        const problems = await unrefused({ path, model, cases }, { protocol, gateway });
        assertEquals(problems, []);
        assertEquals(gateway.log.filter((line) => line.includes("internal_error")), []);
      });
    }

    it("with a wrong type anywhere is never a failure of the gateway, not even untranslated", async () => {
      await expectNoFailure(full, gateway, cases.map(({ body }) => body));
    });

    it("without a value anywhere is never a failure of the gateway", async () => {
      const nulls = [...new Set(cases.map(({ place }) => place))]
        .map((place) => cases.find((one) => one.place === place)!);
      await expectNoFailure(full, gateway, nulls.map(({ empty }) => empty));
    });
  });
}

describe("malformed requests under auto", () => {
  it("use up nothing of what fallback may spend on the requests after them", async () => {
    const gateway = gatewayOf({
      auto: { policy: "ordered", models: ["broken", "good"] },
      routes: [
        { url: "stub:fail", name: "broken", model: "broken", protocol: "openai" },
        { url: "stub:ok", name: "good", model: "good", protocol: "openai" },
      ],
    });
    const path = "/v1/messages";
    const messages = [{ role: "user", content: "hello" }];
    const good = { model: "model", max_tokens: 10, messages };
    const bad = { ...good, messages: [7] };
    for (let count = 0; count < 300; count++) {
      assertEquals((await ask(gateway, { path, body: bad, model: "auto" })).status, 400);
    }
    assertEquals((await ask(gateway, { path, body: good, model: "auto" })).status, 200);
  });
});

describe("a request to count a Messages prompt", () => {
  it("with a wrong type anywhere is refused with that place where it is counted here", async () => {
    const protocol = "anthropic_messages";
    const full = FULL_REQUESTS.find((one) => one.protocol === protocol)!;
    // How long the answer may be, and whether it is streamed, are no matter of the prompt.
    const cases = malformed(full.request).filter(({ place }) => !UNCOUNTED.has(place));
    const path = "/v1/messages/count_tokens";
    for (const model of ["openai_chat", "openai_responses"]) {
      const asked = { path, model, cases };
      assertEquals(await unrefused(asked, { protocol, gateway: gatewayFor(protocol) }), []);
    }
  });
});

async function expectNoFailure(
  { path }: FullRequest,
  gateway: ReturnType<typeof gatewayFor>,
  bodies: unknown[],
): Promise<void> {
  for (const model of PROTOCOLS) {
    for (const body of bodies) {
      const answer = await ask(gateway, { path, body, model });
      answerCount++;
      assert(answer.status === 200 || answer.status === 400, JSON.stringify({ answer, body }));
    }
  }
}

it("there are at least 300 places with a wrong type", () => {
  console.log(`${placeCount} malformed requests, ${answerCount} answers`);
  assert(placeCount >= 300);
});
