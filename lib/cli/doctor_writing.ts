/**
 * Writes what `doctor` found missing into the file, or says why it cannot.
 *
 * @module
 */
import type { RouteAdvice } from "../doctor/prescription.ts";
import { withRouteSettings } from "../setup/route_settings.ts";
import { SettingsProblem } from "../setup/settings_text.ts";
import { loadText } from "./config_file.ts";
import type { Visit } from "./doctor_round.ts";
import { ToldProblem } from "./told_problem.ts";
import { replaceFile, textOf } from "./written_file.ts";

/** What became of the file. */
export type Written =
  | { kind: "not asked" }
  | { kind: "nothing to change" }
  | { kind: "written"; path: string }
  | { kind: "impossible"; problem: string };

/** Writes it; the file is replaced only by one that loads. */
export function writeAdvice(advice: readonly RouteAdvice[], { found, redact }: Visit): Written {
  const changes = advice.filter(({ settings }) => settings.length > 0).map((one) => ({
    index: one.route.index,
    settings: Object.fromEntries(one.settings.map(({ key, value }) => [key, value])),
  }));
  const path = found.path!;
  if (changes.length === 0) return { kind: "nothing to change" };
  try {
    const text = textOf(path);
    // Somebody else may have edited it in the meantime: then its places are others.
    if (text === undefined || withoutMark(text) !== withoutMark(found.text)) {
      return { kind: "impossible", problem: `${path} was changed in the meantime` };
    }
    const edited = withRouteSettings(text, changes);
    const { config, problems } = loadText(edited, found.read);
    if (!config) {
      const [problem] = problems;
      return { kind: "impossible", problem: redact(problem?.message ?? "it could not be read") };
    }
    replaceFile(path, edited);
    return { kind: "written", path };
  } catch (error) {
    if (error instanceof SettingsProblem || error instanceof ToldProblem) {
      return { kind: "impossible", problem: error.message };
    }
    // What was found out was paid for, and is still told.
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      return { kind: "impossible", problem: `${path} may not be written` };
    }
    throw error;
  }
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}
