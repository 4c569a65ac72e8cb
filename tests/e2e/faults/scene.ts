/**
 * What the tests of faults share: who asks whom, and a healthy upstream of each protocol.
 *
 * @module
 */
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import { answeringUpstream, type ScriptedUpstream } from "../scripted_upstream.ts";
import type { Form } from "./fault_scripts.ts";

/** How a route's `protocol:` says each. */
export const WORD: Readonly<Record<Protocol, string>> = {
  openai_chat: "openai",
  openai_responses: "responses",
  anthropic_messages: "anthropic",
};

/** A client and an upstream. */
export interface Pair {
  client: Protocol;
  upstream: Protocol;
}

/** Every client before every upstream. */
export const PAIRS: readonly Pair[] = PROTOCOLS.flatMap((client) =>
  PROTOCOLS.map((upstream) => ({ client, upstream }))
);

/** A healthy upstream for each protocol. */
export type Healthy = Readonly<Record<Protocol, ScriptedUpstream>>;

/** Starts a healthy upstream for each protocol. */
export function healthyUpstreams(owned: AsyncDisposableStack): Healthy {
  return Object.fromEntries(
    PROTOCOLS.map((protocol) => [protocol, owned.use(answeringUpstream({ protocol }))]),
  ) as unknown as Healthy;
}

/** One thing that is asked. */
export interface Case extends Pair {
  /** The name in the URL. */
  fault: string;
  form: Form;
  /** The case's model, and its name among the upstream's counts. */
  id: string;
}

/** The cases of one fault: in each of its forms, for each pair. */
export function casesOf(fault: string, forms: readonly Form[]): Case[] {
  return forms.flatMap((form) =>
    PAIRS.map(({ client, upstream }) => ({
      fault,
      form,
      client,
      upstream,
      id: `${fault}-${form}-${WORD[client]}-${WORD[upstream]}`,
    }))
  );
}

/** The words of each request: nobody else asks the same. */
export function textOf({ id }: Case): string {
  return `case ${id}`;
}

/** How often a healthy upstream was asked this. */
export function timesAsked(healthy: Healthy, text: string): number {
  return PROTOCOLS.flatMap((protocol) => healthy[protocol].requests)
    .filter(({ bytes }) => new TextDecoder().decode(bytes).includes(`"${text}"`)).length;
}

/** Waits for all of them, also when one fails: none may go on behind the test's back. */
export async function forEach<T>(
  things: readonly T[],
  check: (one: T, index: number) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(things.map(check));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Meetings of an upstream's script with the client for whom it plays. */
export class Meetings {
  readonly #met = new Map<string, PromiseWithResolvers<void>>();

  /** Resolves once the client called `id` was met. */
  wait(id: string): Promise<void> {
    return this.#of(id).promise;
  }

  /** The client called `id` is there. */
  meet(id: string): void {
    this.#of(id).resolve();
  }

  #of(id: string): PromiseWithResolvers<void> {
    const met = this.#met.get(id) ?? Promise.withResolvers<void>();
    this.#met.set(id, met);
    return met;
  }
}
