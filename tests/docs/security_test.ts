/**
 * `docs/SECURITY.md`: whatever it names is there.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import denoConfig from "../../deno.json" with { type: "json" };
import { TOP_FIELDS } from "../../lib/config/schema.ts";
import { readEnvironment } from "../../lib/config/environment.ts";
import { VERBS } from "../../lib/cli/verbs.ts";
import { TARGETS } from "../fuzz/targets.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, root));
const paper = read("docs/SECURITY.md");
const workflow = read(".github/workflows/release.yml");
const script = read(".ci/release");

/** What stands between back quotes, code blocks aside. */
const spans = [...paper.replace(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)]
  .map(([, span]) => span!);
const commands = [...paper.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
  .flatMap(([, block]) => block!.trim().split("\n"));

const HOST = "127.0.0.1";
const HEADERS = ["Host", "Origin"];
/** What a release holds, and where a key may stand. */
const FILES_OF_USERS = ["SHA256SUMS", ".env", "routes.yml", "openclaw-autoproxy-bundle.tar.gz"];

/** Each kind of thing that the page may name in code, and whether one of it is there. */
const KINDS: Readonly<
  Record<string, { names: (span: string) => boolean; isThere: (span: string) => boolean }>
> = {
  "a task": {
    names: (span) => span.startsWith("deno task "),
    isThere: (span) => {
      const [, , task, ...args] = span.split(" ");
      const at = args.indexOf("--target");
      return Object.hasOwn(denoConfig.tasks, task!) && (at === -1 || TARGETS.has(args[at + 1]!));
    },
  },
  "a flag": {
    names: (span) => span.startsWith("--"),
    isThere: (span) => VERBS.some(({ flags }) => flags.some(({ name }) => `--${name}` === span)),
  },
  "a variable": {
    names: (span) => /^[A-Z]+(_[A-Z]+)+$/.test(span),
    isThere: (span) => {
      const asked: string[] = [];
      readEnvironment((name) => void asked.push(name));
      return asked.includes(span);
    },
  },
  "a path": {
    names: (span) => span.includes("/"),
    isThere: (span) => Deno.statSync(new URL(span, root)) !== undefined,
  },
  "a file that users have": {
    names: (span) => FILES_OF_USERS.includes(span),
    isThere: (span) => [script, read("README.md")].some((text) => text.includes(span)),
  },
  "a program of a release": {
    names: (span) => span.startsWith("openclaw-autoproxy-"),
    isThere: (span) => script.includes(`\n${span.replace("openclaw-autoproxy-", "")} `),
  },
  "a permission": {
    names: (span) => ["run", "write", "ffi", "sys"].includes(span),
    isThere: (span) => read("lib/cli/permissions.ts").includes(`"${span}"`),
  },
  "a verb": {
    names: (span) => /^[a-z]+$/.test(span) && VERBS.some(({ name }) => name === span),
    isThere: () => true,
  },
  "a key of the configuration": {
    names: (span) => /^[a-z]+[A-Za-z]*$/.test(span),
    isThere: (span) => Object.hasOwn(TOP_FIELDS, span),
  },
  "a header or an address": {
    names: (span) => [HOST, ...HEADERS].includes(span),
    isThere: () => true,
  },
};

describe("docs/SECURITY.md", () => {
  it("names only what there is", () => {
    assert(spans.length > 30, String(spans.length));
    for (const span of spans) {
      const kind = Object.entries(KINDS).find(([, { names }]) => names(span));
      assert(kind, `${span} is nothing that this test knows`);
      assert(kind[1].isThere(span), `${span} is ${kind[0]} that is not there`);
    }
  });

  it("shows only commands that there are", () => {
    assertEquals(commands.length, 3);
    const [own, sums, attestation] = commands as [string, string, string];
    const [, verb, flag] = own.split(" ");
    const flags = VERBS.find(({ name }) => name === verb)!.flags.map(({ name }) => `--${name}`);
    assert(flags.includes(flag!), own);
    assertStringIncludes(sums, "SHA256SUMS");
    assertStringIncludes(script, `> ${sums.split(" ").at(-1)}`);
    const program = attestation.split(" ")[3]!;
    assertStringIncludes(script, `\n${program.replace("openclaw-autoproxy-", "")} `);
  });

  it("lists every program that a release holds", () => {
    const listed = [...paper.matchAll(/^\| `openclaw-autoproxy-(\S+)` +\|/gm)].map(([, name]) =>
      name
    );
    const targets = script.split("<<'TARGETS'\n")[1]!.split("\nTARGETS")[0]!.split("\n");
    assertEquals(listed, targets.map((line) => line.split(" ")[0]));
    assert(targets.length >= 5);
  });

  it("tells of sums and statements that the workflow of a release makes", () => {
    assertStringIncludes(workflow, "bash .ci/release");
    assertStringIncludes(workflow, "actions/attest-build-provenance@");
    for (const line of ["id-token: write", "attestations: write"]) {
      assertStringIncludes(workflow, line);
    }
    assert(workflow.indexOf("bash .ci/run") < workflow.indexOf("bash .ci/release"));
  });
});

describe("deno task compile", () => {
  it("can be taken by .ci/release for every system, with the permissions of all verbs", () => {
    const command = denoConfig.tasks.compile.split(" && deno ").at(-1)!;
    assert(command.startsWith("compile "), command);
    assertStringIncludes(command, " -o dist/openclaw-autoproxy ");
    const allowed = command.split(" ").filter((word) => word.startsWith("--allow-")).sort();
    assertEquals(allowed, [
      "--allow-env",
      "--allow-net",
      "--allow-read",
      "--allow-run",
      "--allow-write",
    ]);
    for (const word of denoConfig.unstable) assertStringIncludes(command, `--unstable-${word}`);
  });
});
