/**
 * A terminal for a program under test: what it writes there, as the terminal gets it.
 *
 * @module
 */

/** What stands on the terminal after a finished program, and its exit code. */
export interface TerminalResult {
  code: number;
  text: string;
}

/** How the program is run. */
export interface TerminalOptions {
  columns: number;
  env: Record<string, string>;
  cwd: string;
}

const DEADLINE_MS = 20_000;

/** Whether there are terminals to be had: util-linux's `script` makes one, BSD's has other flags. */
export const HAS_TERMINAL: boolean = Deno.build.os === "linux" && isThere("script");

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Runs a command line to its end on a terminal of that width, with that environment alone. */
export async function onTerminal(
  words: readonly string[],
  { columns, env, cwd }: TerminalOptions,
): Promise<TerminalResult> {
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const { code, stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols ${columns} rows 50; exec ${line}`, "/dev/null"],
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    clearEnv: true,
    cwd,
    stdin: "null",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  const text = new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
  return { code, text: text.replace(DRAWN_OVER, "") };
}

/** A line of progress, which what follows is written over (ECMA-48, 8.3.41: erase in line). */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const DRAWN_OVER = /[^\n]*\r\x1b\[K/g;
