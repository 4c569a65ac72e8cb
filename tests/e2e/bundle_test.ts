import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { PERMISSIONS, runCli, startGateway } from "./gateway_process.ts";
import { answeringUpstream } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

/** Calls within which `--stub` has to show a fallback: its second model fails at first. */
const CALLS = 4;
const HELLO = { messages: [{ role: "user", content: "hello" }] };

const BUNDLE = ["bundle", "--quiet", "--minify", "--code-splitting"];

/** The bundle as `deno task bundle` makes it, and an empty cache to run it with. */
const bundle = sharedByTests(async (owned) => {
  const folder = await Deno.makeTempDir({ prefix: "gateway_e2e_bundle_" });
  owned.defer(() => Deno.remove(folder, { recursive: true }));
  const path = `${folder}/main.js`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...BUNDLE, "--outdir", folder, "main.ts"],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const cache = `${folder}/cache`;
  await Deno.mkdir(cache);
  const alone = {
    program: ["run", "--no-remote", "--no-npm", ...PERMISSIONS, path],
    env: { DENO_DIR: cache },
  };
  return { folder, alone };
});

describe("The bundle, alone in an empty folder with an empty cache,", () => {
  it("is three files: the entry, what serves, and what only the other verbs need", async () => {
    const names = await Array.fromAsync(Deno.readDir(bundle().folder), ({ name }) => name);
    const kinds = names.map((name) => name.replace(/-[A-Z0-9]+(?=\.js$)/, "")).sort();
    assertEquals(kinds, ["cache", "chunk.js", "main.js", "verbs.js"]);
  });

  it("wraps none of its modules in functions, which would be compiled at each start", async () => {
    const { folder } = bundle();
    for await (const { name } of Deno.readDir(folder)) {
      if (!/^(main|chunk)/.test(name)) continue;
      const text = await Deno.readTextFile(`${folder}/${name}`);
      // What the bundler makes of a module that is imported in two ways: a function run once.
      assert(!/=\w+\(\(\)=>\{/.test(text.slice(0, 2_000)), name);
    }
  });

  it("is made by the command of deno task bundle", () => {
    const command = `rm -rf dist && deno ${BUNDLE.join(" ")} --outdir dist main.ts`;
    assertEquals(denoJson.tasks.bundle, command);
  });

  it("tells its version", async () => {
    const { code, stdout } = await runCli(["--version"], bundle().alone);
    assertEquals([code, stdout], [0, `${denoJson.version}\n`]);
  });

  it("answers in every protocol, and shows a fallback within four calls with --stub", async () => {
    await using gateway = await startGateway({
      ...bundle().alone,
      flags: ["--stub", "--port", "0"],
    });
    const switched: (string | null)[] = [];
    for (let call = 0; call < CALLS; call++) {
      const response = await gateway.post("/v1/chat/completions", { model: "auto", ...HELLO });
      assertStringIncludes(await response.text(), "You said: hello");
      switched.push(response.headers.get("x-gateway-switched"));
    }
    assert(switched.includes("1"));
    const message = { model: "stub-steady", max_tokens: 50, ...HELLO };
    assertStringIncludes(await (await gateway.post("/v1/messages", message)).text(), "hello");
    const input = { model: "stub-steady", input: "hello", stream: true };
    const events = await (await gateway.post("/v1/responses", input)).text();
    assertStringIncludes(events, "response.completed");
    assertEquals(await gateway.stop(), 0);
  });

  it("starts by the line that it prints itself, which names the bundle", async () => {
    const { alone, folder } = bundle();
    const { stdout } = await runCli(["start", "--print-permissions", "--stub", "-p", "0"], alone);
    const words = stdout.trim().split(" ").slice(1);
    const at = words.indexOf(`${folder}/main.js`);
    assert(at !== -1, stdout);
    await using gateway = await startGateway({
      ...alone,
      program: words.slice(0, at + 1),
      verb: words.slice(at + 1),
      flags: [],
    });
    const response = await gateway.post("/v1/chat/completions", { model: "stub-steady", ...HELLO });
    assertStringIncludes(await response.text(), "You said: hello");
  });

  it("translates a request for an upstream over HTTP, read from a file", async () => {
    await using upstream = answeringUpstream({ protocol: "anthropic_messages" });
    const routes = [{ url: upstream.url, protocol: "anthropic", model: "m", apiKey: "key-0001" }];
    await using gateway = await startGateway({ ...bundle().alone, config: { routes } });
    const response = await gateway.post("/v1/chat/completions", { model: "m", ...HELLO });
    const { choices: [choice] } = await response.json();
    assertStringIncludes(choice.message.content, "you said: hello");
    assertEquals(upstream.last.headers.get("x-api-key"), "key-0001");
  });
});
