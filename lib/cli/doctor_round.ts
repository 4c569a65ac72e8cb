/**
 * The round of `doctor`: one examination after the other, over the network, with a word of where it
 * is.
 *
 * @module
 */
import type { Redact } from "../base/redaction.ts";
import type { Config } from "../config/config.ts";
import { CAPABILITIES } from "../doctor/capability.ts";
import { type Examination, notExamined } from "../doctor/examination.ts";
import { type ExaminationSetting, examine } from "../doctor/examiner.ts";
import type { Candidate } from "../routing/candidate.ts";
import { StubUpstream } from "../stub/stub_upstream.ts";
import { httpTransport } from "../upstream/send.ts";
import { sendTo } from "./composition.ts";
import type { InvokedConfig } from "./invoked_config.ts";
import { cut, printable } from "./layout.ts";
import { systemClock } from "./system_clock.ts";
import { columnsOf, styleOf } from "./terminal.ts";

/** What one run works with. */
export interface Visit {
  found: InvokedConfig;
  config: Config;
  redact: Redact;
  isJson: boolean;
  setting: Omit<ExaminationSetting, "send" | "onAsk">;
}

/** Examines them, one after the other; who asks to be left alone is not asked for another. */
export async function examinationsOf(
  candidates: readonly Candidate[],
  { config, setting, found }: Visit,
): Promise<Examination[]> {
  const transport = httpTransport(config.connections);
  const send = sendTo(transport, new StubUpstream(systemClock));
  const progress = progressOn(found);
  const resting = new Set<string>();
  const examinations: Examination[] = [];
  try {
    for (const candidate of candidates) {
      const { route, model } = candidate;
      const { host, href } = route.url;
      const who = JSON.stringify([host || href, route.credentials?.key]);
      if (resting.has(who)) {
        examinations.push(notExamined(candidate, "not asked, as this host said 429 to this key"));
        continue;
      }
      const onAsk = (question: string, count: number) =>
        progress.show(`${route.name} ${model}: ${titleOf(question)}, request ${count}`);
      const examination = await examine(candidate, { ...setting, send, onAsk });
      if (examination.isResting) resting.add(who);
      examinations.push(examination);
    }
    return examinations;
  } finally {
    progress.end();
    transport.close();
  }
}

/** A question is named as its column in the table will be. */
function titleOf(question: string): string {
  return CAPABILITIES.find(({ name }) => name === question)?.title ?? question;
}

const CLEAR_LINE = "\r\x1b[K";

/** One line on a terminal that is written anew; nothing anywhere else. */
function progressOn({ read }: InvokedConfig): { show(text: string): void; end(): void } {
  if (!Deno.stderr.isTerminal() || read("TERM") === "dumb") return { show() {}, end() {} };
  const encoder = new TextEncoder();
  const write = (text: string) => void Deno.stderr.writeSync(encoder.encode(text));
  const { dim } = styleOf(Deno.stderr, read);
  return {
    show: (text) => write(CLEAR_LINE + dim(cut(printable(text), columnsOf() - 1))),
    end: () => write(CLEAR_LINE),
  };
}
