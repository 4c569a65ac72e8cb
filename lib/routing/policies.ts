/**
 * How `auto` orders its models for a new conversation.
 *
 * @module
 */

/** What a policy may look at. */
export interface PolicyView {
  /** The models of `auto`, in file order. */
  models: readonly string[];
  /** How many new conversations came before this one. */
  turn: number;
  /** A model's weight: the sum of its routes'. */
  weightOf(model: string): number;
  /** A model's average time to an answer, in milliseconds; `undefined` while unknown. */
  latencyOf(model: string): number | undefined;
}

/** Puts the models in the order in which they are tried. */
export type Policy = (view: PolicyView) => string[];

function startingAt(models: readonly string[], first: number): string[] {
  return [...models.slice(first), ...models.slice(0, first)];
}

const roundRobin: Policy = ({ models, turn }) => startingAt(models, turn % models.length);

const ordered: Policy = ({ models }) => [...models];

/**
 * Deals the turns of one cycle out so that each model begins as many as its weight says, spread
 * evenly: the smooth weighted round robin of nginx, computed for one turn.
 */
const weighted: Policy = ({ models, turn, weightOf }) => {
  const weights = models.map(weightOf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credit = models.map(() => 0);
  let first = 0;
  for (let step = 0; step <= turn % total; step++) {
    weights.forEach((weight, index) => credit[index]! += weight);
    first = credit.indexOf(Math.max(...credit));
    credit[first]! -= total;
  }
  return startingAt(models, first);
};

/** Models without a measurement come first, so that each is measured once. */
const leastLatency: Policy = ({ models, latencyOf }) =>
  [...models].sort((one, other) => (latencyOf(one) ?? -1) - (latencyOf(other) ?? -1));

/** Every policy, by its name in the configuration. */
export const POLICIES: Readonly<
  Record<"round-robin" | "ordered" | "weighted" | "least-latency", Policy>
> = {
  "round-robin": roundRobin,
  ordered,
  weighted,
  "least-latency": leastLatency,
};
