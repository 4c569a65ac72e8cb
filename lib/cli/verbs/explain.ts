/**
 * `explain`: what would become of a request, without sending it.
 *
 * @module
 */
import { GatewayError } from "../../base/error.ts";
import { redactor } from "../../base/redaction.ts";
import type { Config } from "../../config/config.ts";
import { PROTOCOL_OF_WORD } from "../../config/route.ts";
import { PROTOCOL_WORDS } from "../../config/schema.ts";
import type { ChatCall } from "../../fallback/chat_call.ts";
import { MissingConfig, problemText, warningText } from "../config_file.ts";
import { type AskedCall, explainedCall } from "../explained_call.ts";
import { type ExplainReport, explainReport } from "../explain_report.ts";
import { explainLines } from "../explain_text.ts";
import { type InvokedConfig, invokedConfig } from "../invoked_config.ts";
import { printedJson } from "../printed_json.ts";
import { CONFIG_FLAG, STUB_FLAG } from "../serving_flags.ts";
import { pageOf, styleOf } from "../terminal.ts";
import { unknownWord } from "../unknown_word.ts";
import { type ExitCode, type Invocation, JSON_FLAG, type Verb } from "../verb.ts";

/** `explain`. */
export const explain: Verb = {
  name: "explain",
  summary: "tell what would become of a request, without sending it",
  operands: [{ name: "FILE", doc: "a request's JSON body; `-`: standard input" }],
  flags: [
    { name: "model", value: "NAME", alias: "m", doc: "ask for this model" },
    {
      name: "protocol",
      value: "PROTOCOL",
      doc: `the client's: ${PROTOCOL_WORDS.join(", ")}; guessed from the body`,
      words: PROTOCOL_WORDS,
    },
    {
      name: "header",
      value: "'NAME: VALUE'",
      isMany: true,
      doc: "a header that the client sends; may be repeated",
    },
    { name: "body", doc: "show the bodies, too" },
    CONFIG_FLAG,
    STUB_FLAG,
    JSON_FLAG,
  ],
  examples: [
    "explain --model auto",
    "explain request.json --protocol anthropic --body",
    "explain - --model gpt-5.2 --json",
  ],
  run: explainRequest,
};

/** A request that cannot be explained, in one line. */
class NothingToExplain extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function explainRequest(invocation: Invocation): Promise<ExitCode> {
  try {
    const asked = askedFor(invocation);
    const found = await invokedConfig(invocation);
    const config = configOf(found);
    const bytes = await bodyOf(invocation.operands[0]);
    const call = callOf({ ...asked, ...(bytes ? { bytes } : {}) });
    const report = explainReport(call, config);
    print(report, { found, config, flags: invocation.flags });
    return report.candidates.some((one) => !("refusal" in one)) ? 0 : 1;
  } catch (error) {
    const isTold = error instanceof NothingToExplain || error instanceof MissingConfig;
    if (!isTold) throw error;
    console.error(error.message);
    return error instanceof NothingToExplain ? error.exitCode : 1;
  }
}

function askedFor({ flags, operands }: Invocation): AskedCall {
  const model = flags.get("model") as string | undefined;
  if (model === undefined && operands.length === 0) {
    throw new NothingToExplain("explain needs a FILE with a request's body, or --model NAME", 2);
  }
  const headers = headersOf(flags.get("header") as string | undefined);
  const word = flags.get("protocol") as string | undefined;
  if (word === undefined) return { model, headers };
  if (!Object.hasOwn(PROTOCOL_OF_WORD, word)) {
    throw new NothingToExplain(unknownWord("protocol", word, PROTOCOL_WORDS), 2);
  }
  return { model, headers, protocol: PROTOCOL_OF_WORD[word]! };
}

function headersOf(lines: string | undefined): [name: string, value: string][] {
  return (lines?.split("\n") ?? []).map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw badHeader(line);
    const header = [line.slice(0, colon), line.slice(colon + 1).trim()] as [string, string];
    try {
      new Headers([header]);
    } catch {
      throw badHeader(line);
    }
    return header;
  });
}

function badHeader(line: string): NothingToExplain {
  return new NothingToExplain(`Flag --header: expected 'name: value', got ${line}`, 2);
}

function configOf({ config, problems, source, read }: InvokedConfig): Config {
  if (config) return config;
  const style = styleOf(Deno.stderr, read);
  const lines = problems.map((problem) => problemText(source, problem, style));
  throw new NothingToExplain(lines.join("\n"));
}

/** The bytes of a file, or of standard input; `undefined` when none is named. */
async function bodyOf(path: string | undefined): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (path === undefined) return undefined;
  try {
    if (path !== "-") return await Deno.readFile(path);
    return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new NothingToExplain(`Cannot find ${path}`);
    throw new NothingToExplain(`Cannot read ${path}: ${(error as Error).name}`);
  }
}

function callOf(asked: AskedCall): ChatCall {
  try {
    return explainedCall(asked);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new NothingToExplain(`${error.status}: ${error.message}`);
  }
}

function print(
  report: ExplainReport,
  { found, config, flags }: Pick<Invocation, "flags"> & { found: InvokedConfig; config: Config },
): void {
  const showsBody = flags.has("body");
  if (flags.has("json")) {
    const shown = showsBody ? report : withoutBodies(report);
    console.log(printedJson(shown, config.secrets));
    return;
  }
  const style = styleOf(Deno.stderr, found.read);
  for (const warning of found.warnings) console.error(warningText(warning, style));
  const redact = redactor(config.secrets);
  const lines = explainLines(report, { ...pageOf(Deno.stdout, found.read), showsBody });
  console.log(lines.map(redact).join("\n"));
}

function withoutBodies(report: ExplainReport): unknown {
  const candidates = report.candidates.map((candidate) => ({ ...candidate, body: undefined }));
  return { ...report, candidates };
}
