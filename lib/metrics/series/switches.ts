/**
 * Who stood in for whom.
 *
 * @module
 */
import { counter } from "../counter.ts";

/** Changes of candidate within a request. */
export const switches = counter({
  name: "gateway_switches_total",
  help: "Changes from a candidate that failed to the next one",
  labels: ["from_model", "from_route", "to_model", "to_route"],
  limit: 1_000,
  hears: (add, known) => ({
    switched: ({ fromModel, fromRoute, toModel, toRoute }) =>
      add(
        1,
        known.model(fromModel),
        known.route(fromRoute),
        known.model(toModel),
        known.route(toRoute),
      ),
  }),
});

/** Requests that were kept from a further attempt. */
export const heldBack = counter({
  name: "gateway_retry_budget_refusals_total",
  help: "Requests that found no next attempt, as too many attempts had failed lately",
  labels: ["protocol"],
  hears: (add) => ({ heldBack: ({ protocol }) => add(1, protocol) }),
});
