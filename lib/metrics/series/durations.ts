/**
 * How long clients waited.
 *
 * @module
 */
import { histogram } from "../histogram.ts";

/** From a model's short answer to the longest that a request is given. */
const DURATION_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];
const FIRST_BYTE_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120];

/** The whole of a request, a stream to its end. */
export const requestDuration = histogram({
  name: "gateway_request_duration_seconds",
  help:
    "Time from a request's arrival to the last byte of its answer, attempts that failed included",
  labels: ["protocol", "stream"],
  bounds: DURATION_SECONDS,
  hears: (observe) => ({
    finished: ({ protocol, isStream, ms }) =>
      observe(ms / 1000, protocol, isStream ? "true" : "false"),
  }),
});

/** What a reader of a stream waits before the first word. */
export const firstByte = histogram({
  name: "gateway_time_to_first_byte_seconds",
  help: "Time from a request's arrival to the first byte of its streamed answer",
  labels: ["model"],
  bounds: FIRST_BYTE_SECONDS,
  hears: (observe, known) => ({
    routed({ isStream, status, model, ms }) {
      if (isStream && status < 400) observe(ms / 1000, known.model(model));
    },
  }),
});
