/**
 * The few questions of `init`, for who sits at a terminal.
 *
 * @module
 */
import type { ChosenProvider, FoundServer } from "../setup/first_file.ts";
import { withUsualKey } from "../setup/first_file.ts";
import { PROVIDERS } from "../setup/providers.ts";
import { counted } from "./counted.ts";

/** Asks one question; `null` when there is nobody to answer any more. */
export type Ask = (question: string) => string | null;

/** What was found, and then what of it is used. */
export interface Choice {
  providers: readonly ChosenProvider[];
  servers: readonly FoundServer[];
}

/** Shows text above a question. */
export type Say = (line: string) => void;

/** Asks which of what was found is used, and what else. */
export function chosenByAsking(found: Choice, { ask, say }: { ask: Ask; say: Say }): Choice {
  const rows = [
    ...found.servers.map((server) => ({
      label: `${server.server.title}: ${
        counted(server.models.length, "model")
      } on port ${server.server.port}`,
      server,
    })),
    ...found.providers.map((provider) => ({
      label: `${provider.provider.title}: ${provider.keyVariable} is set`,
      provider,
    })),
  ];
  if (rows.length === 0) say("No key was found in the environment, and no local server.");
  const used = rows.length === 0 ? [] : picked(rows, {
    title: "Found:",
    question: "Which of these? Numbers, or Enter for all:",
    whenEmpty: rows,
    ask,
    say,
  });
  const rest = PROVIDERS
    .filter((one) => !found.providers.some(({ provider }) => provider === one))
    .map((one) => ({
      label: `${one.title} (${one.keyVariables[0]})`,
      provider: withUsualKey(one),
    }));
  const added = picked(rest, {
    title: "Others, whose key you set later:",
    question: "Which of these as well? Numbers, or Enter for none:",
    whenEmpty: [],
    ask,
    say,
  });
  return {
    servers: used.flatMap((row) => "server" in row ? [row.server] : []),
    providers: [...used, ...added].flatMap((row) => "provider" in row ? [row.provider] : []),
  };
}

interface Menu<T> {
  title: string;
  question: string;
  /** What an empty answer means. */
  whenEmpty: readonly T[];
  ask: Ask;
  say: Say;
}

/** Shows rows with numbers, and asks until the answer names some of them. */
function picked<T extends { label: string }>(rows: readonly T[], menu: Menu<T>): readonly T[] {
  const { title, question, whenEmpty, ask, say } = menu;
  const width = String(rows.length).length;
  say(title);
  rows.forEach(({ label }, index) => say(`  ${String(index + 1).padStart(width)}. ${label}`));
  for (;;) {
    const answer = ask(question);
    const words = answer?.split(/[\s,]+/).filter(Boolean) ?? [];
    if (words.length === 0) return whenEmpty;
    const numbers = words.map(Number);
    const isGood = numbers.every((one) => Number.isInteger(one) && one >= 1 && one <= rows.length);
    if (isGood) return rows.filter((_, index) => numbers.includes(index + 1));
    say(
      rows.length === 1
        ? "Expected 1, or Enter alone"
        : `Expected numbers from 1 to ${rows.length}, as in: 1, 2`,
    );
  }
}
