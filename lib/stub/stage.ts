/**
 * Plays a scenario: finds the rule that answers a request, and keeps count of what came before.
 *
 * @module
 */
import { conversationOf } from "../routing/conversation.ts";
import { perform, type Performed } from "./behaviour.ts";
import { type Asked, type Condition, conditionOf, takesCall } from "./conditions.ts";
import type { Outcome, Rule, Scenario } from "./scenario.ts";
import { paceOf, rawAnswer, scriptOf } from "./wanted_answer.ts";

/** What a rule does with a request. */
export interface Staged extends Performed {
  /** The rule's name. */
  rule: string;
}

/** More sessions than this are forgotten, the oldest first. */
const MAX_SESSIONS = 10_000;

/** What a rule has seen of one session. */
interface Count {
  /** Requests that its conditions took. */
  calls: number;
  /** Those of them that it answered. */
  answered: number;
}

/** How often a rule answered so far. */
export interface Tally {
  name: string;
  answered: number;
}

interface StagedRule {
  rule: Rule;
  holds: Condition;
  counts: Map<string, Count>;
}

/** A scenario while it is played. */
export class Stage {
  readonly #rules: StagedRule[];

  constructor({ rules }: Scenario) {
    this.#rules = rules.map((rule) => ({
      rule,
      holds: conditionOf(rule.when),
      counts: new Map(),
    }));
  }

  /** What each rule did so far. */
  tally(): Tally[] {
    return this.#rules.map(({ rule: { name }, counts }) => ({
      name,
      answered: [...counts.values()].reduce((sum, { answered }) => sum + answered, 0),
    }));
  }

  /** What the first fitting rule does; `undefined` when none fits. */
  answer(asked: Asked): Staged | undefined {
    for (const { rule, holds, counts } of this.#rules) {
      if (!holds(asked)) continue;
      const count = countOf(counts, keyOf(rule, asked));
      count.calls++;
      if (!takesCall(rule.when.call, count.calls) || count.answered >= rule.times) continue;
      count.answered++;
      return { rule: rule.name, ...performed(rule, asked, count.answered) };
    }
    return undefined;
  }
}

function performed({ outcomes, cycles }: Rule, asked: Asked, turn: number): Performed {
  const index = cycles ? (turn - 1) % outcomes.length : Math.min(turn, outcomes.length) - 1;
  const { answer, fault, pace }: Outcome = outcomes[index]!;
  return perform(asked, {
    behaviour: fault,
    ...paceOf(pace),
    plain: answer?.raw ? rawAnswer(answer.raw) : answer ? undefined : asked.plain,
    ...(answer && !answer.raw ? { script: scriptOf(answer, asked) } : {}),
  }, turn);
}

function keyOf({ per }: Rule, { body, headers }: Asked): string {
  if (per === "run") return "";
  const { session = "", opening = "" } = conversationOf(body, headers);
  return per === "session" ? session || opening : `${session}/${opening}`;
}

function countOf(counts: Map<string, Count>, key: string): Count {
  const count = counts.get(key) ?? { calls: 0, answered: 0 };
  counts.delete(key);
  counts.set(key, count);
  if (counts.size > MAX_SESSIONS) counts.delete(counts.keys().next().value!);
  return count;
}
