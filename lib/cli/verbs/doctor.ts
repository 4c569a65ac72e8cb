/**
 * `doctor`: finds out with small real requests what every upstream can do, and what to write into
 * the configuration for it.
 *
 * @module
 */
import { redactor } from "../../base/redaction.ts";
import type { Config } from "../../config/config.ts";
import type { Examination } from "../../doctor/examination.ts";
import { MAX_REQUESTS, USUAL_REQUESTS } from "../../doctor/examiner.ts";
import { adviceFor, type RouteAdvice } from "../../doctor/prescription.ts";
import type { Candidate } from "../../routing/candidate.ts";
import { problemText } from "../config_file.ts";
import { patientsOf } from "../doctor_patients.ts";
import { examinationsOf, type Visit } from "../doctor_round.ts";
import { doctorLines, type DoctorReport, settingLine } from "../doctor_text.ts";
import { writeAdvice, type Written } from "../doctor_writing.ts";
import { type InvokedConfig, invokedConfig } from "../invoked_config.ts";
import { printable } from "../layout.ts";
import { printedJson } from "../printed_json.ts";
import { CONFIG_FLAG, STUB_FLAG } from "../serving_flags.ts";
import { say } from "../said.ts";
import { protocolWord } from "../shown_route.ts";
import { systemClock } from "../system_clock.ts";
import { pageOf, styleOf } from "../terminal.ts";
import { tellingProblems, ToldProblem } from "../told_problem.ts";
import { type ExitCode, type Invocation, JSON_FLAG, type Verb } from "../verb.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 600_000;
const DEFAULT_MAX_TOKENS = 64;
/** Responses takes no smaller limit. */
const MIN_MAX_TOKENS = 16;
const MAX_MAX_TOKENS = 4_096;

/** `doctor`. */
export const doctor: Verb = {
  name: "doctor",
  summary: "find out what upstreams can do, and what to write for it",
  flags: [
    {
      name: "route",
      value: "NAME",
      isMany: true,
      doc: "examine this route alone; may be repeated",
    },
    {
      name: "model",
      value: "NAME",
      alias: "m",
      isMany: true,
      doc: "examine this model, not the first of each route; may be repeated",
    },
    { name: "write", alias: "w", doc: "write what is missing into the file" },
    {
      name: "timeout",
      value: "MS",
      doc: `wait this long for an answer instead of ${DEFAULT_TIMEOUT_MS}`,
    },
    {
      name: "max-tokens",
      value: "COUNT",
      doc: `the limit of each answer instead of ${DEFAULT_MAX_TOKENS}; thinking models want more`,
    },
    CONFIG_FLAG,
    STUB_FLAG,
    JSON_FLAG,
  ],
  examples: [
    "doctor",
    "doctor --route openai --write",
    "doctor --model gpt-5.2 --max-tokens 1024 --json",
  ],
  run: (invocation) => tellingProblems("doctor", () => runDoctor(invocation)),
};

/** A command line that cannot be followed, in one line. */
class Misuse extends Error {}

async function runDoctor(invocation: Invocation): Promise<ExitCode> {
  try {
    return await examineAll(invocation);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function examineAll(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation;
  const limits = {
    timeoutMs: numberOf(flags, {
      name: "timeout",
      usual: DEFAULT_TIMEOUT_MS,
      bounds: [100, MAX_TIMEOUT_MS],
    }),
    maxTokens: numberOf(flags, {
      name: "max-tokens",
      usual: DEFAULT_MAX_TOKENS,
      bounds: [MIN_MAX_TOKENS, MAX_MAX_TOKENS],
    }),
  };
  const found = await invokedConfig(invocation);
  const config = configOf(found);
  if (flags.has("write") && found.path === undefined) {
    throw new Misuse("Flag --write needs a file, and the built-in stub is none");
  }
  const patients = patientsOf(config, {
    routes: listOf(flags, "route"),
    models: listOf(flags, "model"),
  });
  if ("misuse" in patients) throw new Misuse(patients.misuse);
  const redact = redactor(config.secrets);
  const setting = { ...limits, clock: systemClock, redact, newId: () => crypto.randomUUID() };
  const visit = { found, config, redact, isJson: flags.has("json"), setting };
  sayCosts(patients.candidates, visit);
  const examinations = await examinationsOf(patients.candidates, visit);
  const report = { ...patients, examinations, advice: adviceOf(examinations) };
  return conclude(report, { ...visit, writes: flags.has("write") });
}

function listOf(flags: Invocation["flags"], name: string): string[] {
  return [...new Set((flags.get(name) as string | undefined)?.split("\n") ?? [])];
}

function numberOf(
  flags: Invocation["flags"],
  { name, usual, bounds: [least, most] }: { name: string; usual: number; bounds: [number, number] },
): number {
  const text = flags.get(name) as string | undefined;
  if (text === undefined) return usual;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Misuse(`Flag --${name}: expected a whole number from ${least} to ${most}, got ${text}`);
}

function configOf({ config, problems, source, read }: InvokedConfig): Config {
  if (config) return config;
  const style = styleOf(Deno.stderr, read);
  throw new ToldProblem(problems.map((one) => problemText(source, one, style)).join("\n"));
}

/** Requests cost money: who only wants to look can still stop. */
function sayCosts(candidates: readonly Candidate[], { isJson, setting }: Visit): void {
  if ((isJson && !Deno.stderr.isTerminal()) || candidates.length === 0) return;
  const text = `Sends about ${USUAL_REQUESTS} small requests, at most ${MAX_REQUESTS}, to ` +
    `${candidates.length === 1 ? "1 route" : `each of ${candidates.length} routes and models`}; ` +
    `answers of at most ${setting.maxTokens} tokens`;
  say(text);
}

function adviceOf(examinations: readonly Examination[]): RouteAdvice[] {
  const byRoute = Map.groupBy(examinations, ({ route }) => route.index);
  return [...byRoute.values()].map(adviceFor);
}

function conclude(report: DoctorReport, visit: Visit & { writes: boolean }): ExitCode {
  const written = visit.writes ? writeAdvice(report.advice, visit) : { kind: "not asked" } as const;
  if (visit.isJson) {
    console.log(printedJson(jsonOf(report, { written, visit }), visit.config.secrets));
  } else print(report, { written, visit });
  const isWell = complaints(report).length === 0 && report.examinations.length > 0 &&
    report.advice.every(({ settings, notes }) =>
      notes.length === 0 && (settings.length === 0 || written.kind === "written")
    );
  return isWell ? 0 : 1;
}

function print(report: DoctorReport, { written, visit }: { written: Written; visit: Visit }): void {
  const page = pageOf(Deno.stdout, visit.found.read);
  const { green, red, yellow } = page.style;
  const lines = [...doctorLines(report, page), ""];
  const isMissing = report.advice.some(({ settings }) => settings.length > 0);
  if (written.kind === "written") {
    lines.push(green(`Written to ${written.path}: ${changedText(report.advice)}`));
  } else if (written.kind === "impossible") {
    lines.push(yellow(`Nothing was written: ${written.problem}; add the lines above by hand`));
  } else if (isMissing) {
    lines.push(`Add the lines above to ${visit.found.source}, or let doctor --write do it`);
  } else if (complaints(report).length === 0) lines.push(green("Nothing to change"));
  lines.push(...complaints(report).map((one) => red(one)));
  console.log(lines.map(visit.redact).join("\n"));
}

/** Who cannot answer, or was not asked everything; each route once. */
function complaints({ examinations, passedOver }: DoctorReport): string[] {
  const off = passedOver.filter(({ isOff }) => isOff).map(({ route }) => route);
  const silent = examinations.filter(({ findings }) => findings.answer.verdict !== "yes");
  const cutShort = examinations.filter(({ isCutShort }) => isCutShort);
  const names = (some: Examination[]) => some.map(({ route }) => route.name);
  return [
    ...new Set([
      ...[...names(silent), ...off].map((name) => `${printable(name)} does not answer`),
      ...names(cutShort).map((name) => `${printable(name)} was not asked everything`),
    ]),
  ];
}

function changedText(advice: readonly RouteAdvice[]): string {
  return advice.filter(({ settings }) => settings.length > 0).map(({ route, settings }) =>
    `${printable(route.name)} (${settings.map(({ key }) => key).join(", ")})`
  ).join("; ");
}

function jsonOf(report: DoctorReport, { written, visit }: { written: Written; visit: Visit }) {
  return {
    source: visit.found.source,
    examinations: report.examinations.map((one) => ({
      route: one.route.name,
      model: one.model,
      protocol: protocolWord(one.protocol),
      requests: one.requestCount,
      ms: Math.round(one.ms),
      capabilities: one.findings,
    })),
    notExamined: report.passedOver.map(({ route, reason }) => ({ route, reason })),
    missing: report.advice.filter(({ settings, notes }) => settings.length + notes.length > 0)
      .map(({ route, settings, notes }) => ({
        route: route.name,
        settings: Object.fromEntries(settings.map(({ key, value }) => [key, value])),
        lines: settings.map(settingLine),
        reasons: Object.fromEntries(
          settings.flatMap(({ key, reason }) => reason ? [[key, reason]] : []),
        ),
        notes,
      })),
    file: written.kind,
    ...(written.kind === "impossible" ? { problem: written.problem } : {}),
  };
}
