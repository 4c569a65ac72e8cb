/**
 * `check`: reads the configuration as `start` would, and says what it amounts to.
 *
 * @module
 */
import { redactor } from "../../base/redaction.ts";
import type { Config } from "../../config/config.ts";
import type { LocatedProblem } from "../../config/load.ts";
import { type ConfigReport, configReport, offProblems } from "../check_report.ts";
import { checkLines } from "../check_text.ts";
import { counted } from "../counted.ts";
import { MissingConfig, problemText, warningText } from "../config_file.ts";
import { type InvokedConfig, invokedConfig } from "../invoked_config.ts";
import { withFlags } from "../served_config.ts";
import { SERVING_FLAGS } from "../serving_flags.ts";
import { printedJson } from "../printed_json.ts";
import { pageOf, type Style, styleOf } from "../terminal.ts";
import { type ExitCode, type Invocation, JSON_FLAG, type Verb } from "../verb.ts";

/** `check`. */
export const check: Verb = {
  name: "check",
  summary: "check the configuration, and show what it amounts to",
  flags: [...SERVING_FLAGS, JSON_FLAG],
  examples: ["check", "check --config other.yml --json"],
  run: checkConfig,
};

/** What was found, whether or not it can be served. */
interface Findings {
  found: InvokedConfig;
  /** As it would be served; absent when it cannot be. */
  config?: Config;
  problems: LocatedProblem[];
  warnings: string[];
}

async function checkConfig(invocation: Invocation): Promise<ExitCode> {
  try {
    const findings = findingsOf(await invokedConfig(invocation), invocation);
    if (invocation.flags.has("json")) {
      console.log(printedJson(jsonOf(findings), findings.config?.secrets));
    } else printAll(findings);
    return findings.problems.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof MissingConfig)) throw error;
    if (invocation.flags.has("json")) {
      console.log(printedJson({ ok: false, problems: [{ message: error.message }] }));
    } else console.error(error.message);
    return 1;
  }
}

/** A route that is off is a problem here: `start` can only warn of it, and go on. */
function findingsOf(found: InvokedConfig, { flags }: Invocation): Findings {
  const { source } = found;
  const served = withFlags(found, { source, flags });
  if (!("config" in served)) {
    // What the file is not to blame for has no place in it.
    const problems = found.config
      ? served.problems.map((message) => ({ message }))
      : found.problems;
    return { found, problems, warnings: found.warnings };
  }
  const { config } = served;
  const problems = offProblems(config.offRoutes);
  const told = new Set(problems.map(({ message }) => message));
  return { found, config, problems, warnings: found.warnings.filter((one) => !told.has(one)) };
}

function jsonOf({ found, config, problems, warnings }: Findings) {
  return {
    ok: problems.length === 0,
    source: found.source,
    problems: problems.map(({ position, message }) => ({ ...position, message })),
    warnings,
    ...(config ? { host: config.host, port: config.port, ...configReport(config) } : {}),
  };
}

function printAll({ found, config, problems, warnings }: Findings): void {
  const { source, read } = found;
  const style = styleOf(Deno.stderr, read);
  for (const problem of problems) console.error(problemText(source, problem, style));
  for (const warning of warnings) console.error(warningText(warning, style));
  if (!config) return;
  // Before the eyes of a reader, for whom both streams are one page.
  if (problems.length + warnings.length > 0 && Deno.stderr.isTerminal()) console.error("");
  const page = pageOf(Deno.stdout, read);
  const redact = redactor(config.secrets);
  const report = configReport(config);
  const lines = [
    ...checkLines(report, page),
    "",
    verdict(report, { source, problemCount: problems.length, style: page.style }),
  ];
  console.log(lines.map(redact).join("\n"));
}

function verdict(
  { routes, models }: ConfigReport,
  { source, problemCount, style }: { source: string; problemCount: number; style: Style },
): string {
  if (problemCount > 0) {
    return style.red(`${source}: ${counted(problemCount, "problem")}`);
  }
  const names = models.filter(({ name }) => name !== "*").length;
  return style.green(
    `${source}: no problem, ${counted(routes.length, "route")}, ` +
      counted(names, "model"),
  );
}
