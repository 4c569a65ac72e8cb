/**
 * The machine that figures were taken on: without it they say little.
 *
 * @module
 */

/** The machine and the runtime in one line. */
export function machineLine(): string {
  const model = /model name\s*:\s*(.+)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const memoryGiB = Math.round(Deno.systemMemoryInfo().total / 1024 ** 3);
  const cores = navigator.hardwareConcurrency;
  const kernel = Deno.osRelease().split("-")[0];
  return `${model ?? Deno.build.arch}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, ` +
    `Deno ${Deno.version.deno}`;
}

/** How busy the machine is by others: the load of the last minute. */
export function loadAverage(): number {
  return Deno.loadavg()[0]!;
}
