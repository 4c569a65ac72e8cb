/**
 * Examines one model of one route: the questions in order, what helps where one is refused, and
 * when it is enough.
 *
 * @module
 */
import { type Protocol, PROTOCOLS } from "../base/protocol.ts";
import type { RouteQuirks } from "../config/config.ts";
import { type Candidate, candidateOf } from "../routing/candidate.ts";
import type { Findings } from "./capability.ts";
import { allFindings, type Examination } from "./examination.ts";
import { ask, type Asking, type Observation } from "./observation.ts";
import { joinedQuirks, quirksKey } from "./quirks.ts";
import { type QuestionName, QUESTIONS, requestOf } from "./question.ts";
import { read, type ReadingContext } from "./reading.ts";
import { isAboutContent, isAboutPath } from "./refusal.ts";
import { otherField, remediesFor, type Remedy, topicOf } from "./remedy.ts";
import { failureText, faultText } from "./told.ts";

/** How many requests an examination sends at most. */
export const MAX_REQUESTS = 10;
/** How many it sends where nothing is wrong. */
export const USUAL_REQUESTS: number = QUESTIONS.length;

/** With what is examined. */
export interface ExaminationSetting extends Asking {
  maxTokens: number;
  redact: (text: string) => string;
  /** Told before every request. */
  onAsk: (question: QuestionName, requestCount: number) => void;
}

/** Examines one model of one route. */
export async function examine(
  candidate: Candidate,
  setting: ExaminationSetting,
): Promise<Examination> {
  return await new Examiner(candidate, setting).run();
}

/** Two of them show that the next one would be silent as well. */
const MAX_SILENCES = 2;

class Examiner {
  readonly #candidate: Candidate;
  readonly #setting: ExaminationSetting;
  readonly #findings: Findings = {};
  readonly #reasons: Record<string, string> = {};
  #protocol: Protocol;
  #protocols: Protocol[] | undefined;
  /** What was found beside the route's own. */
  #found: RouteQuirks = {};
  #requestCount = 0;
  #silenceCount = 0;
  #isResting = false;
  #isCutShort = false;
  /** Why nothing more is asked. */
  #end: string | undefined;

  constructor(candidate: Candidate, setting: ExaminationSetting) {
    this.#candidate = candidate;
    this.#setting = setting;
    this.#protocol = candidate.route.protocols[0]!;
  }

  async run(): Promise<Examination> {
    const { clock } = this.#setting;
    const startedAtMs = clock.nowMs();
    await this.#begin();
    for (const question of QUESTIONS.slice(1)) await this.#examine(question);
    const { route, model } = this.#candidate;
    return {
      route,
      model,
      protocol: this.#protocol,
      findings: allFindings(this.#findings, this.#end ?? "it could not be told"),
      prescription: {
        quirks: this.#found,
        ...(this.#protocols ? { protocols: this.#protocols } : {}),
        reasons: this.#reasons,
      },
      requestCount: this.#requestCount,
      ms: clock.nowMs() - startedAtMs,
      isResting: this.#isResting,
      isCutShort: this.#isCutShort,
    };
  }

  /** Whether it answers at all, and in which of the protocols. */
  async #begin(): Promise<void> {
    const observation = await this.#put("answer");
    if (observation.kind === "answered") {
      this.#note("answer", observation);
      await this.#tryOtherProtocols();
      return;
    }
    const spoken = await this.#spokenInstead(observation);
    this.#note("answer", spoken ?? observation);
    if (spoken === undefined) this.#end ??= "not asked, as it does not answer";
  }

  /** A route may say several protocols; each is to be taken at its word. */
  async #tryOtherProtocols(): Promise<void> {
    const own = this.#protocol;
    const { protocols } = this.#candidate.route;
    const answering = [own];
    for (const protocol of protocols.slice(1)) {
      this.#protocol = protocol;
      const observation = await this.#ask("answer", this.#quirks);
      const isMissing = observation.kind === "refused" && isAboutPath(observation.fault);
      if (!isMissing) answering.push(protocol);
      else this.#because("protocol", observation);
    }
    this.#protocol = own;
    if (answering.length < protocols.length) this.#protocols = answering;
  }

  /** Where nothing is at the path of one protocol, something may be at another's. */
  async #spokenInstead(observation: Observation): Promise<Observation | undefined> {
    if (observation.kind !== "refused" || !isAboutPath(observation.fault)) return undefined;
    const own = this.#protocol;
    for (const protocol of PROTOCOLS.filter((one) => one !== own)) {
      this.#protocol = protocol;
      if (this.#isOver) break;
      const other = await this.#put("answer");
      if (other.kind !== "answered") continue;
      this.#protocols = [protocol];
      this.#because("protocol", observation);
      return other;
    }
    this.#protocol = own;
    return undefined;
  }

  async #examine(question: QuestionName): Promise<void> {
    if (this.#requestCount >= MAX_REQUESTS) {
      this.#end ??= `not asked: ${MAX_REQUESTS} requests are enough for one time`;
    }
    if (this.#isOver) {
      this.#isCutShort ||= this.#findings.answer?.verdict === "yes";
      return;
    }
    if (question === "vision" && this.#quirks.vision === false) {
      this.#findings.vision = {
        verdict: "no",
        reason: "not asked: the route says that it cannot (vision: false)",
      };
      return;
    }
    this.#note(question, await this.#put(question));
  }

  /** Puts a question, and where it is refused, puts it again with what may help. */
  async #put(question: QuestionName): Promise<Observation> {
    let observation = await this.#ask(question, this.#quirksFor(question));
    const tried = new Set([quirksKey(this.#quirksFor(question))]);
    while (observation.kind === "refused" && !this.#isOver) {
      const remedy = this.#nextRemedy(question, observation, tried);
      if (remedy === undefined) break;
      const quirks = joinedQuirks(this.#quirksFor(question), remedy.quirks);
      tried.add(quirksKey(quirks));
      const again = await this.#ask(question, quirks);
      if (!this.#isBetter(again, { question, quirks, remedy })) continue;
      this.#take(remedy.quirks, observation);
      observation = again;
    }
    return observation;
  }

  #nextRemedy(
    question: QuestionName,
    { fault }: Observation & { kind: "refused" },
    tried: ReadonlySet<string>,
  ): Remedy | undefined {
    const quirks = this.#quirksFor(question);
    return remediesFor({ question, protocol: this.#protocol, quirks, fault })
      .find((one) => !tried.has(quirksKey(joinedQuirks(quirks, one.quirks))));
  }

  /** Whether a remedy led further: to an answer, or past the refusal that named it. */
  #isBetter(
    after: Observation,
    { question, quirks, remedy }: { question: QuestionName; quirks: RouteQuirks; remedy: Remedy },
  ): boolean {
    if (after.kind === "answered") return true;
    if (!remedy.isNamed || after.kind !== "refused" || !isAboutContent(after.fault)) return false;
    const [next] = remediesFor({ question, protocol: this.#protocol, quirks, fault: after.fault });
    return !next?.isNamed || topicOf(next) !== topicOf(remedy);
  }

  /** Whether nothing more may be asked. */
  get #isOver(): boolean {
    return this.#end !== undefined || this.#requestCount >= MAX_REQUESTS;
  }

  async #ask(question: QuestionName, quirks: RouteQuirks): Promise<Observation> {
    const { onAsk, maxTokens } = this.#setting;
    this.#requestCount++;
    onAsk(question, this.#requestCount);
    const { route, model } = this.#candidate;
    const protocol = this.#protocol;
    const one = candidateOf({ ...route, protocols: [protocol], quirks }, model);
    const request = requestOf(question, { protocol, model, maxTokens });
    const observation = await ask(one, request, this.#setting);
    this.#watch(observation);
    return observation;
  }

  /** Who asks to be left alone is left alone, and who is silent is not waited for ten times. */
  #watch(observation: Observation): void {
    if (observation.kind === "silent" && ++this.#silenceCount >= MAX_SILENCES) {
      this.#end ??= "not asked, as it was silent twice";
    }
    if (observation.kind === "refused" && observation.fault.status === 429) {
      this.#isResting = true;
      this.#end ??= `not asked, as it says ${failureText(observation, this.#telling)}`;
    }
  }

  #note(question: QuestionName, observation: Observation): void {
    const { findings, quirks = {} } = read(question, observation, this.#context(question));
    Object.assign(this.#findings, findings);
    if (Object.keys(quirks).length > 0) this.#take(quirks, observation);
  }

  #take(quirks: RouteQuirks, because: Observation): void {
    this.#found = joinedQuirks(this.#found, quirks);
    for (const key of Object.keys(quirks)) this.#because(key, because);
  }

  #because(key: string, observation: Observation): void {
    if (observation.kind === "refused") {
      this.#reasons[key] = faultText(observation.fault, this.#telling);
    }
  }

  get #quirks(): RouteQuirks {
    return joinedQuirks(this.#candidate.route.quirks, this.#found);
  }

  /**
   * The quirks under which a question is put. One question asks for so much that it is refused
   * anyhow: it carries the other name of the limit, to see whether clients may use that one.
   */
  #quirksFor(question: QuestionName): RouteQuirks {
    const quirks = this.#quirks;
    const isFree = this.#protocol === "openai_chat" && quirks.maxTokensField === undefined;
    if (question !== "limits" || !isFree) return quirks;
    return { ...quirks, maxTokensField: otherField(quirks) };
  }

  get #telling() {
    const { redact, timeoutMs } = this.#setting;
    return { redact, timeoutMs };
  }

  #context(question: QuestionName): ReadingContext {
    return {
      ...this.#telling,
      protocol: this.#protocol,
      quirks: question === "limits" ? this.#quirksFor(question) : this.#quirks,
      maxTokens: this.#setting.maxTokens,
      hasKey: !this.#candidate.route.forwardsClientAuth,
    };
  }
}
