/**
 * `doctor` as its users run it: what it finds out about upstreams with quirks, what it writes, and
 * that the next run has nothing to say.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { parse } from "@std/yaml";
import { type CliResult, PERMISSIONS, runCli } from "./gateway_process.ts";
import { type Picky, pickyUpstream } from "./picky_upstream.ts";
import { deadUpstream, failingUpstream, listen } from "./scripted_upstream.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** What `deno task doctor` allows. */
const WRITING = ["run", ...PERMISSIONS, "--allow-write", MAIN];
const KEY = "sk-doctor-dummy-key-0001";
const ENV = { PATIENT_KEY: KEY };

/** A folder with a `routes.yml`, which outlives the processes that read and write it. */
function configFile(text: string) {
  const folder = Deno.makeTempDirSync({ prefix: "gateway_e2e_doctor_" });
  const path = `${folder}/routes.yml`;
  Deno.writeTextFileSync(path, text);
  return {
    folder,
    path,
    get text() {
      return Deno.readTextFileSync(path);
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

async function doctor(path: string, ...flags: string[]): Promise<CliResult> {
  return await runCli(["doctor", "--config", path, ...flags], { env: ENV, program: WRITING });
}

// deno-lint-ignore no-explicit-any -- what JSON says is looked into without types
type Json = any;

async function jsonOf(path: string, ...flags: string[]): Promise<{ code: number; said: Json }> {
  const { code, stdout, stderr } = await doctor(path, "--json", ...flags);
  assertEquals(stderr, "");
  return { code, said: JSON.parse(stdout) };
}

/** A route to one upstream. */
function routeTo(url: string, more = ""): string {
  return `routes:\n  - name: patient # mine\n    url: ${url}\n    model: m\n` +
    `    apiKeyEnv: PATIENT_KEY\n${more}`;
}

/** Verdicts of the first examination, by capability. */
function verdicts(said: Json): Record<string, string> {
  const entries = Object.entries<Json>(said.examinations[0].capabilities);
  return Object.fromEntries(entries.map(([name, { verdict }]) => [name, verdict]));
}

function reasonOf(said: Json, capability: string): string {
  return said.examinations[0].capabilities[capability].reason;
}

const ALL_WELL = {
  auth: "yes",
  answer: "yes",
  params: "yes",
  stream: "yes",
  usage: "yes",
  tools: "yes",
  parallelTools: "yes",
  toolResults: "yes",
  vision: "yes",
  limits: "yes",
  structuredOutput: "yes",
};

describe("doctor", () => {
  for (const protocol of ["openai_chat", "openai_responses", "anthropic_messages"] as const) {
    it(`finds nothing wrong with a good upstream that speaks ${protocol}, in 7 requests`, async () => {
      const whims = ["writes at most 16384"] as const;
      await using upstream = pickyUpstream({ protocol, whims });
      const word = protocol.split("_")[protocol === "openai_responses" ? 1 : 0]!;
      using file = configFile(routeTo(upstream.url, `    protocol: ${word}\n`));
      const { code, said } = await jsonOf(file.path);
      assertEquals(verdicts(said), ALL_WELL);
      assertEquals([code, said.missing, said.examinations[0].requests], [0, [], 7]);
      assertEquals(upstream.postCount, 7);
      const header = protocol === "anthropic_messages" ? "x-api-key" : "authorization";
      assert(upstream.requests.every(({ headers }) => headers.get(header)?.endsWith(KEY)));
    });
  }

  it("finds three planted quirks, writes them in place, and the next run is clean", async () => {
    await using upstream = pickyUpstream({
      whims: ["wants max_completion_tokens", "refuses stream_options", "wants ids of 9"],
    });
    const more = "    # the last line has no end\n    timeouts: {connectMs: 3000}   # kept";
    using file = configFile(routeTo(upstream.url, more).replaceAll("\n", "\r\n"));
    const before = file.text;
    const first = await doctor(file.path, "--write");
    assertEquals(first.code, 0, first.stdout + first.stderr);
    assertEquals(
      file.text,
      before + "\r\n    maxTokensField: max_completion_tokens" +
        '\r\n    toolIdPattern: "^[a-zA-Z0-9]{9}$"' +
        "\r\n    dropParams: [stream_options]",
    );
    assertStringIncludes(first.stdout, `Written to ${file.path}: patient (`);
    assert(upstream.postCount <= 10);
    const second = await doctor(file.path, "--write");
    assertEquals(second.code, 0, second.stdout);
    assertMatch(second.stdout, /Nothing to change/);
    assertEquals(file.text.split("\n").length, before.split("\n").length + 3);
  });

  it("needs no more than 10 requests for six quirks at once, and the next run asks the rest", async () => {
    await using upstream = pickyUpstream({
      whims: [
        "wants max_completion_tokens",
        "refuses temperature",
        "refuses stream_options",
        "wants ids of 9",
        "wants thoughts back",
        "sees nothing",
      ],
    });
    using file = configFile(routeTo(upstream.url));
    const { code, said } = await jsonOf(file.path, "--write");
    assertEquals([code, upstream.postCount], [1, 10]);
    assertEquals(said.missing[0].settings, {
      maxTokensField: "max_completion_tokens",
      toolIdPattern: "^[a-zA-Z0-9]{9}$",
      reasoningContent: true,
      vision: false,
      dropParams: ["temperature", "stream_options"],
    });
    assertMatch(reasonOf(said, "limits"), /^not asked: 10 requests/);
    const again = await jsonOf(file.path);
    assertEquals([again.code, again.said.missing], [0, []]);
    assertEquals(upstream.postCount, 16);
  });

  const quirks: [what: string, picky: Picky, own: string, settings: Json][] = [
    ["a limit of the newer name", { whims: ["wants max_completion_tokens"] }, "", {
      maxTokensField: "max_completion_tokens",
    }],
    ["a limit of the older name", { whims: ["wants max_tokens"] }, "", {
      maxTokensField: "max_tokens",
    }],
    [
      "no stream_options, without a word",
      {
        whims: ["refuses stream_options without a word"],
      },
      "",
      { dropParams: ["stream_options"] },
    ],
    [
      "no temperature, beside what is left out already",
      {
        whims: ["refuses temperature"],
      },
      "    dropParams: [top_p]\n",
      { dropParams: ["top_p", "temperature"] },
    ],
    ["ids that begin with call_", { whims: ["wants ids that begin with call_"] }, "", {
      toolIdPattern: "^call_[a-zA-Z0-9]{1,35}$",
    }],
    [
      "ids of a kind that it does not name",
      {
        whims: ["wants ids of a kind that it does not name"],
      },
      "",
      { toolIdPattern: "^call_[a-zA-Z0-9]{24}$" },
    ],
    ["thoughts", { whims: ["wants thoughts back"] }, "", { reasoningContent: true }],
    ["thoughts and short ids", { whims: ["wants thoughts back", "wants ids of 9"] }, "", {
      reasoningContent: true,
      toolIdPattern: "^[a-zA-Z0-9]{9}$",
    }],
    ["no thoughts", { whims: ["wants no thoughts back"] }, "    reasoningContent: true\n", {
      reasoningContent: false,
    }],
    ["no pictures", { whims: ["sees nothing"] }, "", { vision: false }],
    [
      "a smaller limit where one must be sent",
      {
        protocol: "anthropic_messages",
        whims: ["writes at most 4096"],
      },
      "    protocol: anthropic\n",
      { defaultMaxTokens: 4_096 },
    ],
    ["another protocol", { protocol: "anthropic_messages" }, "", { protocol: "anthropic" }],
    ["the newer protocol", { protocol: "openai_responses" }, "", { protocol: "responses" }],
    ["fewer protocols than the route says", {}, "    protocol: [openai, responses]\n", {
      protocol: "openai",
    }],
  ];
  for (const [what, picky, own, settings] of quirks) {
    it(`finds that an upstream wants ${what}, and is content once it is written`, async () => {
      await using upstream = pickyUpstream(picky);
      using file = configFile(routeTo(upstream.url, own));
      const { code, said } = await jsonOf(file.path);
      assertEquals([code, said.missing[0]?.settings], [1, settings]);
      assert(said.examinations[0].requests <= 10);
      assertEquals((await jsonOf(file.path, "--write")).code, 0);
      const [route] = (parse(file.text) as Json).routes;
      assertEquals(
        Object.fromEntries(Object.keys(settings).map((key) => [key, route[key]])),
        settings,
      );
      const again = await jsonOf(file.path, "--write");
      assertEquals([again.code, again.said.file], [0, "nothing to change"]);
    });
  }

  it("writes nothing down for a refusal that no quirk mends", async () => {
    await using upstream = pickyUpstream({ whims: ["takes no results", "writes at most 16384"] });
    using file = configFile(routeTo(upstream.url));
    const { code, said } = await jsonOf(file.path);
    assertEquals([code, said.missing], [0, []]);
    assertEquals(verdicts(said), { ...ALL_WELL, toolResults: "no" });
    assertEquals(reasonOf(said, "toolResults"), "400: “Tool results are not taken”");
    assert(upstream.postCount <= 10);
  });

  it("still tells what it found out when it may not write", async () => {
    await using upstream = pickyUpstream({ whims: ["sees nothing"] });
    using file = configFile(routeTo(upstream.url));
    const before = file.text;
    const { code, stdout } = await runCli(["doctor", "--write", "--config", file.path], {
      env: ENV,
    });
    assertEquals(code, 1);
    assertStringIncludes(stdout, "    vision: false\n");
    assertStringIncludes(stdout, `Nothing was written: ${file.path} may not be written; add the`);
    assertEquals(file.text, before);
  });

  it("asks for the lines to be added by hand where the route is an alias, and changes nothing", async () => {
    await using upstream = pickyUpstream({ whims: ["sees nothing"] });
    const text =
      `x: &a {name: patient, url: "${upstream.url}", model: m, apiKeyEnv: PATIENT_KEY}\n`;
    using file = configFile(text.replace("x: &a", "routes:\n - &a") + " - *a\n");
    const before = file.text;
    const { code, stdout } = await doctor(file.path, "--write");
    assertEquals(code, 1, stdout);
    assertStringIncludes(stdout, "Nothing was written");
    assertStringIncludes(stdout, "vision: false");
    assertEquals(file.text, before);
  });

  it("writes through a link, and leaves the mode of the file", async () => {
    await using upstream = pickyUpstream({ whims: ["sees nothing"] });
    using file = configFile(routeTo(upstream.url));
    Deno.chmodSync(file.path, 0o640);
    Deno.symlinkSync(file.path, `${file.folder}/link.yml`);
    assertEquals((await doctor(`${file.folder}/link.yml`, "--write")).code, 0);
    assert(Deno.lstatSync(`${file.folder}/link.yml`).isSymlink);
    assertEquals(Deno.statSync(file.path).mode! & 0o777, 0o640);
    assertStringIncludes(file.text, "    vision: false\n");
    assertEquals([...Deno.readDirSync(file.folder)].length, 2);
  });
});

describe("doctor at an upstream that does not answer", () => {
  it("says that the connection was refused, after one request", async () => {
    using file = configFile(routeTo(deadUpstream()));
    const { code, said } = await jsonOf(file.path);
    assertEquals([code, verdicts(said).answer, said.examinations[0].requests], [1, "no", 1]);
    assertEquals(reasonOf(said, "answer"), "the connection was refused");
  });

  it("says that the key is not taken, and shows neither it nor what repeats it", async () => {
    const message = `Incorrect API key provided: ${KEY}. ${"x".repeat(4_000)}`;
    await using upstream = failingUpstream({ status: 401, message });
    using file = configFile(routeTo(upstream.url));
    const { code, said } = await jsonOf(file.path);
    assertEquals([code, verdicts(said).auth, verdicts(said).answer], [1, "no", "no"]);
    assertMatch(reasonOf(said, "auth"), /^401: “Incorrect API key provided: \[redacted\]\. x+…”$/);
    assertEquals(upstream.postCount, 1);
  });

  it("says when it is to be asked again, and asks neither it nor its neighbour more", async () => {
    const headers = { "retry-after": "30" };
    await using upstream = failingUpstream({ status: 429, headers, message: "Slow down" });
    const text = routeTo(upstream.url).replace("model: m", "model: [m, n]");
    using file = configFile(text);
    const { code, said } = await jsonOf(file.path, "--model", "m", "--model", "n");
    assertEquals(code, 1);
    assertEquals(reasonOf(said, "answer"), "429: “Slow down”, ask again in 30 s");
    assertEquals([upstream.postCount, said.examinations.length], [1, 2]);
  });

  it("stops in the middle when it is told to wait", async () => {
    const before = ({ tools }: Json) =>
      tools && Response.json({ error: { message: "Slow down" } }, { status: 429 });
    await using upstream = pickyUpstream({ before });
    using file = configFile(routeTo(upstream.url));
    const { code, said } = await jsonOf(file.path);
    assertEquals([code, upstream.postCount], [1, 3]);
    assertEquals([verdicts(said).tools, verdicts(said).vision], ["unknown", "unknown"]);
    assertMatch(reasonOf(said, "vision"), /429: “Slow down”, without saying when/);
  });

  it("says that a web page is no answer", async () => {
    const page = () => new Response("<html>", { headers: { "content-type": "text/html" } });
    await using upstream = listen(page);
    using file = configFile(routeTo(upstream.url));
    const { code, said } = await jsonOf(file.path);
    assertEquals([code, upstream.postCount], [1, 1]);
    assertStringIncludes(reasonOf(said, "answer"), "a web page: is the URL right");
  });

  it("does not wait longer for a slow one than it is told to", async () => {
    await using upstream = listen(() => new Promise<Response>(() => {}));
    using file = configFile(routeTo(upstream.url));
    const { code, said } = await jsonOf(file.path, "--timeout", "300");
    assertEquals([code, upstream.postCount], [1, 1]);
    assertEquals(reasonOf(said, "answer"), "no whole answer within 300 ms");
    assert(said.examinations[0].ms < 3_000);
  });

  it("says it of every route, and goes on with the others", async () => {
    await using upstream = pickyUpstream();
    const text = `routes:\n  - {name: gone, url: "${deadUpstream()}", model: a, apiKey: dummy}\n` +
      `  - {name: off, url: "${deadUpstream()}", model: b, apiKeyEnv: NOT_SET_ANYWHERE}\n` +
      `  - {name: well, url: "${upstream.url}", model: c, apiKeyEnv: PATIENT_KEY}\n`;
    using file = configFile(text);
    const { code, stdout } = await doctor(file.path);
    assertEquals(code, 1);
    assertMatch(stdout, /^well +yes +yes/m);
    assertStringIncludes(stdout, "NOT_SET_ANYWHERE is not set");
    assertMatch(stdout, /gone does not answer/);
  });
});

describe("doctor on the command line", () => {
  const config = "routes:\n  - {name: near, url: 'stub:ok', model: m}\n" +
    "  - {name: any, url: 'stub:ok', model: '*'}\n";

  it("examines stub routes without a network, and says before how many requests it sends", async () => {
    const { code, stdout, stderr } = await runCli(["doctor"], {
      config,
      program: ["run", "--no-prompt", "--allow-env", "--allow-read", MAIN],
    });
    assertEquals(code, 0, stdout + stderr);
    assertMatch(stderr, /^Sends about 7 small requests, at most 10, to 1 route;/);
    assertMatch(stdout, /^near +yes +yes +yes +yes +yes +yes/m);
    assertStringIncludes(stdout, "name one with --model");
  });

  it("examines a model that only a wildcard takes, when it is named", async () => {
    const { code, stdout } = await runCli(["doctor", "--route", "any", "--model", "zeta"], {
      config,
    });
    assertEquals(code, 0);
    assertMatch(stdout, /^any zeta +yes/m);
  });

  const misuses: [args: string[], said: RegExp][] = [
    [["--route", "neer"], /^Unknown route neer, did you mean "near"\?\n$/],
    [["--route", "near", "--model", "x"], /^Unknown model x, did you mean "m"\?\n$/],
    [
      ["--timeout", "soon"],
      /^Flag --timeout: expected a whole number from 100 to 600000, got soon\n$/,
    ],
    [
      ["--max-tokens", "1"],
      /^Flag --max-tokens: expected a whole number from 16 to 4096, got 1\n$/,
    ],
    [["--stub", "--write"], /^Flag --write needs a file/],
  ];
  for (const [args, said] of misuses) {
    it(`is misused with ${args.join(" ")}`, async () => {
      const isStub = args.includes("--stub");
      const { code, stdout, stderr } = await runCli(
        ["doctor", ...args],
        isStub ? {} : { config },
      );
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, said);
    });
  }

  it("fails on a file that cannot be read, without a request", async () => {
    const { code, stderr } = await runCli(["doctor"], { config: "routes: [{url: 3}]" });
    assertEquals(code, 1);
    assertMatch(stderr, /^routes\.yml:1:/);
  });
});
