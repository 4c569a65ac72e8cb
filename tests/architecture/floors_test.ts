/**
 * The floors of `docs/ARCHITECTURE.md`, held against the imports of `lib/`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const root = new URL("../../", import.meta.url);

/** The floor of each folder, as the table in the paper says. */
function floorsOfPaper(): Map<string, number> {
  const paper = Deno.readTextFileSync(new URL("docs/ARCHITECTURE.md", root));
  const rows = paper.matchAll(/^\| (\d+) +\| `(\w+)` +\|/gm);
  return new Map([...rows].map(([, floor, folder]) => [folder!, Number(floor)]));
}

function* sourceFiles(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* sourceFiles(url);
    else if (entry.name.endsWith(".ts")) yield url;
  }
}

interface Import {
  file: string;
  /** The path from the root for a file of ours, else the specifier. */
  target: string;
}

/** Every static, dynamic and type import of a source text. */
function specifiersOf(text: string): string[] {
  const pattern = /\b(?:from\s+|import\s+|import\s*\(\s*)"([^"\n]+)"/g;
  // Examples in doc comments import too, but only when they are tested.
  return [...withoutComments(text).matchAll(pattern)].map(([, specifier]) => specifier!);
}

function importsOfLib(): Import[] {
  const imports: Import[] = [];
  for (const url of sourceFiles(new URL("lib/", root))) {
    const file = url.href.slice(root.href.length);
    for (const specifier of specifiersOf(Deno.readTextFileSync(url))) {
      const isOurs = specifier.startsWith(".");
      const target = isOurs ? new URL(specifier, url).href.slice(root.href.length) : specifier;
      imports.push({ file, target });
    }
  }
  return imports;
}

function folderOf(path: string): string {
  return path.split("/")[1]!;
}

/** Which folders may import which package; every other import of one is a surprise. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "hono": ["app"],
  "hono/quick": ["app"],
  "js-yaml": ["std", "config"],
  "mri": ["std"],
  "@std/yaml": ["config"],
  "@std/cli/parse-args": ["cli"],
  "node:http": ["upstream"],
  "node:https": ["upstream"],
  "node:net": ["upstream", "cli"],
  "node:stream": ["upstream"],
  "node:zlib": ["upstream"],
  "node:util": ["cli"],
};

/** What only the edges may say: the network, the process, the real time and chance. */
const EDGES: readonly { pattern: RegExp; allowed: RegExp }[] = [
  { pattern: /\bfetch\(/, allowed: /^$/ },
  { pattern: /\bDeno\./, allowed: /^lib\/cli\// },
  { pattern: /\bsetTimeout\(/, allowed: /^lib\/(cli\/|upstream\/send\.ts$)/ },
  { pattern: /\b(Date\.now|performance\.now|new Date\(\))/, allowed: /^lib\/cli\// },
  { pattern: /\bMath\.random\b|\bcrypto\.randomUUID\b/, allowed: /^lib\/cli\// },
  { pattern: /\bconsole\./, allowed: /^lib\/cli\// },
];

/** The code without its comments, in which the words above may stand. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

describe("floors", () => {
  it("the table of docs/ARCHITECTURE.md names every folder of lib and no other", () => {
    const folders = [...Deno.readDirSync(new URL("lib/", root))].map(({ name }) => name).sort();
    assertEquals([...floorsOfPaper().keys()].sort(), folders);
  });

  it("every file that docs/ARCHITECTURE.md names is there", () => {
    const paper = Deno.readTextFileSync(new URL("docs/ARCHITECTURE.md", root));
    const files = [...sourceFiles(new URL("lib/", root))].map(({ href }) => href);
    const named = [...paper.matchAll(/`(?:lib\/)?([\w/]+\.ts)`/g)].map(([, name]) => name!);
    assert(named.length > 15);
    const known = [...files, new URL("main.ts", root).href];
    assertEquals(named.filter((name) => !known.some((file) => file.endsWith(`/${name}`))), []);
  });

  it("every import within lib points down or stays in its folder", () => {
    const floors = floorsOfPaper();
    const broken = importsOfLib().filter(({ file, target }) => {
      if (!target.startsWith("lib/")) return false;
      const [from, to] = [folderOf(file), folderOf(target)];
      return from !== to && floors.get(to)! >= floors.get(from)!;
    });
    assertEquals(broken, []);
  });

  it("every package is imported only where the table above allows it", () => {
    const broken = importsOfLib().filter(({ file, target }) => {
      if (target.startsWith("lib/")) return false;
      return !(PACKAGES[target] ?? []).includes(folderOf(file));
    });
    assertEquals(broken, []);
  });

  it("no codec imports another codec", () => {
    const codec = /^lib\/translation\/(\w+)\//;
    const broken = importsOfLib().filter(({ file, target }) => {
      const [from, to] = [codec.exec(file)?.[1], codec.exec(target)?.[1]];
      return from !== undefined && to !== undefined && from !== to;
    });
    assertEquals(broken, []);
  });

  it("only the edges reach for the network, the process, the time and chance", () => {
    const broken: string[] = [];
    for (const url of sourceFiles(new URL("lib/", root))) {
      const file = url.href.slice(root.href.length);
      const code = withoutComments(Deno.readTextFileSync(url));
      for (const { pattern, allowed } of EDGES) {
        if (pattern.test(code) && !allowed.test(file)) broken.push(`${file}: ${pattern}`);
      }
    }
    assertEquals(broken, []);
  });

  it("no file in lib is longer than 350 lines", () => {
    const long = [...sourceFiles(new URL("lib/", root))]
      .map((url) => ({
        file: url.href.slice(root.href.length),
        lines: Deno.readTextFileSync(url).split("\n").length,
      }))
      .filter(({ lines }) => lines > 350);
    assertEquals(long, []);
  });

  it("sourceFiles() finds the house at all", () => {
    assert(importsOfLib().length > 100);
  });
});
