/** `docs/STUB.md`: its tables are those of the code, and its examples are read by it. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { environmentFor } from "../../lib/cli/stub_command.ts";
import { FAULTS } from "../../lib/stub/faults.ts";
import { type OptionName, OPTIONS } from "../../lib/stub/fault_options.ts";
import { loadScenario } from "../../lib/stub/scenario.ts";
import { SCENARIO_TABLES } from "../../lib/stub/scenario_schema.ts";

const text = Deno.readTextFileSync(new URL("../../docs/STUB.md", import.meta.url));

/** The cells of every table, by what its head says, in order. */
function tables(head: string): string[][][] {
  const blocks = [...text.matchAll(/^\|.*(?:\n\|.*)+/gm)].map(([block]) => block.split("\n"));
  const cells = (line: string) => line.slice(1, -1).split(/(?<!\\)\|/).map((one) => one.trim());
  return blocks.map((lines) => lines.map(cells))
    .filter(([first]) => first!.join(" | ") === head)
    .map(([, , ...rows]) => rows);
}

describe("docs/STUB.md", () => {
  it("lists every fault, with what it does and its options", () => {
    const rows = Object.entries(FAULTS).map(([name, { does, options, defaults }]) => {
      const names = [...new Set([...options, ...Object.keys(defaults) as OptionName[]])];
      const told = names.map((one) =>
        defaults[one] === undefined ? `\`${one}\`` : `\`${one}\` ${defaults[one]}`
      );
      return [`\`${name}\``, does, told.join(", ")];
    });
    assertEquals(tables("name | what happens on the wire | options"), [rows]);
  });

  it("lists every option, with its bounds", () => {
    const rows = Object.entries(OPTIONS).map((
      [name, { min, max, doc }],
    ) => [`\`${name}\``, doc, `${min} to ${max}`]);
    assertEquals(tables("option | what it says | bounds"), [rows]);
  });

  it("lists every field of a scenario, with what it may be", () => {
    const expected = Object.values(SCENARIO_TABLES).map((fields) =>
      Object.entries(fields).map(([name, { kind, doc, default: usual = "", required }]) => [
        `\`${name}\``,
        doc,
        kind.expected,
        required ? "must be there" : usual,
      ])
    );
    const found = tables("field | what it says | what it may be | without it");
    assertEquals(found, expected);
  });

  it("lists every variable that stub exec sets", () => {
    const [rows] = tables("variable | value");
    const names = rows!.flatMap(([cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, one]) => one!));
    assertEquals(
      names.filter((name) => !/no_proxy/i.test(name)).sort(),
      Object.keys(environmentFor("http://127.0.0.1:1")).sort(),
    );
  });

  it("has examples with nothing wrong in them", () => {
    const blocks = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
    assert(blocks.length > 0);
    for (const block of blocks) assert("scenario" in loadScenario(block), block);
  });
});
