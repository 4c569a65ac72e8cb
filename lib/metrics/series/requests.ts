/**
 * How many requests came, and how they were answered.
 *
 * @module
 */
import { counter } from "../counter.ts";
import { endpointKind } from "../endpoint_kind.ts";

/** Requests to the API by the status that the client got. */
export const requests = counter({
  name: "gateway_requests_total",
  help: "Requests answered, by the client's protocol, the endpoint and the status (499: it left)",
  labels: ["protocol", "endpoint", "code"],
  hears: (add) => ({
    routed: ({ protocol, endpoint, status }) => add(1, protocol, endpointKind(endpoint), status),
    rejected: ({ protocol, endpoint, status }) => add(1, protocol, endpointKind(endpoint), status),
  }),
});

/** Those among them that the gateway itself turned away. */
export const rejections = counter({
  name: "gateway_rejected_requests_total",
  help: "Requests turned away with an error of the gateway's own, by the error's code",
  labels: ["code"],
  limit: 100,
  hears: (add) => ({ rejected: ({ code }) => add(1, code) }),
});
