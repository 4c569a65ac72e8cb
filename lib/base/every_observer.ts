/**
 * Several listeners as one.
 *
 * @module
 */
import type { Observer } from "./observer.ts";

/** Each kind of observation, for what has to name them all. */
const OBSERVATIONS = [
  "attemptFailed",
  "attemptEnded",
  "switched",
  "routed",
  "finished",
  "rejected",
  "reloaded",
  "heldBack",
  "learned",
  "refused",
] as const satisfies readonly (keyof Observer)[];

/**
 * Tells every one of them, in order, what it wants to hear.
 *
 * An observation that is missing in the list above is a type error here.
 */
export function everyObserver(observers: readonly Partial<Observer>[]): Observer {
  return Object.fromEntries(
    OBSERVATIONS.map((name) => [name, tellAll(name, observers)]),
  ) as unknown as Record<typeof OBSERVATIONS[number], () => void> satisfies Observer;
}

/** Who has nothing to hear of an observation is sorted out once, not at every request. */
function tellAll(name: keyof Observer, observers: readonly Partial<Observer>[]) {
  const listeners = observers.flatMap((one) => one[name]?.bind(one) ?? []);
  return (record: never) => {
    for (const tell of listeners) tell(record);
  };
}
