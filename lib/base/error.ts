/**
 * What can go wrong, as one closed list: each kind has an HTTP status, and each
 * protocol's codec says how it looks on that protocol's wire.
 *
 * @module
 */

/** Every kind of failure that a client can be told about. */
export type ErrorKind =
  | "invalid_request"
  | "authentication"
  | "billing"
  | "permission"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "too_large"
  | "unsupported_media_type"
  | "unprocessable"
  | "rate_limit"
  | "internal"
  | "upstream"
  | "unavailable"
  | "timeout"
  | "overloaded";

/** The HTTP status of a failure that did not bring its own. */
export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid_request: 400,
  authentication: 401,
  billing: 402,
  permission: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  rate_limit: 429,
  internal: 500,
  upstream: 502,
  unavailable: 503,
  timeout: 504,
  overloaded: 529,
};

const KIND_OF_STATUS: ReadonlyMap<number, ErrorKind> = new Map(
  Object.entries(STATUS_OF_KIND).map(([kind, status]) => [status, kind as ErrorKind]),
);

/**
 * The kind that an upstream's status stands for.
 *
 * @param status An HTTP status of 400 or more.
 * @returns Its kind; for a status without one, `invalid_request` below 500 and `upstream` above.
 */
export function kindOfStatus(status: number): ErrorKind {
  return KIND_OF_STATUS.get(status) ?? (status < 500 ? "invalid_request" : "upstream");
}

/** What a {@linkcode GatewayError} carries beside its kind and message. */
export interface GatewayErrorOptions {
  /** The HTTP status, when it is not the usual one of the kind. */
  status?: number;
  /** A stable machine-readable name, such as `model_not_found`. */
  code?: string;
  /** The place in the request that is at fault, such as `messages[2].content`. */
  param?: string;
  /** Further machine-readable facts, sent to the client as `details`. */
  details?: Record<string, unknown>;
  /** The failure underneath. */
  cause?: unknown;
}

/** A failure that the client is told about, in its own protocol. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly kind: ErrorKind;
  readonly status: number;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(kind: ErrorKind, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.status = options.status ?? STATUS_OF_KIND[kind];
    this.code = options.code;
    this.param = options.param;
    this.details = options.details;
  }
}

/** A request body that a protocol does not allow: always a 400 that names the place. */
export function badRequest(place: string, problem: string): GatewayError {
  return new GatewayError("invalid_request", `${place}: ${problem}`, { param: place });
}
