/**
 * Answers clients from cassettes, in place of the gateway that they were recorded from.
 *
 * @module
 */
import { makeInert } from "../app/browser_safety.ts";
import { asGatewayError, errorAnswer } from "../app/error_answer.ts";
import type { Gateway } from "../app/gateway.ts";
import { guard } from "../app/guard.ts";
import { readBody } from "../app/request_body.ts";
import { errorProtocol } from "../app/request_context.ts";
import { GatewayError } from "../base/error.ts";
import type { RecordedRequest } from "../stub/cassette.ts";
import { differencesText, differenceText } from "../stub/cassette_diff.ts";
import type { CassetteShelf, Miss } from "../stub/cassette_match.ts";
import { recordBody } from "../stub/recorded_body.ts";
import type { Log } from "./log.ts";
import { Playing } from "./playing.ts";
import { isApiPath } from "./recorder.ts";
import type { Fetch, Tap } from "./tap.ts";

/** Differences that a client is told of as data. */
const MAX_DIFFERENCES = 20;

/** Plays cassettes to the clients of one gateway. */
export class Player implements Tap {
  readonly #shelf: CassetteShelf;
  readonly #options: { isTimed: boolean };

  constructor(shelf: CassetteShelf, options: { isTimed: boolean }) {
    this.#shelf = shelf;
    this.#options = options;
  }

  answering(answer: Fetch, parts: { gateway: Gateway; log: Log }): Fetch {
    return async (request) => {
      const { pathname } = new URL(request.url);
      if (!isApiPath(pathname)) return await answer(request);
      const requestId = parts.gateway.newId();
      try {
        guard(request, parts.gateway.state.config);
        const recorded = await this.#find(request, { ...parts, requestId });
        // The list of models is not lost for want of a cassette: it names those of all cassettes.
        return recorded ?? await answer(request);
      } catch (error) {
        const known = asGatewayError(error);
        if (known.kind === "internal") parts.gateway.unexpected(error);
        const response = errorAnswer(known, { protocol: errorProtocol(pathname), requestId });
        response.headers.set("x-gateway-request-id", requestId);
        makeInert(response.headers, { isPage: false });
        if (known.code === MISS) response.headers.set("x-should-retry", "false");
        return response;
      }
    };
  }

  async #find(
    request: Request,
    { gateway, log, requestId }: { gateway: Gateway; log: Log; requestId: string },
  ): Promise<Response | undefined> {
    const asked = await askedBy(request, gateway);
    if (isModelList(asked) && !this.#shelf.has(asked)) return undefined;
    const found = this.#shelf.take(asked);
    if ("miss" in found) throw missed(found.miss, { asked, log, requestId });
    const { name, cassette } = found.hit;
    log.write({
      event: "replayed",
      request_id: requestId,
      cassette: name,
      status: cassette.answer.status,
    });
    return await new Playing(found.hit, { gateway, requestId, ...this.#options }).response();
  }
}

/** The code of the error that a client gets for a request that no cassette answers. */
const MISS = "cassette_miss";

/** A request in the form in which requests were recorded. */
async function askedBy(request: Request, gateway: Gateway): Promise<RecordedRequest> {
  const { pathname, search } = new URL(request.url);
  const { clock, state: { config } } = gateway;
  const bytes = request.body === null ? undefined : await readBody(request, { clock, config });
  const cleaning = { redact: gateway.state.redact, requestId: "" };
  return {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    headers: { "content-type": request.headers.get("content-type") ?? "" },
    ...(bytes && bytes.length > 0 ? { body: recordBody(bytes, { cleaning, isLoose: true }) } : {}),
  };
}

function isModelList({ method, path }: RecordedRequest): boolean {
  return method === "GET" && /^(?:\/v1|\/anthropic(?:\/v1)?)\/models(?:\/|$)/.test(path);
}

function missed(
  { nearest, playedCount }: Miss,
  { asked, log, requestId }: { asked: RecordedRequest; log: Log; requestId: string },
): GatewayError {
  const told = nearest
    ? `; the nearest is ${nearest.name}: ${differencesText(nearest.differences)}`
    : playedCount > 0
    ? `: all ${playedCount} that do were played`
    : "";
  log.write({
    event: MISS,
    request_id: requestId,
    method: asked.method,
    path: asked.path,
    nearest: nearest?.name,
    differences: nearest && differencesText(nearest.differences),
    played: playedCount > 0 ? playedCount : undefined,
  });
  // 404 rather than 409, which clients take for a reason to ask again.
  return new GatewayError("not_found", `No cassette answers this request${told}`, {
    code: MISS,
    details: {
      error_code: MISS,
      ...(nearest
        ? {
          nearest: nearest.name,
          differences: nearest.differences.slice(0, MAX_DIFFERENCES).map(differenceText),
        }
        : {}),
    },
  });
}
