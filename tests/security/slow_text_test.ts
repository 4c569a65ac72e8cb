/**
 * Texts that are made to be slow: every regular expression of `lib` is given the strings on which such
 * expressions take the square of their length in time, and so is what reads long texts otherwise.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { nearestNames } from "../../lib/base/nearest.ts";
import { redactor } from "../../lib/base/redaction.ts";
import { lessonOf } from "../../lib/fallback/learning.ts";
import { retryAfterMs } from "../../lib/fallback/retry_after.ts";
import { contextOverflow } from "../../lib/translation/context_overflow.ts";
import { estimateTextTokens } from "../../lib/translation/text_tokens.ts";
import { startGateway } from "../e2e/gateway_process.ts";
import { sharedByTests } from "../e2e/shared.ts";
import { takingUpstream } from "./taking_upstream.ts";

const LIB = new URL("../../lib/", import.meta.url);
const LENGTH = 60_000;
/** A linear expression takes well under a millisecond here, a quadratic one a second and more. */
const MAX_MS = 250;

interface Found {
  place: string;
  regex: RegExp;
}

function* filesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** A slash that begins an expression stands behind what cannot end a value. */
const LITERAL =
  /(?<=(?:[(,=:[!&|?{;]|=>|return)\s*)\/(?![*/])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)/g;

function expressionsIn(file: URL): Found[] {
  const text = Deno.readTextFileSync(file).replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const place = file.pathname.slice(LIB.pathname.length);
  return [...text.matchAll(LITERAL)].flatMap(([whole, source, flags]) => {
    try {
      return [{ place: `${place}: ${whole}`, regex: new RegExp(source!, flags) }];
    } catch {
      // Two slashes of something else; the count below notices when that happens to many.
      return [];
    }
  });
}

const EXPRESSIONS = [...filesBelow(LIB)].flatMap(expressionsIn);

/** What is repeated: letters of every class that expressions name, alone and in pairs. */
const PUMPS = [
  " ",
  "\t",
  "\n",
  "a",
  "A",
  "0",
  "_",
  "-",
  "/",
  ".",
  ":",
  ",",
  ";",
  "%",
  "{",
  "[",
  "<",
  '"',
  "\\",
  "\\\\",
  "a ",
  "a-",
  "a.",
  "0.",
  "1a",
  '="',
  "é",
  "你",
  "\u0000",
];
/** What breaks a match off at its very end. */
const ENDS = ["", "!", "\n!", "\u0000"];

/** The words of an expression, behind one of which its slow part may begin. */
function beginnings({ regex }: Found): string[] {
  const words = regex.source.replace(/\\[a-zA-Z]/g, " ").match(/[a-z]{3,}[ :="'/]?|[/<{"]/gi) ?? [];
  return ["", ...new Set(words)].slice(0, 8);
}

/** The slowest text for an expression, and how long it took. */
function slowest(found: Found): { ms: number; text: string } {
  let worst = { ms: 0, text: "" };
  const { regex } = found;
  const words = beginnings(found);
  const pumps = [...PUMPS, ...words.filter((word) => word !== "")];
  for (const start of words) {
    for (const pump of pumps) {
      for (const end of ENDS) {
        const text = start + pump.repeat(Math.ceil(LENGTH / pump.length)) + end;
        regex.lastIndex = 0;
        const startMs = performance.now();
        regex.test(text);
        const ms = performance.now() - startMs;
        if (ms > worst.ms) worst = { ms, text: `${start}${pump}…${end}` };
        if (ms > MAX_MS) return worst;
      }
    }
  }
  return worst;
}

/** These read what the gateway's user wrote himself: his files, and the words behind a verb. */
const TRUSTED = /^(cli|config|setup|stub)\//;
/** Slow ones that never see a long text, and why not. */
const SHORT: Readonly<Record<string, string>> = {
  "upstream/endpoint_url.ts: /\\/+$/": "it reads the path of a route's URL",
  "fallback/retry_after.ts: /(\\d+(\\.\\d+)?)(ms|[smhd])/g": "it reads at most 32 characters",
};

describe("The regular expressions of lib", () => {
  it("are found in its text", () => {
    assert(EXPRESSIONS.length > 40, `${EXPRESSIONS.length}`);
    assert(EXPRESSIONS.some(({ place }) => place.startsWith("app/guard.ts")));
  });

  it("that may be slow on a long text are still there, and slow", () => {
    for (const place of Object.keys(SHORT)) {
      const found = EXPRESSIONS.find((one) => one.place === place);
      assert(found && slowest(found).ms > MAX_MS, place);
    }
  });

  for (
    const found of EXPRESSIONS.filter(({ place }) => !TRUSTED.test(place) && !(place in SHORT))
  ) {
    it(`are not slow on any text: ${found.place}`, () => {
      const { ms, text } = slowest(found);
      assert(ms < MAX_MS, `${Math.round(ms)} ms for ${JSON.stringify(text)}`);
    });
  }
});

/** What a client or an upstream says at any length, and what reads it. */
const LONG = 1_000_000;
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  "the redactor of long secrets": redactor(["a-long-secret-0001", "aaaaaaaaaaaaaaaa"]),
  "the redactor of short secrets": redactor(["abc", "a", "x-y"]),
  "what a refusal teaches": (message) =>
    lessonOf({ kind: "invalid_request", status: 400, message }),
  "what a refusal of a field teaches": (param) =>
    lessonOf({ kind: "invalid_request", status: 400, message: "unsupported", param }),
  "a context overflow": (message) => contextOverflow({ kind: "invalid_request", message }),
  "a wait": (value) =>
    retryAfterMs(new Headers({ "retry-after": value.replace(/[^ -~]/g, "x").trim() || "x" }), 0),
  "an estimate of tokens": estimateTextTokens,
  "the nearest names": (name) =>
    nearestNames(name, Array.from({ length: 200 }, (_, at) => `model-${at}-aaaaaaaaaaaa`)),
};
const TEXTS: Readonly<Record<string, string>> = {
  letters: "a".repeat(LONG),
  spaces: " ".repeat(LONG),
  digits: "1".repeat(LONG),
  "words of credentials": "auth-key-token-secret-cookie-bearer ".repeat(LONG / 36),
  "words without an end": "authorization".repeat(LONG / 13),
  numbers: "1,234,567 tokens ".repeat(LONG / 17),
  "words of refusals": "does not support unknown parameter maximum context length ".repeat(
    LONG / 58,
  ),
  quotes: `"'\``.repeat(LONG / 3),
  backslashes: "\\".repeat(LONG),
  dots: "a.b[0].".repeat(LONG / 7),
  "half characters": "\ud800".repeat(LONG),
  "characters of many parts": "👨‍👩‍👧‍👦".repeat(LONG / 11),
};

describe("A text of a million characters", () => {
  for (const [what, read] of Object.entries(READERS)) {
    it(`is read in no time: ${what}`, () => {
      for (const [kind, text] of Object.entries(TEXTS)) {
        const startMs = performance.now();
        read(text);
        const ms = performance.now() - startMs;
        assert(ms < 2_000, `${kind}: ${Math.round(ms)} ms`);
      }
    });
  }
});

const scene = sharedByTests(async (owned) => {
  const upstream = owned.use(takingUpstream());
  const routes = [
    { name: "chat", url: upstream.url, model: "m", apiKey: "route-key-0001" },
    {
      name: "native",
      url: upstream.url,
      protocol: "anthropic",
      model: "n",
      apiKey: "route-key-0002",
    },
  ];
  return { gateway: owned.use(await startGateway({ config: { routes } })) };
});

describe("A request of a million characters", () => {
  for (const [kind, text] of Object.entries(TEXTS)) {
    it(`is answered soon wherever they stand: ${kind}`, async () => {
      const { gateway } = scene();
      const words = [{ role: "user", content: text }];
      const asked: [path: string, body: Record<string, unknown>, status: number][] = [
        ["/v1/chat/completions", { model: text, messages: [] }, 404],
        ["/v1/chat/completions", { model: "m", messages: words }, 200],
        ["/v1/messages", { model: "m", max_tokens: 5, messages: words, system: text }, 200],
        ["/v1/messages", {
          model: "m",
          max_tokens: 5,
          metadata: { user_id: text },
          messages: words,
        }, 200],
        ["/v1/messages/count_tokens", { model: "m", messages: words }, 200],
        ["/v1/responses", { model: "m", input: text }, 200],
      ];
      for (const [path, body, status] of asked) {
        const startMs = performance.now();
        const response = await gateway.post(path, body);
        const answer = await response.text();
        // A name of nothing but spaces is no name.
        const expected = status === 404 && text.trim() === "" ? 400 : status;
        assertEquals(response.status, expected, answer.slice(0, 200));
        const ms = performance.now() - startMs;
        assert(ms < 4_000, `${path}: ${Math.round(ms)} ms`);
        assert(status === 200 || answer.length < 20_000, `${path}: ${answer.length}`);
      }
    });
  }
});
