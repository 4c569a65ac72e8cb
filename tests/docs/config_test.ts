/**
 * `docs/CONFIG.md` and `docs/routes.schema.json`: what the code makes of its own tables.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ENVIRONMENT_VARIABLES, readEnvironment } from "../../lib/config/environment.ts";
import type { Fields } from "../../lib/config/kind.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { NAMED, TOP_FIELDS } from "../../lib/config/schema.ts";
import { parse } from "@std/yaml";
import { configReference, formatted, schemaFile } from "./config_reference.ts";

const root = new URL("../../", import.meta.url);
const STALE = "is stale: deno task docs";

/** Every group of fields, by its name. */
const GROUPS: readonly [name: string, fields: Fields][] = [
  ["the file", TOP_FIELDS],
  ...NAMED.map(({ name, fields }) => [name, fields] as [string, Fields]),
];

function paper(name: string): string {
  return Deno.readTextFileSync(new URL(`docs/${name}`, root));
}

describe("docs/CONFIG.md", () => {
  it("is what the code makes of its tables", async () => {
    const made = await formatted(configReference(), "md");
    assertEquals(paper("CONFIG.md"), made, `docs/CONFIG.md ${STALE}`);
  });

  it("begins with a file that the loader takes", () => {
    const [, example] = /```yaml\n(routes:[\s\S]*?)```/.exec(paper("CONFIG.md"))!;
    const read = (name: string) => name === "OPENAI_API_KEY" ? "dummy-key" : undefined;
    const { problems } = loadConfig(example!, { read, checkStubUrl: () => undefined });
    assertEquals(problems, []);
  });
});

describe("docs/routes.schema.json", () => {
  it("is what the code makes of its tables", async () => {
    const made = await formatted(schemaFile(), "json");
    assertEquals(paper("routes.schema.json"), made, `docs/routes.schema.json ${STALE}`);
  });

  it("is named by the first line of routes.yml", () => {
    const [line] = Deno.readTextFileSync(new URL("routes.yml", root)).split("\n");
    const [, path] = /^# yaml-language-server: \$schema=(\S+)$/.exec(line!) ?? [];
    assert(path, line);
    assert(Deno.statSync(new URL(path, root)).isFile);
  });
});

describe("The table of fields", () => {
  for (const [group, fields] of GROUPS) {
    it(`has for every field of ${group} an example that the loader takes`, () => {
      for (const [name, { kind, example }] of Object.entries(fields)) {
        const value = (parse(`${name}: ${example}`) as Record<string, unknown>)[name];
        assert(value !== undefined && value !== null, name);
        assertEquals(kind.check(value, [name]), [], name);
      }
    });

    it(`documents every field of ${group} in a line that ends in a full stop`, () => {
      for (const [name, { doc }] of Object.entries(fields)) assert(/^[^\n]+\.$/.test(doc), name);
    });
  }

  it("tells the defaults that hold", () => {
    const read = () => undefined;
    const text = "- {url: 'https://h.example/v1', model: m}";
    const config = loadConfig(text, { read, checkStubUrl: read }).config!;
    const { timeouts, limits, auto, routes: [route] } = config;
    const held: Record<string, Record<string, unknown>> = {
      "the file": { ...config, forwardClientAuth: route!.forwardsClientAuth },
      timeouts: { ...timeouts },
      limits: { ...limits },
      auto: { ...auto },
      defaults: { ...route, enabled: true },
    };
    let count = 0;
    for (const [group, fields] of GROUPS) {
      const { properties } = { properties: {}, ...schemaOf(group) };
      for (const name of Object.keys(fields)) {
        const { default: told } = (properties as Record<string, { default?: unknown }>)[name] ?? {};
        const holds = held[group]?.[name];
        if (told === undefined || holds === undefined) continue;
        count++;
        assertEquals(holds instanceof Set ? [...holds] : holds, told, `${group}.${name}`);
      }
    }
    assert(count >= 14, `only ${count} defaults were compared`);
  });
});

function schemaOf(group: string): object {
  const whole = JSON.parse(schemaFile());
  return group === "the file" ? whole.else : whole.$defs[group];
}

/** Which every program of its kind reads, and which say nothing of the gateway. */
const OF_THE_SYSTEM = ["HOME", "USERPROFILE", "TERM"];

function* sourceTexts(folder: URL): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* sourceTexts(url);
    else yield Deno.readTextFileSync(url);
  }
}

describe("The table of environment variables", () => {
  it("names every variable that the code reads, and no other", () => {
    // The settings of clients, which lib/setup looks for, are the clients' own business.
    const folders = [...Deno.readDirSync(new URL("lib/", root))].map(({ name }) => name)
      .filter((name) => name !== "setup");
    const code = folders.flatMap((name) => [...sourceTexts(new URL(`lib/${name}/`, root))])
      .join("\n");
    const read = new Set([...code.matchAll(/\bread\("([A-Z][A-Z_]+)"/g)].map(([, name]) => name!));
    readEnvironment((name) => {
      // Proxies also go by names in lower case.
      read.add(name.toUpperCase());
      return undefined;
    });
    const told = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    assertEquals(told.toSorted(), [...read].filter((name) => !OF_THE_SYSTEM.includes(name)).sort());
  });
});
