/**
 * Upstreams as strict as the real services, with a model for everything that a client must bear.
 *
 * Their failures have the words and codes of each service, which the stub, one for all, has not.
 *
 * @module
 */
import type { Protocol } from "../../../lib/base/protocol.ts";
import {
  eventStream,
  listen,
  type ReceivedRequest,
  type ScriptedUpstream,
  tornApart,
} from "../scripted_upstream.ts";
import type { Body } from "../upstream/wire.ts";
import { chatService } from "./chat_service.ts";
import { messagesService } from "./messages_service.ts";
import { responsesService } from "./responses_service.ts";
import {
  type Answerer,
  answerTo,
  type Kind,
  kindOf,
  RETRY_AFTER,
  type Service,
} from "./service.ts";

const SERVICES: Readonly<Record<Protocol, () => Service>> = {
  openai_chat: () => chatService,
  openai_responses: responsesService,
  anthropic_messages: messagesService,
};

/** What every prompt is said to have. */
export const COUNTED = 12;

/** Words that come before a stream breaks. */
const SAID_BEFORE = { text: "Grüße – and", calls: [], isReadable: true };

/** Starts the service of a protocol; `answerer` stands in for its models. */
export function conformanceUpstream(
  protocol: Protocol,
  answerer: Answerer = answerTo,
): ScriptedUpstream {
  const service = SERVICES[protocol]();
  return listen((request) => answer(service, request, answerer));
}

function answer(
  service: Service,
  { body: sent, headers, path }: ReceivedRequest,
  answerer: Answerer,
): Response {
  const { wire } = service;
  const body = service.resolved(sent, headers);
  const kind = kindOf(body.model);
  if (path.endsWith("/count_tokens")) {
    const problem = service.problem(body, kind);
    if (problem) return Response.json(wire.error(400, problem), { status: 400 });
    return Response.json({ input_tokens: COUNTED });
  }
  const problem = wire.problem(body, headers) ?? service.problem(body, kind);
  if (problem) return Response.json(wire.error(400, problem), { status: 400 });
  const failed = failure(service, kind, body);
  if (failed) return failed;
  const said = answerer(wire.asked(body), service.seen(body, kind), wire);
  if (!wire.asked(body).isStream) return Response.json(service.whole(said, body));
  return streamOf(service.events(said, body));
}

function failure(service: Service, kind: Kind, body: Body): Response | undefined {
  const { failures } = service;
  const isStream = body.stream === true;
  switch (kind) {
    case "limited":
      return Response.json(failures.limited, {
        status: 429,
        headers: { "retry-after": RETRY_AFTER },
      });
    case "refuses":
      return Response.json(failures.refuses, { status: 400 });
    case "overflows":
      return isStream && service.overflowsInStream
        ? brokenStream(service, body, { failure: "overflows", isBegun: false })
        : Response.json(failures.overflows, { status: 400 });
    case "errs":
      return isStream
        ? brokenStream(service, body, { failure: "errs", isBegun: false })
        : Response.json(failures.errs);
    case "breaks":
      return brokenStream(service, body, { failure: "errs", isBegun: true });
    default:
      return undefined;
  }
}

/** A stream that ends in a failure, before or after its first words. */
function brokenStream(
  service: Service,
  body: Body,
  { failure, isBegun }: { failure: "errs" | "overflows"; isBegun: boolean },
): Response {
  const events = service.events(SAID_BEFORE, body);
  const end = isBegun ? events.findIndex((event) => event.includes(' and"')) + 1 : 1;
  return streamOf([...events.slice(0, end), ...service.streamError(failure, end)]);
}

function streamOf(events: readonly string[]): Response {
  return eventStream(tornApart(events.join("")));
}
