/**
 * A program in a client's place: it reports how it was started, asks the gateway that it was led to,
 * and ends as it is told.
 *
 *     REPORT=FILE  END=code|wait
 *
 * Its report is a file, as what it prints is searched for secrets.
 *
 * @module
 */

/** What the program found. */
export interface ClientReport {
  args: string[];
  env: Record<string, string>;
  stdin: string;
  /** What it was told to read, if that is a file. */
  files: Record<string, string>;
  /** What the gateway said; `undefined` when it was not asked. */
  answer?: { status: number; text: string };
}

const LONGEST_WAIT_MS = 15_000;

async function main(): Promise<void> {
  const env = Deno.env.toObject();
  const files = Object.fromEntries(
    [...Deno.args, env["OPENCLAW_CONFIG_PATH"] ?? ""]
      .filter((one) => one.startsWith("/") && one.endsWith(".json"))
      .map((path) => [path, Deno.readTextFileSync(path)]),
  );
  const stdin = Deno.stdin.isTerminal() ? "" : await new Response(Deno.stdin.readable).text();
  const report: ClientReport = { args: Deno.args, env, stdin, files };
  const base = env["ANTHROPIC_BASE_URL"];
  if (base !== undefined) report.answer = await ask(base, env);
  console.log("the client's own words");
  console.error("the client's own complaints");
  if (env["END"] === "wait") waitForSignals(report);
  write(report);
  if (env["END"] !== "wait") Deno.exit(Number(env["END"] ?? 0));
}

/** Replaces the report at once: whoever waits for it reads all of it. */
function write(report: unknown): void {
  const path = Deno.env.get("REPORT")!;
  Deno.writeTextFileSync(`${path}.new`, JSON.stringify(report));
  Deno.renameSync(`${path}.new`, path);
}

async function ask(base: string, env: Record<string, string>) {
  const response = await fetch(`${base}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      authorization: `Bearer ${env["ANTHROPIC_AUTH_TOKEN"]}`,
    },
    body: JSON.stringify({
      model: env["ANTHROPIC_MODEL"],
      max_tokens: 100,
      messages: [{ role: "user", content: "hello" }],
    }),
  });
  return { status: response.status, text: await response.text() };
}

function waitForSignals(report: ClientReport): void {
  // Nobody may have to look for it when a test fails.
  const timer = setTimeout(() => Deno.exit(3), LONGEST_WAIT_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      write({ ...report, signal });
      clearTimeout(timer);
      Deno.exit(9);
    });
  }
}

if (import.meta.main) await main();
