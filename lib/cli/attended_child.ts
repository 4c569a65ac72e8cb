/**
 * Runs a program on this terminal to its end, with every signal passed on to it.
 *
 * @module
 */
import { ToldProblem } from "./told_problem.ts";

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** What a terminal sends to every program on it. */
const TYPED: ReadonlySet<Deno.Signal> = new Set<Deno.Signal>(["SIGINT", "SIGQUIT"]);

/** What is run: on the terminal that this process has. */
export interface Program {
  /** The names under which it may be there; the first that is found is run. */
  names: readonly string[];
  args: readonly string[];
  env: Record<string, string>;
  /** Whether `env` is all of its environment, not an addition to this process's own. */
  clearEnv?: boolean;
  /** What is told when there is none. */
  missing: string;
}

/**
 * Runs a program, and gives its exit code.
 *
 * Signals are listened for before it starts: one may come as soon as it runs. An interrupt that is
 * typed goes to every program on the terminal, so the child has it already, and would take a second
 * one for "at once".
 */
export async function attended(program: Program): Promise<number> {
  const isTyped = Deno.stdin.isTerminal();
  const listeners = new AbortController();
  let child: Deno.ChildProcess | undefined;
  for (const signal of SIGNALS) {
    const onSignal = () => {
      if (!(isTyped && TYPED.has(signal))) sendTo(child, signal);
    };
    Deno.addSignalListener(signal, onSignal);
    listeners.signal.addEventListener("abort", () => Deno.removeSignalListener(signal, onSignal));
  }
  try {
    child = spawn(program);
    return (await child.status).code;
  } finally {
    listeners.abort();
  }
}

function spawn({ names, args, env, clearEnv = false, missing }: Program): Deno.ChildProcess {
  const streams = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
  for (const name of names) {
    try {
      return new Deno.Command(name, { args: [...args], env, clearEnv, ...streams }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.PermissionDenied) {
        throw new ToldProblem(`Cannot run ${name}: it is not executable`);
      }
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new ToldProblem(missing);
}

function sendTo(child: Deno.ChildProcess | undefined, signal: Deno.Signal): void {
  try {
    child?.kill(signal);
  } catch (error) {
    // It has ended in the meantime.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
