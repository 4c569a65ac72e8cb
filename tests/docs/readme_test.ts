/**
 * The two READMEs: every command in them is run, and every file in them is read by the code that
 * would read it.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadConfig } from "../../lib/config/load.ts";
import { stubUrlProblem } from "../../lib/stub/behaviour.ts";
import testImports from "../imports.json" with { type: "json" };
import denoConfig from "../../deno.json" with { type: "json" };

type Imports = Record<string, string>;

const root = new URL("../../", import.meta.url);
const english = Deno.readTextFileSync(new URL("README.md", root));
const chinese = Deno.readTextFileSync(new URL("README.zh-CN.md", root));

/** The code blocks of one language. */
function blocks(text: string, language: string): string[] {
  const pattern = new RegExp("^```" + language + "\\n([\\s\\S]*?)^```", "gm");
  return [...text.matchAll(pattern)].map(([, block]) => block!);
}

/** Shell commands, a continued line joined. */
function commands(text: string): string[] {
  return blocks(text, "sh").flatMap((block) =>
    block.replaceAll("\\\n", " ").split("\n").filter((line) => line.trim() !== "")
  );
}

const NPX = /^npx -y deno@([\d.]+) task (\S+)(.*)$/;

/** A child process that is ended with its test. */
async function started(args: string[]): Promise<{ child: Deno.ChildProcess; address: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!/listens on \S+/.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`It did not start: ${text}`);
    text += value;
  }
  await reader.cancel();
  return { child, address: /listens on (\S+)/.exec(text)![1]! };
}

async function ended(child: Deno.ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await child.status;
}

/** A command of Deno's in the project's folder, to its end. */
async function ran(args: string[], env: Record<string, string>) {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root, env, stdin: "null" });
  const { code, stdout } = await command.output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

/** The words of a command line, quotes taken off. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

describe("README", () => {
  it("README.zh-CN.md has the same commands and files as README.md", () => {
    assertEquals(commands(chinese), commands(english));
    for (const language of ["yaml", "toml", "json", "ts"]) {
      assertEquals(blocks(chinese, language), blocks(english, language));
    }
  });

  it("README.md names only commands that this test knows how to run", () => {
    const known = [
      /^npx -y deno@2\.9\.6 task /,
      /^npx -y deno@2\.9\.6 run --allow-env --allow-read main\.ts check$/,
      /^npx -y deno@2\.9\.6 run -A main\.ts stub exec /,
      /^curl -i http:\/\/127/,
      /^export (ANTHROPIC|CLAUDE_CODE)_/,
    ];
    const unknown = commands(english).filter((line) => !known.some((one) => one.test(line)));
    assertEquals(unknown, []);
  });

  it("README.md names only tasks that deno.json has, and one version of Deno", () => {
    const found = commands(english).flatMap((line) => NPX.exec(line)?.slice(1, 3) ?? []);
    const tasks = found.filter((_, index) => index % 2 === 1);
    assert(tasks.length >= 6);
    assertEquals(tasks.filter((task) => !Object.hasOwn(denoConfig.tasks, task)), []);
    assertEquals(new Set(found.filter((_, index) => index % 2 === 0)).size, 1);
  });

  it("the curl of README.md is answered, and shows a fallback within three calls", async () => {
    const { child, address } = await started(["task", "start", "--port", "0"]);
    try {
      const curl = commands(english).find((line) => line.startsWith("curl "))!;
      const args = words(curl).slice(1).map((word) =>
        word.replace("http://127.0.0.1:8787", address)
      );
      let output = "";
      for (let call = 0; call < 3; call++) {
        const { stdout } = await new Deno.Command("curl", { args: ["-s", ...args] }).output();
        const text = new TextDecoder().decode(stdout);
        assertStringIncludes(text, "200 OK");
        output += text;
      }
      assertStringIncludes(output, "x-gateway-switched: 1");
      assertStringIncludes(output, '"gateway_notice":{"trigger_status":503');
    } finally {
      await ended(child);
    }
  });

  it("the tasks `start` and `dev` of README.md start with the flags that stand there", async () => {
    for (const line of commands(english)) {
      const [, , task, flags] = NPX.exec(line) ?? [];
      if (task !== "start" && task !== "dev") continue;
      const args = words(flags!.replace(/--port \d+/, ""));
      const { child } = await started(["task", task, ...args, "--port", "0"]);
      await ended(child);
    }
  });

  it("the commands of README.md that set something up, or look at it, end well", async () => {
    const home = await Deno.makeTempDir({ prefix: "gateway_readme_" });
    try {
      for (const line of commands(english)) {
        if (!/ (task (init|doctor|setup)|main\.ts check)\b/.test(line)) continue;
        const { code, stdout } = await ran(words(line).slice(3), { HOME: home });
        assertEquals(code, 0, line);
        assert(stdout.length > 0, line);
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });

  it("the client of README.md is started through a gateway, and the tests of its CI through the stub", async () => {
    const home = await Deno.makeTempDir({ prefix: "gateway_readme_" });
    try {
      await Deno.writeTextFile(`${home}/claude`, '#!/bin/sh\necho "at $ANTHROPIC_BASE_URL"\n');
      await Deno.chmod(`${home}/claude`, 0o755);
      const path = `${home}:${Deno.env.get("PATH")}`;
      assert(commands(english).includes("npx -y deno@2.9.6 task run claude"));
      const run = await ran(["task", "run", "claude"], { HOME: home, PATH: path });
      assertStringIncludes(run.stdout, "at http://127.0.0.1:");
      const exec = commands(english).find((line) => line.includes("stub exec"))!;
      const [before, after] = exec.replace("npx -y deno@2.9.6 ", "").split(" -- ");
      assertEquals(after, "npm test");
      const stub = await ran([...words(before!), "--", "printenv", "OPENAI_BASE_URL"], {});
      assertStringIncludes(stub.stdout, "http://127.0.0.1:");
      assertEquals([run.code, stub.code], [0, 0]);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });

  it("the routes.yml of README.md has no problem when its variables are set", () => {
    for (const block of blocks(english, "yaml")) {
      const { problems } = loadConfig(block, {
        read: (name) => name.endsWith("_API_KEY") ? "a-key-for-this-test" : undefined,
        checkStubUrl: stubUrlProblem,
      });
      assertEquals(problems, []);
    }
  });

  it("the routes.yml of the project has no problem, also with every comment taken away", () => {
    const text = Deno.readTextFileSync(new URL("routes.yml", root));
    const uncommented = text.replace(/^( *)# (?=( *- name:| {2}\w+:|auto:|\w+: \[))/gm, "$1");
    assert(uncommented !== text);
    for (const one of [text, uncommented]) {
      const { problems } = loadConfig(one, {
        read: (name) => name.endsWith("_API_KEY") ? "a-key-for-this-test" : undefined,
        checkStubUrl: stubUrlProblem,
      });
      assertEquals(problems, []);
    }
  });

  it("the JSON of README.md is JSON", () => {
    for (const block of blocks(english, "json")) JSON.parse(block);
  });

  it("the dependency table of README.md names every import, those of tests too", () => {
    const names = Object.keys({ ...denoConfig.imports, ...testImports.imports });
    const missing = names.filter((name) =>
      !english.includes(`\`${name}\``) && !["hono/quick", "mri"].includes(name) &&
      !name.endsWith("/")
    );
    assertEquals(missing, []);
  });

  it("tests/imports.json resolves the program's own names as deno.json does", () => {
    const own = Object.entries(denoConfig.imports).map(([name, target]) => [
      name,
      target.replace("./tests/", "./").replace("./lib/", "../lib/"),
    ]);
    const found = own.map(([name]) => [name, (testImports.imports as Imports)[name!]]);
    assertEquals(found, own);
  });

  it("deno.lock holds nothing that only tests need", () => {
    const lock = Deno.readTextFileSync(new URL("deno.lock", root));
    assertEquals(/openai|anthropic|ai-sdk/.test(lock), false);
  });

  it("imports.jsr.json resolves the same names as deno.json", () => {
    const jsr = JSON.parse(Deno.readTextFileSync(new URL("imports.jsr.json", root)));
    const own = Object.keys(denoConfig.imports).filter((name) => name !== "mri");
    assertEquals(Object.keys(jsr.imports).sort(), own.sort());
    for (const [name, target] of Object.entries<string>(jsr.imports)) {
      assertEquals(target.startsWith("jsr:@std/"), name.startsWith("@std/"), name);
    }
  });
});
