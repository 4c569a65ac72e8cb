/**
 * Writes one client's request for as many upstreams as are asked.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import type { JsonObject } from "../base/json.ts";
import { JsonBody } from "../base/json_body.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Loss } from "../chat/loss.ts";
import { hasImage } from "../chat/images.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Route, RouteQuirks } from "../config/config.ts";
import type { Candidate } from "../routing/candidate.ts";
import { withoutSealedThinking } from "../translation/anthropic_messages/sealed_thinking.ts";
import { codecOf } from "../translation/codecs.ts";
import { withoutSealedReasoning } from "../translation/openai_responses/sealed_reasoning.ts";
import { hasEdits, withQuirks } from "../translation/quirk_edits.ts";
import { decodeRequest, encodeRequest } from "../translation/translate.ts";
import type { ChatCall } from "./chat_call.ts";

/** A body for one upstream. */
export interface WrittenRequest {
  pieces: Uint8Array<ArrayBuffer>[];
  headers: Record<string, string>;
  losses: Loss[];
}

const encoder = new TextEncoder();

/**
 * Thoughts that this gateway sealed for its clients come back to it, and mean nothing to any
 * upstream. A Chat client is shown thoughts without a seal, so nothing comes back.
 */
const UNSEAL: Readonly<Partial<Record<Protocol, (body: JsonObject) => JsonObject | undefined>>> = {
  anthropic_messages: withoutSealedThinking,
  openai_responses: withoutSealedReasoning,
};

/** The protocol in which a route is asked: the client's own where the route speaks it. */
export function protocolFor(route: Route, client: Protocol): Protocol {
  return route.protocols.includes(client) ? client : route.protocols[0]!;
}

/** Writes one request. Decodes it only when an upstream of another protocol is asked, and once. */
export class RequestWriter {
  readonly #call: ChatCall;
  #decoded: ChatRequest | undefined;

  constructor(call: ChatCall) {
    this.#call = call;
  }

  /** The request in canonical form. */
  decoded(): ChatRequest {
    this.#decoded ??= decodeRequest(this.#call.body.value, codecOf(this.#call.protocol));
    return this.#decoded;
  }

  /**
   * The body for a candidate.
   *
   * @throws {GatewayError} `invalid_request` for what can be neither carried nor left out.
   */
  write(candidate: Candidate, quirks: RouteQuirks): WrittenRequest {
    if (quirks.vision === false) this.#refuseImages(candidate);
    const protocol = protocolFor(candidate.route, this.#call.protocol);
    if (protocol === this.#call.protocol) return this.#unchanged(candidate.model, quirks);
    const upstream = codecOf(protocol);
    const request = this.decoded();
    const encoded = encodeRequest(request, { upstream, model: candidate.model, quirks });
    if (this.#call.isStrict || quirks.strict) refuseChangedMeaning(encoded.losses);
    return {
      pieces: [encoder.encode(JSON.stringify(encoded.body))],
      headers: encoded.headers,
      losses: encoded.losses,
    };
  }

  /** Another candidate may see what this one cannot, so it is not tried at all. */
  #refuseImages({ model }: Candidate): void {
    if (!hasImage(this.decoded().messages)) return;
    throw new GatewayError("invalid_request", `The model ${model} cannot read images`, {
      code: "vision_unsupported",
    });
  }

  /** The client's own bytes; only the model's name is another, unless a quirk asks for more. */
  #unchanged(model: string, quirks: RouteQuirks): WrittenRequest {
    const { protocol } = this.#call;
    const edited = this.#edited(quirks);
    const body = edited ? JsonBody.of(edited) : this.#call.body;
    const pieces = model === this.#call.model ? [body.bytes] : body.with("model", model);
    const headers = protocol === "anthropic_messages" ? { "anthropic-version": "2023-06-01" } : {};
    return { pieces, headers: headers as Record<string, string>, losses: [] };
  }

  #edited(quirks: RouteQuirks): JsonObject | undefined {
    const { body, protocol } = this.#call;
    const unsealed = body.mayBeMarked ? UNSEAL[protocol]?.(body.value) : undefined;
    if (!hasEdits(quirks)) return unsealed;
    return withQuirks(unsealed ?? body.value, { protocol, quirks }) ?? unsealed;
  }
}

function refuseChangedMeaning(losses: readonly Loss[]): void {
  const fields = losses.filter((loss) => loss.changesMeaning).map((loss) => loss.field);
  if (fields.length === 0) return;
  throw new GatewayError(
    "invalid_request",
    `Cannot carry ${fields.join(", ")} to this upstream, and the request is strict`,
    { code: "translation_loss", details: { fields } },
  );
}
