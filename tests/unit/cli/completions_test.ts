/** Scripts for shells: what they hold, and what the shells themselves make of them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { completionScript, type Shell, SHELLS } from "../../../lib/cli/completions.ts";
import type { Verb } from "../../../lib/cli/verb.ts";
import { VERBS } from "../../../lib/cli/verbs.ts";

const PROGRAM = "openclaw-autoproxy";

/** Runs a shell over a text; `undefined` when this machine does not have it. */
function runShell(shell: Shell, args: string[], script: string): string | undefined {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, script);
    const { success, stdout, stderr } = new Deno.Command(shell, { args: [...args, path] })
      .outputSync();
    assert(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    Deno.removeSync(path);
  }
}

describe("completionScript()", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, VERBS);

    it(`for ${shell} names every verb and every flag`, () => {
      for (const { name, flags } of VERBS) {
        assertStringIncludes(script, name);
        // In fish a flag is named without its dashes.
        for (const flag of flags) {
          assertStringIncludes(script, shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`);
        }
      }
    });

    it(`for ${shell} is one that ${shell} can read`, () => {
      runShell(shell, ["-n"], script);
    });
  }

  it("stays whole whatever a verb says of itself", () => {
    const odd: Verb = {
      name: "odd",
      summary: `it's "odd" $(false) [a]:b \\ \`x\``,
      flags: [{ name: "flag", value: "WORD", doc: "don't [use]: it $HOME", words: ["a", "b"] }],
      examples: [],
      run: () => Promise.resolve(0),
    };
    for (const shell of SHELLS) runShell(shell, ["-n"], completionScript(shell, [odd]));
  });
});

describe("bash", () => {
  /** What bash offers at the end of a line. */
  function offered(...words: string[]): string[] {
    const quoted = [PROGRAM, ...words].map((word) => `'${word}'`).join(" ");
    const output = runShell(
      "bash",
      [],
      [
        completionScript("bash", VERBS),
        `complete -p ${PROGRAM}`,
        "cd /",
        `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}`,
        "_openclaw_autoproxy",
        'printf "%s\\n" "${COMPREPLY[@]}"',
      ].join("\n"),
    );
    const [registered, ...lines] = (output ?? "").trimEnd().split("\n");
    assertStringIncludes(registered!, "-F _openclaw_autoproxy");
    return lines.filter((line) => line !== "");
  }

  const names = VERBS.map(({ name }) => name);
  const rows: { name: string; words: string[]; offers: string[] }[] = [
    { name: "verbs", words: [""], offers: names },
    { name: "the verbs that begin so", words: ["ch"], offers: ["check"] },
    { name: "verbs behind gateway", words: ["gateway", "ch"], offers: ["check"] },
    {
      name: "the flags of the verb that is meant when none is named",
      words: ["--st"],
      offers: ["--stub"],
    },
    { name: "a verb's own flags", words: ["check", "--js"], offers: ["--json"] },
    { name: "no other verb's flags", words: ["schema", "--js"], offers: [] },
    {
      name: "the words that a flag takes",
      words: ["explain", "--protocol", ""],
      offers: ["openai", "anthropic", "responses"],
    },
    {
      name: "the words that a flag takes behind an equal sign",
      words: ["explain", "--protocol", "=", "a"],
      offers: ["anthropic"],
    },
    { name: "the words that a verb takes", words: ["completions", "z"], offers: ["zsh"] },
    { name: "verbs for help", words: ["help", "expl"], offers: ["explain"] },
    { name: "files for a file", words: ["check", "-c", "et"], offers: ["etc"] },
    { name: "the word that a verb takes beside files", words: ["stub", "ex"], offers: ["exec"] },
    { name: "files for a scenario", words: ["stub", "exec", "et"], offers: ["etc"] },
    { name: "no files for a path in JSON", words: ["replay", "--ignore", "et"], offers: [] },
    { name: "files for another program", words: ["run", "claude", "--", "et"], offers: ["etc"] },
    { name: "nothing for a number", words: ["start", "--port", ""], offers: [] },
  ];
  const isThere = runShell("bash", ["-n"], "") !== undefined && Deno.build.os === "linux";
  for (const { name, words, offers } of rows) {
    it(`offers ${name}`, () => {
      if (isThere) assertEquals(offered(...words), offers);
    });
  }
});

describe("fish", () => {
  const isThere = runShell("fish", ["-n"], "") !== undefined;

  it("offers verbs, flags and words", () => {
    if (!isThere) return;
    const script = completionScript("fish", VERBS);
    const offered = (line: string) =>
      runShell("fish", ["--no-config"], `${script}\ncomplete -C '${PROGRAM} ${line}'\n`)!
        .trim().split("\n").map((one) => one.split("\t")[0]!);
    assertEquals(offered("chec"), ["check"]);
    assertEquals(offered("check --js"), ["--json"]);
    assertEquals(offered("explain --protocol "), ["anthropic", "openai", "responses"]);
    assertEquals(offered("completions "), ["bash", "fish", "zsh"]);
    assert(offered("stub /et").includes("/etc/"));
    assert(offered("stub ex").includes("exec"));
  });
});
