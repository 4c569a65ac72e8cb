/** What a newcomer reads first. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bannerText } from "../../../lib/cli/banner.ts";
import { loadText } from "../../../lib/cli/config_file.ts";

function modelsLine(models: string): string | undefined {
  const { config } = loadText(`routes: [{url: 'stub:ok', model: ${models}}]\n`, () => undefined);
  assert(config);
  const text = bannerText(config, { address: "http://127.0.0.1:1", source: "routes.yml" });
  return /^ +Models +(.*)$/m.exec(text)?.[1];
}

describe("bannerText()", () => {
  it("names auto and the models", () => {
    assertEquals(modelsLine("[a, b]"), "auto, a, b");
  });

  it("names auto alone where a route takes every name", () => {
    assertEquals(modelsLine('"*"'), "auto");
  });

  it("counts the models beyond the twelfth", () => {
    const names = Array.from({ length: 14 }, (_, at) => `m${at}`);
    assertEquals(modelsLine(JSON.stringify(names))?.endsWith("m11 and 2 more"), true);
  });
});
