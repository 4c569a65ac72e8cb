/**
 * What clients see of a gateway whose upstreams break: nothing, or it is counted.
 *
 * @module
 */
import type { Protocol } from "../../lib/base/protocol.ts";
import { answerTo, ask, type Seen } from "../e2e/faults/client_view.ts";
import type { GatewayProcess } from "../e2e/gateway_process.ts";
import { MAX_REQUEST_MS } from "./workers.ts";

/** One request. */
export interface Asking {
  model: string;
  client: Protocol;
  isStream: boolean;
  text: string;
}

/** One attempt, as the answer's headers tell it. */
export interface Tried {
  model: string;
  reason: string;
}

const MAX_COMPLAINTS = 20;
const MAX_COMPLAINT = 2_000;

/** Asks, looks at the answers, and keeps count. */
export class Tally {
  readonly #complaints: string[] = [];
  #requests = 0;
  #errors = 0;
  #wrong = 0;
  #truncated = 0;

  /** Whether nobody saw anything of any fault. */
  get isGood(): boolean {
    return this.#errors + this.#wrong + this.#truncated === 0;
  }

  /** How many requests were sent. */
  get requests(): number {
    return this.#requests;
  }

  /** Sends one request and checks its answer. */
  async ask(gateway: GatewayProcess, { model, client, isStream, text }: Asking): Promise<Seen> {
    this.#requests++;
    const signal = AbortSignal.timeout(MAX_REQUEST_MS);
    const seen = await ask(gateway.address, { protocol: client, model, isStream, text, signal });
    const { status, error, isBroken, isFinished } = seen;
    const expected = answerTo(text);
    const told = `${model} (${client}, ${isStream ? "stream" : "whole"})`;
    if (status !== 200 || error !== undefined || isBroken) {
      this.#errors++;
      const attempts = attemptsOf(seen).map(({ model, reason }) => `${model};${reason}`);
      this.note(`error: ${told}: ${status} ${attempts.join(", ")} ${seen.raw}`);
    } else if (!isFinished || (seen.text !== expected && expected.startsWith(seen.text))) {
      this.#truncated++;
      this.note(`truncated: ${told}: ${seen.raw}`);
    } else if (seen.text !== expected) {
      this.#wrong++;
      this.note(`wrong: ${told}: ${seen.raw}`);
    }
    return seen;
  }

  /** Keeps a sentence for the end. */
  note(text: string): void {
    if (this.#complaints.length < MAX_COMPLAINTS) {
      this.#complaints.push(text.slice(0, MAX_COMPLAINT));
    }
  }

  /** Prints the counts. */
  report(): void {
    console.log(`requests                 ${this.#requests}`);
    console.log(`client-visible errors    ${this.#errors}`);
    console.log(`wrong answers            ${this.#wrong}`);
    console.log(`silent truncations       ${this.#truncated}`);
  }

  /** Prints what was noted. */
  complain(): void {
    for (const complaint of this.#complaints) console.error(complaint);
  }
}

/** The attempts that an answer tells of. */
export function attemptsOf(seen: Seen): Tried[] {
  const text = seen.headers.get("x-gateway-attempts") ?? "";
  return text.split(", ").filter((one) => one !== "").map((one) => {
    const [model = "", reason = ""] = one.split(";");
    return { model, reason };
  });
}
