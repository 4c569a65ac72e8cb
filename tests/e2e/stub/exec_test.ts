/** `stub exec`: a command with a stub in the place of every provider. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { runCli, type RunOptions } from "../gateway_process.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const EVERYTHING: RunOptions = { program: ["run", "-A", `${ROOT}main.ts`] };
const DENO = Deno.execPath();

/** Runs a command under `stub exec`, in a folder of its own. */
async function exec(command: string[], { scenario, flags = [] }: {
  scenario?: string;
  flags?: string[];
} = {}) {
  const folder = await Deno.makeTempDir({ prefix: "gateway_e2e_exec_" });
  try {
    const path = `${folder}/scenario.yml`;
    if (scenario !== undefined) await Deno.writeTextFile(path, scenario);
    const log = `${folder}/log.jsonl`;
    const words = ["stub", "exec", ...(scenario === undefined ? [] : [path]), ...flags];
    const end = await runCli([...words, "--log", log, "--", ...command], EVERYTHING);
    return { ...end, log: await Deno.readTextFile(log).catch(() => undefined) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CURL =
  'curl -s -m 5 "$OPENAI_BASE_URL/chat/completions" -H "content-type: application/json"' +
  ` -d '{"model":"gpt-5","messages":[{"role":"user","content":"hello"}]}'`;

describe("stub exec", () => {
  it("gives the command the addresses and dummy keys that SDKs read, and its exit code", async () => {
    const names = ["OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY"];
    const print = [...names, "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]
      .map((name) => `echo $${name}`).join("; ");
    const { code, stdout } = await exec(["sh", "-c", `${print}; exit 7`]);
    assertEquals(code, 7);
    assertMatch(
      stdout,
      /^(http:\/\/127\.0\.0\.1:\d+)\/v1\n\1\/v1\n\1\/anthropic\nstub-key\nstub-key\nstub-key\n$/,
    );
  });

  it("tells what was asked when the command is over, and writes it", async () => {
    const scenario = "rules:\n  - name: patience\n    sequence: [rate-limit, ok]\n";
    const { code, stdout, stderr, log } = await exec(["sh", "-c", `${CURL}; ${CURL}`], {
      scenario,
    });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "rate_limit_error");
    assertStringIncludes(stdout, "You said: hello");
    assertEquals(stderr.trimEnd().split("\n"), [
      "The stub was sent 2 requests",
      "   1 POST /v1/chat/completions gpt-5 rule=patience fault=rate-limit",
      "   2 POST /v1/chat/completions gpt-5 rule=patience",
    ]);
    const [first] = log!.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals([first.rule, first.body.messages[0].content], ["patience", "hello"]);
  });

  it("says what is wrong with a scenario, with its place, and runs nothing", async () => {
    const { code, stdout, stderr } = await exec(["echo", "ran"], { scenario: "- falt: fail\n" });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /scenario\.yml:1:3: rules\[0\]\.falt: unknown key, did you mean "fault"\?/);
  });

  it("names what it cannot do", async () => {
    const missing = await exec(["no-such-program-anywhere"]);
    assertEquals([missing.code, missing.stderr], [1, "Cannot find no-such-program-anywhere\n"]);
    const none = await runCli(["stub", "exec"], EVERYTHING);
    assertEquals(none.code, 2);
    assertStringIncludes(none.stderr, "needs a command");
    const forbidden = await runCli(["stub", "exec", "--", "echo"]);
    assertEquals(forbidden.code, 1);
    assertMatch(forbidden.stderr, /run it as `.* run -A .+main\.ts stub`/);
  });

  it("passes signals on, and ends as the command does", async () => {
    const script = 'trap "exit 9" TERM; kill -TERM $PPID; while :; do sleep 0.05; done';
    assertEquals((await exec(["sh", "-c", script])).code, 9);
  });

  it("lets the official SDKs pass twice, with byte-identical logs", async () => {
    const program = [
      DENO,
      "run",
      "--quiet",
      "-A",
      "--import-map",
      `${ROOT}tests/imports.json`,
      "--lock",
      `${ROOT}tests/deno.lock`,
      "--frozen",
      "--cached-only",
      `${ROOT}tests/e2e/stub/sdk_program.ts`,
    ];
    const [first, second] = [await exec(program), await exec(program)];
    assertEquals([first.code, second.code], [0, 0], first.stderr + first.stdout);
    assertStringIncludes(first.stdout, "This is gpt-5. You said: hello");
    assertStringIncludes(first.stdout, "rain in stub");
    assertEquals(first.stdout, second.stdout);
    assert(first.log!.split("\n").length > 9, first.log!);
    assertEquals(first.log, second.log);
    assertEquals(first.stderr, second.stderr);
  });
});
