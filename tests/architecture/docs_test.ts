/**
 * The documentation of the code: every module says why it exists, every exported symbol what it is.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const root = new URL("../../", import.meta.url);

interface DocNode {
  name: string;
  declarations: { declarationKind: string; kind: string; jsDoc?: { doc?: string } }[];
}

interface DocModule {
  module_doc?: { doc?: string };
  symbols?: DocNode[];
}

function sourceFiles(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) return sourceFiles(url);
    return entry.name.endsWith(".ts") ? [url.href] : [];
  });
}

async function documentation(): Promise<Map<string, DocModule>> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...sourceFiles(new URL("lib/", root))],
    cwd: root,
    stderr: "null",
  }).output();
  assert(success, "deno doc failed");
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(Object.entries(nodes));
}

describe("documentation", () => {
  it("every module of lib begins with why it exists", async () => {
    const modules = await documentation();
    const silent = [...modules].filter(([, { module_doc }]) => !module_doc?.doc);
    assertEquals(silent.map(([file]) => file.slice(root.href.length)), []);
  });

  it("every exported symbol of lib says what it is", async () => {
    const modules = await documentation();
    const silent: string[] = [];
    let count = 0;
    for (const [file, { symbols = [] }] of modules) {
      for (const { name, declarations } of symbols) {
        for (const { declarationKind, jsDoc } of declarations) {
          if (declarationKind !== "export") continue;
          count++;
          if (!jsDoc?.doc) silent.push(`${file.slice(root.href.length)}: ${name}`);
        }
      }
    }
    assert(count > 200, `only ${count} exported symbols were found`);
    assertEquals(silent, []);
  });
});
