/** `stub` as scripts start it: where it listens, how they learn of that, and how it ends. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { eventually } from "../eventually.ts";
import { runCli, startGateway } from "../gateway_process.ts";
import { sharedByTests } from "../shared.ts";
import { PATHS, play, question, startStub } from "./stub_process.ts";
import { look } from "./wire_view.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

const folder = sharedByTests(async (owned) => {
  const path = await Deno.makeTempDir({ prefix: "gateway_e2e_stub_" });
  owned.defer(() => Deno.remove(path, { recursive: true }));
  return path;
});

/** The first line of a stub's output, and the stub; its standard input stays open. */
async function spawned(...flags: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "stub", "--port", "0", ...flags],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  return { child, text, reader };
}

/** A program that starts a stub, tells its URL, and does not end by itself. */
const HOLDER = `
  const args = ["run", "-A", Deno.args[0], "stub", "--port", "0", "--print-url"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, "--exit-with-parent"], stdin: "piped", stdout: "piped", stderr: "null",
  }).spawn();
  const { value } = await child.stdout.getReader().read();
  await Deno.stdout.write(value);
  await child.status;
`;

describe("stub", () => {
  it("prints its URL alone when asked to, and ends with its parent's end of the line", async () => {
    const { child, text, reader } = await spawned("--print-url", "--exit-with-parent");
    assertMatch(text, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    const view = await look(text.trim(), PATHS.openai_chat, question("openai_chat"));
    assertEquals(view.status, 200);
    await child.stdin.close();
    assertEquals((await child.status).code, 0);
    assertEquals((await reader.read()).done, true);
  });

  it("writes its URL into a file once it listens, and removes it at its end", async () => {
    const path = `${folder()}/ready`;
    const { child, reader } = await spawned("--ready-file", path);
    const url = await eventually("the file", () => Deno.readTextFile(path).catch(() => undefined));
    assertMatch(url, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    assertEquals((await look(url.trim(), "/v1/models", {})).status, 405);
    Deno.kill(child.pid, "SIGTERM");
    assertEquals((await child.status).code, 0);
    await assertGone(path);
    await reader.cancel();
    await child.stdin.close().catch(() => {});
  });

  it("removes what a stub that was killed left of a ready file, before it listens", async () => {
    const path = `${folder()}/left_over`;
    await Deno.writeTextFile(path, "http://127.0.0.1:9\n");
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const flags = ["--port", String(taken.addr.port), "--ready-file", path];
    const { code } = await runCli(["stub", ...flags], { program: ["run", "-A", MAIN] });
    taken.close();
    assertEquals(code, 1);
    await assertGone(path);
  });

  it("leaves the ready file of a stub that came after it", async () => {
    const path = `${folder()}/of_two`;
    const { child, text, reader } = await spawned("--print-url", "--ready-file", path);
    await eventually(
      "the file",
      async () => await Deno.readTextFile(path).catch(() => "") === text,
    );
    await Deno.writeTextFile(path, "http://127.0.0.1:9\n");
    Deno.kill(child.pid, "SIGTERM");
    assertEquals((await child.status).code, 0);
    assertEquals(await Deno.readTextFile(path), "http://127.0.0.1:9\n");
    await reader.cancel();
    await child.stdin.close().catch(() => {});
  });

  it("says which file it cannot write, before it runs anything", async () => {
    const blocked = `${folder()}/no_folder`;
    await Deno.writeTextFile(blocked, "");
    const own = { program: ["run", "-A", MAIN] };
    const served = await runCli(["stub", "--port", "0", "--ready-file", folder()], own);
    assertEquals(served.code, 1);
    assertMatch(served.stderr, /^Cannot write \S+: \w+\n$/);
    for (const path of [folder(), `${blocked}/log`]) {
      const { code, stdout, stderr } = await runCli(
        ["stub", "exec", "--log", path, "--", "echo", "ran"],
        own,
      );
      assertEquals([code, stdout], [1, ""]);
      assertMatch(stderr, /^Cannot write \S+: \w+\n$/);
    }
  });

  it("ends when the program that holds its input is killed", async () => {
    const parent = new Deno.Command(Deno.execPath(), {
      args: ["eval", HOLDER, MAIN],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    const url = value!.trim();
    assertEquals((await look(url, PATHS.openai_chat, question("openai_chat"))).status, 200);
    Deno.kill(parent.pid, "SIGKILL");
    await parent.status;
    await eventually(
      "the stub's end",
      async () =>
        (await look(url, PATHS.openai_chat, question("openai_chat"))).ending === "refused",
    );
    await reader.cancel();
  });

  it("ends at once although an answer stalls", async () => {
    await using stub = await startStub();
    await play(stub, [{ fault: "stall" }]);
    const stalled = look(stub.address, PATHS.openai_chat, question("openai_chat"));
    await eventually(
      "the request",
      async () => (await (await stub.fetch("/gateway/stub/requests")).json()).count === 1,
    );
    const startMs = performance.now();
    assertEquals(await stub.stop(), 0);
    assert(performance.now() - startMs < 4_000);
    assertEquals((await stalled).text, "");
  });

  it("hears a client leave while an answer stalls or drips", async () => {
    await using stub = await startStub();
    for (const fault of ["stall", { name: "drip", chunkMs: 50 }]) {
      await play(stub, [{ fault }]);
      const leaving = new AbortController();
      const asked = stub.fetch(PATHS.openai_chat, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(question("openai_chat", { stream: true })),
        signal: leaving.signal,
      }).then((response) => response.text()).catch(() => "left");
      await eventually(
        "the request",
        async () =>
          (await (await stub.fetch("/gateway/stub/scenario")).json()).rules[0].answered === 1,
      );
      leaving.abort();
      assertEquals(await asked, "left");
    }
    // Nothing is under way any more, so that there is nothing to wait for.
    const startMs = performance.now();
    assertEquals(await stub.stop(), 0);
    assert(performance.now() - startMs < 900);
  });

  it("says who stands in its way, in one line", async () => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const { code, stderr } = await runCli(["stub", "--port", String(port)]);
    taken.close();
    assertEquals([code, stderr], [
      1,
      `Port ${port} is in use: choose another one with --port\n`,
    ]);
    const open = await runCli(["stub", "--host", "0.0.0.0"]);
    assertEquals(open.code, 1);
    assertStringIncludes(open.stderr, "without client keys");
  });

  it("says every problem of a scenario with its place, and what file is not there", async () => {
    const path = `${folder()}/wrong.yml`;
    await Deno.writeTextFile(path, "rules:\n  - fault: stal\n    tims: 1\n");
    const wrong = await runCli(["stub", path]);
    assertEquals([wrong.code, wrong.stderr.trimEnd().split("\n").sort()], [1, [
      `${path}:2:12: rules[0].fault: unknown fault "stal", did you mean "stall"?`,
      `${path}:3:5: rules[0].tims: unknown key, did you mean "times"?`,
    ]]);
    const missing = await runCli(["stub", "no-such-file.yml"]);
    assertEquals([missing.code, missing.stderr], [1, "Cannot find no-such-file.yml\n"]);
    const stray = await runCli(["stub", "--", "npm", "test"]);
    assertEquals(stray.code, 2);
    assertStringIncludes(stray.stderr, "stub exec");
  });

  it("plays the scenario of its command line, and comes back to it", async () => {
    const path = `${folder()}/quota.yml`;
    await Deno.writeTextFile(path, "- fault: quota\n");
    await using stub = await startStub({ flags: [path] });
    const status = async () =>
      (await look(stub.address, PATHS.openai_chat, question("openai_chat"))).status;
    assertEquals(await status(), 429);
    await play(stub, []);
    assertEquals(await status(), 200);
    await (await stub.fetch("/gateway/stub/scenario", { method: "DELETE" })).json();
    assertEquals(await status(), 429);
  });

  it("asks nobody: a key and a file of its surroundings have no part in it", async () => {
    await using stub = await startStub({
      env: { UPSTREAM_API_KEY: "a-key-of-the-surroundings", GLOBAL_FALLBACK_MODELS: "x" },
      dotEnv: "PORT=1\n",
    });
    assertEquals(stub.stderr, "");
    assertEquals((await stub.fetch("/health?format=json").then((r) => r.json())).status, "ok");
  });
});

describe("start --stub", () => {
  it("answers any model, too", async () => {
    await using gateway = await startGateway({ flags: ["--stub", "--port", "0"] });
    const body = question("openai_chat", { model: "whatever-9" });
    const response = await gateway.post(PATHS.openai_chat, body);
    assertStringIncludes(await response.text(), "This is whatever-9");
  });
});

async function assertGone(path: string): Promise<void> {
  await eventually(
    `the end of ${path}`,
    async () => await Deno.stat(path).then(() => false, () => true),
  );
}
