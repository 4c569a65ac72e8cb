/**
 * `record`: the gateway as `start` serves it, and every exchange kept as a file.
 *
 * @module
 */
import { CassetteWriter } from "../cassette_folder.ts";
import { Recorder } from "../recorder.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import { tellingProblems } from "../told_problem.ts";
import type { ExitCode, Invocation, Verb } from "../verb.ts";
import { serveAndStay } from "./start.ts";

/** `record`. */
export const record: Verb = {
  name: "record",
  summary: "start the gateway and keep every exchange as a file, for replay",
  flags: [
    { name: "to", value: "DIR", doc: "write the cassettes into this folder, made when missing" },
    ...SERVING_FLAGS,
  ],
  examples: [
    "record --to cassettes",
    "record --to cassettes --config routes.yml --port 9000",
  ],
  run: (invocation) => tellingProblems("record", () => recordAndStay(invocation)),
};

async function recordAndStay(invocation: Invocation): Promise<ExitCode> {
  const folder = invocation.flags.get("to") as string | undefined;
  if (folder === undefined) {
    console.error("record needs to know where to write: --to DIR");
    return 2;
  }
  const writer = new CassetteWriter(folder);
  const firstNumber = writer.lastNumber + 1;
  const recorder = new Recorder(writer);
  return await serveAndStay(invocation, {
    tap: recorder,
    keptPermissions: ["write"],
    onListening: () =>
      console.log(`  Recording        to ${folder}, from number ${firstNumber} on\n`),
    onStopped: async () => {
      await recorder.close();
      return 0;
    },
  });
}
