/** What somebody probably meant to type. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { didYouMean, nearestNames } from "../../../lib/base/nearest.ts";

const KNOWN = ["url", "model", "models", "apiKey", "apiKeyEnv", "protocol", "timeouts"];

const typos: { name: string; typed: string; nearest: string | undefined }[] = [
  { name: "a doubled letter", typed: "urll", nearest: "url" },
  { name: "a missing letter", typed: "modl", nearest: "model" },
  { name: "swapped neighbours", typed: "mdoel", nearest: "model" },
  { name: "another case", typed: "APIKEY", nearest: "apiKey" },
  { name: "a wrong letter", typed: "protokol", nearest: "protocol" },
  { name: "the beginning of a name", typed: "prot", nearest: "protocol" },
  { name: "a name that is right", typed: "model", nearest: "model" },
  { name: "nothing near", typed: "zzzzzz", nearest: undefined },
  { name: "nothing typed", typed: "", nearest: undefined },
];

describe("nearestNames()", () => {
  for (const { name, typed, nearest } of typos) {
    it(`understands ${name}`, () => assertEquals(nearestNames(typed, KNOWN)[0], nearest));
  }

  it("gives the nearest first, and no more than were asked for", () => {
    assertEquals(nearestNames("gpt-5.1", ["claude", "gpt-4o", "gpt-5.2", "gpt-5"], 2), [
      "gpt-5.2",
      "gpt-5",
    ]);
  });

  it("counts two swapped neighbours as one mistake", () => {
    assertEquals(nearestNames("modle", ["modal", "model"], 1), ["model"]);
  });

  it("puts a name that holds what was typed before one that is a mistake away", () => {
    assertEquals(nearestNames("gpt", ["gqt", "my-gpt-5"]), ["my-gpt-5", "gqt"]);
  });

  it("gives none for a name too long to be a typo", () => {
    assertEquals(nearestNames("m".repeat(129), ["m".repeat(129)]), []);
  });

  it("passes over known names too long to be meant", () => {
    assertEquals(nearestNames("model", ["model".repeat(50), "modem"]), ["modem"]);
  });
});

describe("didYouMean()", () => {
  it("asks for the nearest name only", () => {
    assertEquals(didYouMean("modells", KNOWN), ', did you mean "models"?');
  });

  it("says nothing when no name is near", () => {
    assertEquals(didYouMean("zzzzzz", KNOWN), "");
  });
});
