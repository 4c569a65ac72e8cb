/**
 * `docs/METRICS.md`: what its tables say is what the code does.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { METRICS } from "../../lib/metrics/metric_list.ts";
import { KnownNames } from "../../lib/metrics/known_names.ts";
import { startGateway } from "../e2e/gateway_process.ts";

const paper = Deno.readTextFileSync(new URL("../../docs/METRICS.md", import.meta.url));

/** The rows of the table whose first title is this. */
function rowsUnder(title: string): string[][] {
  const lines = paper.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| ${title} +\\|`).test(line));
  assert(start !== -1, `No table under ${title}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

describe("docs/METRICS.md", () => {
  it("tells of every metric its type, its labels and its help, in order, and of no other", () => {
    const known = new KnownNames(() => {
      throw new Error("No metric may look for names before it is told of something");
    });
    const said = METRICS.map((make) => make(known)).map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(", ") || "—",
      help,
    ]);
    assertEquals(rowsUnder("metric"), said);
  });

  it("names in its queries only metrics that there are", () => {
    const names = new Set(METRICS.map((make) => make({} as KnownNames).name));
    const asked = [...paper.matchAll(/(gateway_\w+?)(?:_bucket)?[{[ ](?![^`\n]*\|)/g)]
      .map(([, name]) => name!);
    assert(asked.length >= 4);
    assertEquals(asked.filter((name) => !names.has(name)), []);
  });

  it("names every field of /gateway/status, in order, and no other", async () => {
    await using gateway = await startGateway({ flags: ["--stub", "--port", "0"] });
    const status = await (await gateway.fetch("/gateway/status")).json();
    assertEquals(rowsUnder("field").map(([name]) => name!.slice(1, -1)), Object.keys(status));
  });
});
