import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { fixtureNames, jsonFixture } from "./samples.ts";

function writtenBack(body: JsonObject) {
  const { body: written, losses } = openaiResponses.encodeRequest(
    openaiResponses.decodeRequest(body),
    {},
  );
  return { body: JSON.parse(JSON.stringify(written)), losses };
}

describe("encodeRequest() of what decodeRequest() read", () => {
  for (const name of fixtureNames(".request.json")) {
    it(`gives the body of ${name} again, without a loss`, () => {
      const body = jsonFixture(name);
      assertEquals(writtenBack(body), { body, losses: [] });
    });
  }

  it("keeps a key that names a prototype", () => {
    const body = JSON.parse(
      '{"model":"m","input":[{"role":"user","content":"x","__proto__":{"a":1}}],"__proto__":[2]}',
    );
    const { body: written } = writtenBack(body);
    assertEquals(Object.keys(written).sort(), ["__proto__", "input", "model"]);
    assertEquals(Object.keys(written.input[0]).sort(), ["__proto__", "content", "role"]);
  });

  it("leaves out a thought that was sealed here, which no upstream could read", () => {
    const thought = { type: "reasoning", summary: [], encrypted_content: seal(undefined) };
    const { body, losses } = writtenBack({
      model: "m",
      input: [thought, { role: "user", content: "x" }],
    });
    assertEquals(body.input, [{ role: "user", content: "x" }]);
    assertEquals(losses, [{ field: "input.reasoning", how: "dropped", changesMeaning: false }]);
  });

  it("follows a turn that was changed since", () => {
    const request = openaiResponses.decodeRequest({
      model: "m",
      input: [{ role: "assistant", content: "One." }, { role: "user", content: "Two." }],
    });
    request.messages[0]!.content.push({ type: "text", text: " More." } as never);
    assertEquals(openaiResponses.encodeRequest(request, {}).body.input, [
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "One." }, { type: "output_text", text: " More." }],
      },
      { role: "user", content: "Two." },
    ]);
  });

  it("follows instructions that were changed since", () => {
    const request = openaiResponses.decodeRequest({ model: "m", input: "x", instructions: "One." });
    request.messages[0]!.content.push({ type: "text", text: "Two." } as never);
    assertEquals(openaiResponses.encodeRequest(request, {}).body, {
      model: "m",
      input: "x",
      instructions: "One.\n\nTwo.",
    });
  });

  it("fits the ids of calls only where a route demands it", () => {
    const input = [
      { type: "function_call", call_id: "functions.f:0", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "functions.f:0", output: "" },
    ];
    const request = openaiResponses.decodeRequest({ model: "m", input });
    const ids = (toolIdPattern?: string) => {
      const quirks = toolIdPattern === undefined ? {} : { toolIdPattern };
      const written = openaiResponses.encodeRequest(request, quirks).body.input as JsonObject[];
      return written.map(({ call_id }) => call_id);
    };
    assertEquals(ids(), ["functions.f:0", "functions.f:0"]);
    assertEquals(ids("^[a-z0-9A-Z]{9}$").map((id) => String(id).length), [9, 9]);
  });

  it("leaves out the parameters that a route does not take, each as a loss", () => {
    const request = openaiResponses.decodeRequest({
      model: "m",
      input: "x",
      temperature: 1,
      store: true,
    });
    const { body, losses } = openaiResponses.encodeRequest(request, {
      dropParams: ["temperature", "store", "top_p"],
    });
    assertEquals(body, { model: "m", input: "x" });
    assertEquals(losses, [
      { field: "temperature", how: "dropped", changesMeaning: true },
      { field: "store", how: "dropped", changesMeaning: false },
    ]);
  });
});
