/**
 * What translation could not carry, and what upstreams taught it.
 *
 * @module
 */
import { counter } from "../counter.ts";
import { OTHER } from "../series_map.ts";

/** A field's name comes from the client: a longer one is nobody's. */
const MAX_FIELD = 80;

/** Fields that did not reach an upstream as they were sent. */
export const losses = counter({
  name: "gateway_losses_total",
  help: "Answers for which a field was dropped or approximated by translation",
  labels: ["field"],
  limit: 200,
  hears: (add) => ({
    routed({ losses }) {
      for (const field of losses) add(1, field.length > MAX_FIELD ? OTHER : field);
    },
  }),
});

/** Requests that one candidate could not be sent. */
export const untranslatable = counter({
  name: "gateway_untranslatable_total",
  help: "Times that a request could not be written in the protocol of a candidate",
  labels: ["protocol", "model"],
  hears: (add, known) => ({
    refused: ({ protocol, model }) => add(1, protocol, known.model(model)),
  }),
});

/** Parameters that an upstream refused. */
export const lessons = counter({
  name: "gateway_lessons_total",
  help: "Parameters that an upstream refused and that it is not sent any more",
  labels: ["model", "route"],
  hears: (add, known) => ({
    learned: ({ model, route }) => add(1, known.model(model), known.route(route)),
  }),
});
