/** Configurations that must be refused, as a user meets them: `start` says why, and ends. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BROKEN_CONFIGS, type BrokenConfig, VARIABLES } from "../unit/config/broken_configs.ts";
import { type CliResult, runCli, type RunOptions } from "./gateway_process.ts";

/** This many processes run at a time. */
const AT_ONCE = 4;

async function start(options: RunOptions): Promise<CliResult> {
  return await runCli(["start", "--port", "0", "--config", "{config}"], {
    env: { ...VARIABLES },
    // Behind `maxTokensField`, which the watch over secrets takes for the name of one.
    spoken: ["max_token"],
    ...options,
  });
}

/** The lines of standard error, each place without the folder; nothing else may have happened. */
function lines({ code, stdout, stderr }: CliResult): string[] {
  assertEquals([code, stdout], [1, ""], stderr);
  assert(stderr.endsWith("\n"));
  assert(!stderr.includes("hidden"), stderr);
  assert(!/^\s+at /m.test(stderr), stderr);
  return stderr.trimEnd().split("\n").map((line) => line.replace(/^\S*routes\.yml:/, ""));
}

async function check({ text, problems }: BrokenConfig): Promise<void> {
  const said = lines(await start({ config: text }));
  const expected = problems.map((one) => one.replace(/^(\d+:\d+) /, "$1: "));
  const cut = said.map((one, at) =>
    expected[at]?.endsWith("…") ? `${one.slice(0, expected[at].length - 1)}…` : one
  );
  assertEquals(cut, expected);
}

/** What went wrong, by the row's name. */
async function checkAll(rows: readonly BrokenConfig[]): Promise<string[]> {
  const left = [...rows];
  const wrong: string[] = [];
  const checkNext = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) {
      await check(row).catch((error) => wrong.push(`${row.name}: ${error.message}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, checkNext));
  return wrong;
}

describe("start", () => {
  it("says every problem of a broken file by its place, and exits with 1", async () => {
    const isWhole = (name: string) => !name.includes(":");
    const rows = BROKEN_CONFIGS.filter(({ name }, at) => isWhole(name) || at % 3 === 0);
    assert(rows.length >= 80);
    assertEquals(await checkAll(rows), []);
  });

  for (
    const { name, bytes, said } of [
      {
        name: "that is not UTF-8",
        bytes: [...new TextEncoder().encode("port: 1\nhost: caf"), 0xe9, 0x0a],
        said: "2:10: expected UTF-8, got bytes that are not",
      },
      {
        name: "that PowerShell wrote",
        bytes: [0xff, 0xfe, ...[..."port: 1"].flatMap((one) => [one.charCodeAt(0), 0])],
        said: "1:1: expected UTF-8, got UTF-16: save it as UTF-8",
      },
    ]
  ) {
    it(`names the place in a file ${name}`, async () => {
      const path = await Deno.makeTempFile({ suffix: "_routes.yml" });
      await using _ = { [Symbol.asyncDispose]: () => Deno.remove(path) };
      await Deno.writeFile(path, Uint8Array.from(bytes));
      assertEquals(lines(await runCli(["start", "--config", path])), [said]);
    });
  }

  it("reads no file that is larger than 4 MiB, and no folder", async () => {
    const folder = await Deno.makeTempDir();
    await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
    await Deno.writeTextFile(`${folder}/large.yml`, "# a line\n".repeat(600_000));
    const large = lines(await runCli(["start", "--config", `${folder}/large.yml`]));
    assertEquals(large, [`Cannot read ${folder}/large.yml: it is larger than 4 MiB`]);
    const [line] = lines(await runCli(["start", "--config", folder]));
    assertMatch(line!, /^Cannot read .*: \w+$/);
  });

  it("tells problems of the environment behind those of the file", async () => {
    const config = 'prot: 1\nroutes: [{url: "stub:ok", model: m}]\n';
    assertEquals(lines(await start({ config, env: { REQUEST_TIMEOUT_MS: "soon" } })), [
      '1:1: prot: unknown key, did you mean "port"?',
      "REQUEST_TIMEOUT_MS: expected a whole number from 1 to 86400000",
    ]);
  });

  it("warns of a route that repeats another with the same url and key, and serves it once", async () => {
    const config = 'port: 1x\nroutes:\n  - &a {name: one, url: "stub:ok", model: m}\n  - *a\n';
    const [warning, problem] = lines(await start({ config }));
    assertEquals(warning, "warning: Route one repeats m with the same url and key: counted once");
    assertMatch(problem!, /^1:7: port: /);
  });
});
