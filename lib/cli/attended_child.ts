/**
 * Runs a program on this terminal to its end, with every signal passed on to it.
 *
 * @module
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** What a terminal sends to every program on it. */
const TYPED: ReadonlySet<Deno.Signal> = new Set<Deno.Signal>(["SIGINT", "SIGQUIT"]);

/**
 * Starts a program, and gives its exit code.
 *
 * Signals are listened for before it starts: one may come as soon as it runs. An interrupt that is
 * typed goes to every program on the terminal, so the child has it already, and would take a second
 * one for "at once".
 */
export async function attended(spawn: () => Deno.ChildProcess): Promise<number> {
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
    child = spawn();
    return (await child.status).code;
  } finally {
    listeners.abort();
  }
}

function sendTo(child: Deno.ChildProcess | undefined, signal: Deno.Signal): void {
  try {
    child?.kill(signal);
  } catch (error) {
    // It has ended in the meantime.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
