import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../lib/base/json.ts";
import { dropParam } from "../../../lib/translation/dropped_param.ts";
import { withQuirks } from "../../../lib/translation/quirk_edits.ts";

const ROWS: { name: string; before: JsonObject; after: JsonObject; wasThere: boolean }[] = [
  { name: "seed", before: { seed: 1, n: 2 }, after: { n: 2 }, wasThere: true },
  { name: "seed", before: { n: 2 }, after: { n: 2 }, wasThere: false },
  {
    name: "reasoning.summary",
    before: { reasoning: { effort: "low", summary: "auto" } },
    after: { reasoning: { effort: "low" } },
    wasThere: true,
  },
  {
    name: "reasoning.summary",
    before: { reasoning: { effort: "low" } },
    after: { reasoning: { effort: "low" } },
    wasThere: false,
  },
  {
    name: "reasoning.summary",
    before: { reasoning: "low" },
    after: { reasoning: "low" },
    wasThere: false,
  },
  { name: "a.b", before: { "a.b": 1 }, after: {}, wasThere: true },
  { name: "toString", before: {}, after: {}, wasThere: false },
];

describe("dropParam()", () => {
  for (const { name, before, after, wasThere } of ROWS) {
    it(`takes ${name} out of ${JSON.stringify(before)}`, () => {
      const body = structuredClone(before);
      assertEquals(dropParam(body, name), wasThere);
      assertEquals(body, after);
    });
  }

  it("leaves the objects of the body as they are", () => {
    const reasoning = { effort: "low", summary: "auto" };
    const body: JsonObject = { reasoning };
    dropParam(body, "reasoning.summary");
    assertEquals(reasoning, { effort: "low", summary: "auto" });
  });
});

describe("withQuirks()", () => {
  it("takes a field out of one of a body's fields, and leaves the client's own body alone", () => {
    const body: JsonObject = { model: "m", reasoning: { summary: "auto" } };
    const quirks = { dropParams: ["reasoning.summary"] };
    const edited = withQuirks(body, { protocol: "openai_responses", quirks });
    assertEquals(edited, { model: "m", reasoning: {} });
    assertEquals(body, { model: "m", reasoning: { summary: "auto" } });
  });
});
