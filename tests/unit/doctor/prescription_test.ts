/**
 * What is advised for a route, after one or several of its models were examined.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { RouteQuirks } from "../../../lib/config/config.ts";
import {
  type Examination,
  notExamined,
  type Prescription,
} from "../../../lib/doctor/examination.ts";
import { adviceFor } from "../../../lib/doctor/prescription.ts";
import { candidateOf } from "../../../lib/routing/candidate.ts";
import { configOf } from "../../example_config.ts";

function examined(
  quirks: RouteQuirks,
  { model = "m", models = "m", own = "", ...more }: Partial<Prescription> & {
    model?: string;
    models?: string;
    own?: string;
  } = {},
): Examination {
  const [route] = configOf(`- {model: ${models}, url: "https://h.example/v1"${own}}`).routes;
  const blank = notExamined(candidateOf(route!, model), "not asked");
  const findings = { ...blank.findings, answer: { verdict: "yes" as const } };
  return { ...blank, findings, prescription: { quirks, reasons: {}, ...more } };
}

function advised(...examinations: Examination[]) {
  const { settings, notes } = adviceFor(examinations);
  return { settings: Object.fromEntries(settings.map(({ key, value }) => [key, value])), notes };
}

describe("adviceFor()", () => {
  it("gives a key per quirk, with the words that led to it", () => {
    const reasons = { vision: "400: “no”" };
    const { settings } = adviceFor([examined({ vision: false }, { reasons })]);
    assertEquals(settings, [{ key: "vision", value: false, reason: "400: “no”" }]);
  });

  it("puts parameters beside those that the route leaves out already", () => {
    const one = examined({ dropParams: ["temperature"] }, { own: ", dropParams: [seed]" });
    assertEquals(advised(one), { settings: { dropParams: ["seed", "temperature"] }, notes: [] });
  });

  it("names protocols by the words of the configuration", () => {
    const one = (protocols: Prescription["protocols"]) =>
      advised(examined({}, { protocols: protocols! }));
    assertEquals(one(["anthropic_messages"]).settings, { protocol: "anthropic" });
    assertEquals(one(["openai_chat", "openai_responses"]).settings, {
      protocol: ["openai", "responses"],
    });
  });

  it("writes what all models of the route want", () => {
    const quirks = { vision: false, dropParams: ["stream_options"] };
    const two = ["a", "b"].map((model) => examined(quirks, { model, models: "[a, b]" }));
    assertEquals(advised(...two), {
      settings: { vision: false, dropParams: ["stream_options"] },
      notes: [],
    });
  });

  it("does not write what only one of them wants", () => {
    const [a, b] = ["a", "b"].map((model) =>
      examined(model === "a" ? { dropParams: ["temperature"] } : {}, { model, models: "[a, b]" })
    );
    assertEquals(advised(a!, b!), {
      settings: {},
      notes: ['dropParams: ["temperature"] holds for a alone: give it a route of its own'],
    });
  });

  it("does not write for models that nobody asked what is a matter of the model", () => {
    const one = examined({ vision: false, toolIdPattern: "x" }, { model: "a", models: "[a, b]" });
    assertEquals(advised(one), {
      settings: { toolIdPattern: "x" },
      notes: [
        "vision: false holds for a; whether also for b was not asked: name them with --model",
      ],
    });
  });

  it("does not count a model that did not answer", () => {
    const silent = examined({}, { model: "b", models: "[a, b]" });
    const gone = {
      ...silent,
      findings: { ...silent.findings, answer: { verdict: "no" as const } },
    };
    const one = examined({ maxTokensField: "max_tokens" }, { model: "a", models: "[a, b]" });
    assertEquals(advised(one, gone).settings, { maxTokensField: "max_tokens" });
    assertEquals(advised(gone), { settings: {}, notes: [] });
  });
});
