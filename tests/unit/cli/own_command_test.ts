import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { allowedCommandLine, type Caller, commandLine } from "../../../lib/cli/own_command.ts";
import { VERBS } from "../../../lib/cli/verbs.ts";

const CHECKOUT: Caller = {
  isStandalone: false,
  executable: "/usr/local/bin/deno",
  main: "/home/me/gateway/main.ts",
  folder: "/home/me/gateway",
  searched: [],
  runtimeVersion: "2.9.6",
};
const COMPILED: Caller = {
  ...CHECKOUT,
  isStandalone: true,
  executable: "/opt/tools/openclaw-autoproxy",
  main: "file:///deno-compile/main.js",
};

const CALLS: readonly (readonly [title: string, caller: Partial<Caller>, line: string])[] = [
  ["a checkout by its task", {}, "deno task start --stub"],
  [
    "a checkout through npx where Deno comes from there",
    { executable: "/home/me/.npm/_npx/7a40be/node_modules/@deno/linux-x64-glibc/deno" },
    "npx -y deno@2.9.6 task start --stub",
  ],
  [
    "a checkout from another folder by its file",
    { folder: "/home/me" },
    "deno run -A /home/me/gateway/main.ts start --stub",
  ],
  [
    "a file with a space in its path as a shell takes it",
    { main: "/home/my own/main.ts" },
    "deno run -A '/home/my own/main.ts' start --stub",
  ],
  ["a bundle by its file", {
    main: "/home/me/gateway/main.js",
  }, "deno run -A main.js start --stub"],
  [
    "a checkout on Windows by its task",
    { main: "C:/gateway/main.ts", folder: "C:\\gateway" },
    "deno task start --stub",
  ],
  [
    "a program of somebody else's by our name",
    { main: "/home/me/server.ts" },
    "openclaw-autoproxy start --stub",
  ],
  [
    "a compiled program by its name where it is found",
    { ...COMPILED, searched: ["/usr/bin", "/opt/tools/"] },
    "openclaw-autoproxy start --stub",
  ],
  [
    "a compiled program of the working folder by ./",
    { ...COMPILED, folder: "/opt/tools", searched: ["/usr/bin"] },
    "./openclaw-autoproxy start --stub",
  ],
  [
    "a compiled program from elsewhere by its path",
    { ...COMPILED, searched: ["/usr/bin", "/opt", ""] },
    "/opt/tools/openclaw-autoproxy start --stub",
  ],
];

describe("commandLine()", () => {
  for (const [title, caller, line] of CALLS) {
    it(`calls ${title}`, () => {
      assertEquals(commandLine("start --stub", { ...CHECKOUT, ...caller }), line);
    });
  }

  it("does not take another's task for a verb's", () => {
    assertEquals(commandLine("check --json", CHECKOUT), "deno run -A main.ts check --json");
  });

  it("names the tasks that deno.json has for verbs, and no other", () => {
    const path = new URL("../../../deno.json", import.meta.url);
    const tasks: Record<string, string> = JSON.parse(Deno.readTextFileSync(path)).tasks;
    for (const { name } of VERBS) {
      const isTask = tasks[name]?.endsWith(` main.ts ${name}`) ?? false;
      assertEquals(commandLine(name, CHECKOUT) === `deno task ${name}`, isTask, name);
    }
  });
});

describe("allowedCommandLine()", () => {
  it("calls no task, which allows less", () => {
    assertEquals(allowedCommandLine("stub exec", CHECKOUT), "deno run -A main.ts stub exec");
  });
});
