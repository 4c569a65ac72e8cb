import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { ClientHome } from "./client_home.ts";
import { runCli, startGateway } from "./gateway_process.ts";

const KEYS = { OPENAI_API_KEY: "key-of-openai-0001", GROQ_API_KEY: "key-of-groq-0001" };
const FIXTURES = fileURLToPath(new URL("../fixtures/import/", import.meta.url));

describe("init", () => {
  it("writes a file from the keys in the environment, that starts a gateway", async () => {
    await using home = new ClientHome();
    const path = home.at("routes.yml");
    const { code, stdout, stderr } = await home.run(["init", "--output", path], { env: KEYS });
    assertEquals([code, stdout], [0, ""], stderr);
    assertMatch(stderr, /^Wrote .*OpenAI \(OPENAI_API_KEY\).*Groq \(GROQ_API_KEY\)/);
    assertMatch(stderr, /\nNext: `.* run -A \/.+\/main\.ts start`\n$/);
    await using gateway = await startGateway({
      flags: ["--port", "0", "--config", path],
      env: KEYS,
    });
    const { data } = await (await gateway.fetch("/v1/models")).json();
    const ids = data.map(({ id }: { id: string }) => id);
    assert(ids.includes("gpt-6-astra") && ids.includes("openai/gpt-oss-120b"), ids.join());
  });

  it("writes a file that runs where nothing is found", async () => {
    await using home = new ClientHome();
    const path = home.at("routes.yml");
    const { code, stderr } = await home.run(["init", "--yes", "--output", path]);
    assertEquals(code, 0, stderr);
    await using gateway = await startGateway({ flags: ["--port", "0", "--config", path] });
    const body = { model: "auto", messages: [{ role: "user", content: "hello" }] };
    const response = await gateway.post("/v1/chat/completions", body);
    assertStringIncludes(await response.text(), "hello");
  });

  it("takes providers by name, and says which variables are still to be set", async () => {
    await using home = new ClientHome();
    const names = ["--provider", "anthropic", "--provider", "deepseek", "--provider", "ollama"];
    const { code, stdout, stderr } = await home.run(["init", "--stdout", ...names]);
    assertEquals(code, 0, stderr);
    for (const name of ["ollama", "anthropic", "deepseek"]) {
      assertMatch(stdout, new RegExp(`^ {2}- name: ${name}$`, "m"));
    }
    assertStringIncludes(stderr, "Next: set ANTHROPIC_API_KEY, DEEPSEEK_API_KEY, then");
    assertEquals(home.list("."), []);
  });

  it("leaves a file that is there alone, unless it is forced", async () => {
    await using home = new ClientHome();
    home.write("routes.yml", "mine\n");
    Deno.chmodSync(home.at("routes.yml"), 0o640);
    const args = ["init", "--output", home.at("routes.yml")];
    const { code, stderr } = await home.run(args);
    assertEquals([code, home.read("routes.yml")], [1, "mine\n"]);
    assertMatch(stderr, /^[^\n]*routes\.yml is there already[^\n]*--force[^\n]*\n$/);
    assertEquals((await home.run([...args, "--force"])).code, 0);
    assertStringIncludes(home.read("routes.yml"), "routes:");
    assertEquals(Deno.statSync(home.at("routes.yml")).mode! & 0o777, 0o640);
    assertEquals(home.list("."), ["routes.yml"]);
  });

  it("names the provider that was meant", async () => {
    await using home = new ClientHome();
    const { code, stderr } = await home.run(["init", "--stdout", "--provider", "opnai"]);
    assertEquals([code, stderr], [2, 'Unknown provider opnai, did you mean "openai"?\n']);
  });

  it("says in one line that it may not write, and how it may", async () => {
    const { code, stderr } = await runCli(["init"]);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^init is not allowed to do that: run it as `.* run -A \/.+\/main\.ts init`\n$/,
    );
  });
});

describe("import", () => {
  for (const file of ["claude_code_router.json", "litellm.yaml", "openclaw.json5"]) {
    it(`makes a file of ${file} that starts a gateway once its variables are set`, async () => {
      await using home = new ClientHome();
      const path = home.at("routes.yml");
      const { code, stdout, stderr } = await home.run([
        "import",
        FIXTURES + file,
        "--output",
        path,
      ]);
      assertEquals([code, stdout], [0, ""], stderr);
      assert(!/in-clear/.test(home.read("routes.yml") + stderr));
      const names = /Next: set (.*), then/.exec(stderr)![1]!.split(", ");
      const env = Object.fromEntries(
        names.map((name) => [name, `https://${name.toLowerCase()}.example`]),
      );
      await using gateway = await startGateway({
        flags: ["--port", "0", "--config", path],
        env,
      });
      const response = await gateway.fetch("/health?format=json", {
        headers: { authorization: `Bearer ${env["CCR_CLIENT_KEY"] ?? env["LITELLM_MASTER_KEY"]}` },
      });
      assert((await response.json()).enabledRouteCount >= 4);
      assertEquals(gateway.logLines("warning"), []);
    });
  }

  it("copies keys when it is asked to, into a file for its owner alone", async () => {
    await using home = new ClientHome();
    const path = home.at("routes.yml");
    const source = `${FIXTURES}claude_code_router.json`;
    const { code } = await home.run(["import", source, "--keep-keys", "--output", path]);
    assertEquals([code, Deno.statSync(path).mode! & 0o777], [0, 0o600]);
    assertStringIncludes(home.read("routes.yml"), "apiKey: upstream-key-in-clear-0001");
  });

  for (
    const [name, text, args, part] of [
      ["is not there", undefined, [], "Cannot find"],
      ["is broken", '{"a": ', [], "line 1, column 7: expected a value"],
      ["is nobody's", "{}", [], "--from"],
      [
        "holds nothing",
        "model_list: [{model_name: a, litellm_params: {model: bedrock/x}}]",
        [],
        "AWS",
      ],
      ["is a folder", "", ["/"], "is a folder"],
    ] as const
  ) {
    it(`tells that a file ${name}`, async () => {
      await using home = new ClientHome();
      if (text !== undefined) home.write("source", text);
      const file = args[0] ?? home.at("source");
      const { code, stdout, stderr } = await home.run(["import", file, "--stdout"]);
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, part);
    });
  }
});
