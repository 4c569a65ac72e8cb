/**
 * `docs/FALLBACK.md`: what its tables say is what the code does.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DEFAULT_RETRY_STATUS_CODES } from "../../lib/config/builder.ts";
import { classify, type VerdictRules, VERDICTS } from "../../lib/fallback/verdict.ts";
import { refused } from "../unit/fallback/outcomes.ts";

const paper = Deno.readTextFileSync(new URL("../../docs/FALLBACK.md", import.meta.url));

/** The rows of the table whose header begins so. */
function rowsUnder(header: string): string[][] {
  const lines = paper.split("\n");
  const start = lines.findIndex((line) => line.startsWith(header));
  assert(start !== -1, `No table under ${header}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

const RULES: VerdictRules = {
  retryStatusCodes: new Set(DEFAULT_RETRY_STATUS_CODES),
  strictRetryList: false,
  emptyIsFailure: true,
  hasOthers: true,
};

describe("docs/FALLBACK.md", () => {
  it("tells of every class what verdict.ts says, in its order, and of no other", () => {
    const told = rowsUnder("| class               | again");
    const said = Object.entries(VERDICTS).map((
      [name, { again, next, cooldown, health }],
    ) => [name, again, next ? "yes" : "no", cooldown, health]);
    assertEquals(told, said);
  });

  it("explains every class but the one that needs no explanation", () => {
    const explained = [...paper.matchAll(/^- \*\*([^*]+)\*\*:/gm)].map(([, name]) => name);
    const classes = Object.keys(VERDICTS).filter((name) => name !== "other");
    assertEquals(explained, classes);
  });

  it("puts every status into the class that the code does", () => {
    const told = new Map(
      rowsUnder("| class              | statuses").flatMap(([name, statuses]) =>
        statuses!.split(", ").map((status) => [Number(status), name] as const)
      ),
    );
    for (let status = 400; status < 600; status++) {
      assertEquals(classify(refused(status), RULES), told.get(status) ?? "other", String(status));
    }
  });
});
