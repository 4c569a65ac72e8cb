/** Every field given everything that it cannot be, and the files of the table of broken ones. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Fields, Kind, RecordKind } from "../../../lib/config/kind.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { ROUTE_FIELDS, TOP_FIELDS } from "../../../lib/config/schema.ts";
import { stubUrlProblem } from "../../../lib/stub/behaviour.ts";
import { BROKEN_CONFIGS, VARIABLES } from "./broken_configs.ts";

function problemsOf(text: string): string[] {
  const { config, problems } = loadConfig(text, {
    read: (name) => VARIABLES[name],
    checkStubUrl: stubUrlProblem,
  });
  assertEquals(config === undefined, problems.length > 0);
  return problems.map(({ position, message }) =>
    `${position?.line}:${position?.column} ${message}`
  );
}

describe("loadConfig() says what is wrong with", () => {
  for (const { name, text, problems } of BROKEN_CONFIGS) {
    it(name, () => {
      const found = problemsOf(text);
      const cut = found.map((one, at) => {
        const expected = problems[at] ?? "";
        return expected.endsWith("…") ? `${one.slice(0, expected.length - 1)}…` : one;
      });
      assertEquals(cut, problems);
      assert(!found.join().includes("hidden"), "a secret is shown");
    });
  }
});

type Path = readonly (string | number)[];

/** A field of the schema, and where a document may have it. */
interface Place {
  path: Path;
  kind: Kind;
}

const ROUTE = { url: "stub:ok", model: "m" };
const CLIENT = { name: "me", key: "client-key-1" };

/** Every field: of the document, of each mapping in it, and of what its lists hold. */
function placesOf(fields: Fields, at: Path): Place[] {
  return Object.entries(fields).flatMap(([key, { kind }]) => {
    const path = [...at, key];
    return [{ path, kind }, ...("fields" in kind ? placesOf(fieldsOf(kind), path) : [])];
  });
}

function fieldsOf(kind: Kind): Fields {
  return (kind as RecordKind).fields;
}

const PLACES: readonly Place[] = [
  ...placesOf(TOP_FIELDS, []),
  ...placesOf(ROUTE_FIELDS, ["routes", 0]),
];

/** One value of each type, as it stands in a file. */
const VALUES: readonly { value: unknown; got: string }[] = [
  { value: "some text", got: '(a string|"some text")' },
  { value: 0.5, got: "(a number|0.5)" },
  { value: true, got: "a boolean" },
  { value: [], got: "a list" },
  { value: {}, got: "a mapping" },
];

const MARK = "the value stands here";

/** A document that is right but for a value, and where that value begins. */
function documentWith({ path, value }: { path: Path; value: unknown }): {
  text: string;
  place: string;
} {
  const document = { clients: [CLIENT], routes: [{ ...ROUTE }] };
  let holder = document as unknown as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    holder[step] ??= {};
    holder = holder[step] as typeof holder;
  }
  holder[path.at(-1)!] = MARK;
  const marked = JSON.stringify(document, null, 2);
  const before = marked.slice(0, marked.indexOf(`"${MARK}"`)).split("\n");
  const isText = typeof value === "string";
  return {
    text: marked.replace(`"${MARK}"`, JSON.stringify(value)),
    // The place of a quoted text is that of its first letter.
    place: `${before.length}:${before.at(-1)!.length + (isText ? 2 : 1)}`,
  };
}

function pathText(path: Path): string {
  return path.map((step) => typeof step === "number" ? `[${step}]` : `.${step}`).join("").slice(1);
}

/** What every kind says of a value of another type; a list or mapping in it may say it instead. */
function isOfAnotherType({ kind, value }: { kind: Kind; value: unknown }): boolean {
  return kind.check(value, []).some(({ path, message }) =>
    path.length === 0 && message !== "missing"
  );
}

describe("loadConfig() names place, type and path of", () => {
  for (const { path, kind } of PLACES) {
    const wrong = VALUES.filter(({ value }) => isOfAnotherType({ kind, value }));
    it(`${pathText(path)} that is of another type`, () => {
      assert(wrong.length > 0);
      for (const { value, got } of wrong) {
        const { text, place } = documentWith({ path, value });
        const found = problemsOf(text).filter((one) => one.includes(`${pathText(path)}: expected`));
        assertEquals(found.length, 1, `${text}\n${problemsOf(text)}`);
        const start = `${place} ${pathText(path)}: expected `;
        assertEquals(found[0]!.slice(0, start.length), start);
        assertMatch(found[0]!, new RegExp(`, got ${got}(,|$)`));
      }
    });
  }

  for (const { path, kind } of PLACES.filter(({ kind }) => "fields" in kind)) {
    it(`a mistyped key in ${pathText(path)}`, () => {
      const [key] = Object.keys(fieldsOf(kind));
      const { text } = documentWith({ path, value: { [`${key}x`]: 1 } });
      const said = `${pathText(path)}.${key}x: unknown key, did you mean "${key}"?`;
      assertEquals(problemsOf(text).filter((one) => one.endsWith(said)).length, 1, text);
    });
  }
});

describe("A value that is wholly one variable", () => {
  const read = (name: string) =>
    ({ PORT: "9000", YES: "true", NO: " false ", KEY: "12345678", BIG: "70000" })[name];
  const load = (text: string) => loadConfig(text, { read, checkStubUrl: stubUrlProblem });

  it("is read as a number or switch where one is wanted, and as text elsewhere", () => {
    const { config, problems } = load(
      "port: ${PORT}\nstrictRetryList: ${YES}\nmaxAttempts: 5\nretryStatusCodes: [429]\n" +
        'timeouts: {idleMs: "${PORT}"}\nroutes:\n  - url: stub:ok\n    model: ${KEY}\n' +
        "    apiKey: ${KEY}\n    strict: ${NO}\n",
    );
    assertEquals(problems, []);
    assertEquals([config!.port, config!.strictRetryList], [9000, true]);
    assertEquals(config!.timeouts.idleMs, 9000);
    const { models, credentials, quirks } = config!.routes[0]!;
    assertEquals([models, credentials!.key, quirks.strict], [["12345678"], "12345678", false]);
  });

  it("is held to the bounds of its field", () => {
    const { problems: [problem] } = load(
      "port: ${BIG}\nroutes: [{url: 'stub:ok', model: m}]\n",
    );
    assertMatch(problem!.message, /^port: expected a whole number from 0 to 65535, got /);
  });
});

describe("loadConfig() of a file without end", () => {
  it("tells of 100 problems, and does not look for the place of each from the top", () => {
    const text = `routes:\n${"  - {urll: x}\n".repeat(10_000)}`;
    const beganMs = performance.now();
    assertEquals(problemsOf(text).length, 100);
    // It is a third of a second; it would be minutes.
    assert(performance.now() - beganMs < 5_000);
  });
});
