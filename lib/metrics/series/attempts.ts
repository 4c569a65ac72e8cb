/**
 * How upstreams answered.
 *
 * @module
 */
import { counter } from "../counter.ts";
import { OTHER } from "../series_map.ts";

/** HTTP requests to upstreams, each counted once, when it ended. */
export const attempts = counter({
  name: "gateway_attempts_total",
  help:
    "Requests to upstreams on chat endpoints, by outcome: ok, a status, or a word for the failure",
  labels: ["model", "route", "outcome"],
  limit: 2_000,
  hears: (add, known) => ({
    attemptEnded({ model, route, isOk }) {
      if (isOk) add(1, known.model(model), known.route(route), "ok");
    },
    attemptFailed({ model, route, status, reason, isCommitted }) {
      // What broke after its first byte was counted when that came.
      if (isCommitted) return;
      add(1, known.model(model), known.route(route), reason ?? status ?? OTHER);
    },
  }),
});

/** Answers that broke off when nothing could be tried again. */
export const brokenStreams = counter({
  name: "gateway_broken_streams_total",
  help: "Answers that broke off after their first byte had reached the client, by reason",
  labels: ["model", "route", "reason"],
  hears: (add, known) => ({
    attemptFailed({ model, route, reason, isCommitted }) {
      if (isCommitted) add(1, known.model(model), known.route(route), reason ?? OTHER);
    },
  }),
});
