/**
 * The gateway as a test double: a scenario's rules stand before it and answer on the wire, faults
 * included; what no rule answers goes on to the gateway. Test authors see what was asked.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import { isObject, type JsonObject, type JsonValue, parseJson } from "../base/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Asked } from "../stub/conditions.ts";
import { loggedHeaders, type LoggedRequest, RequestLog } from "../stub/request_log.ts";
import { loadScenario, type Scenario, type ScenarioProblem } from "../stub/scenario.ts";
import { isChatEndpoint, protocolOf, speaksAt } from "../stub/spoken.ts";
import { Stage, type Staged } from "../stub/stage.ts";
import { type PlainAnswer, plainSteps, type WireStep } from "../stub/wire.ts";
import { codecOf } from "../translation/codecs.ts";
import { asGatewayError, errorAnswer } from "./error_answer.ts";
import type { Gateway } from "./gateway.ts";
import { guard } from "./guard.ts";
import { isJson, readBody } from "./request_body.ts";
import { type Endpoint, endpointOf, errorProtocol } from "./request_context.ts";

/** An answer of the gateway, or the steps of one that goes its own way on the wire. */
export type StubAnswer = Response | Iterable<WireStep>;

/** What a stub is made of. */
export interface StubOptions {
  gateway: Pick<Gateway, "state" | "clock" | "unexpected">;
  /** Answers what no rule does. */
  next: (request: Request) => Response | Promise<Response>;
  /** What holds from the start, and again when another one is taken away. */
  scenario: Scenario;
  /** Hears of every request that was noted. */
  onRequest?: (request: LoggedRequest) => void;
}

/** Where test authors look and set. */
const STUB_PATHS = {
  requests: "/gateway/stub/requests",
  scenario: "/gateway/stub/scenario",
} as const;

const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** A stub that can be asked. */
export class StubApp {
  readonly #options: StubOptions;
  readonly #log = new RequestLog();
  #stage: Stage;

  constructor(options: StubOptions) {
    this.#options = options;
    this.#stage = new Stage(options.scenario);
  }

  /** What was asked. */
  get log(): RequestLog {
    return this.#log;
  }

  /** Answers a request. */
  readonly answer = async (request: Request): Promise<StubAnswer> => {
    const { pathname } = new URL(request.url);
    const { gateway, next } = this.#options;
    try {
      guard(request, gateway.state.config);
      const control = this.#control(request, pathname);
      if (control !== undefined) return await control;
      const endpoint = endpointOf(pathname);
      return endpoint === undefined ? await next(request) : await this.#api(request, endpoint);
    } catch (error) {
      const known = asGatewayError(error);
      if (known.kind === "internal") gateway.unexpected(error);
      return errorAnswer(known, { protocol: errorProtocol(pathname), requestId: "" });
    }
  };

  /** A request of the API: noted, and answered by a rule or by the gateway. */
  async #api(request: Request, endpoint: Endpoint): Promise<StubAnswer> {
    const { gateway: { clock, state }, next, onRequest } = this.#options;
    const limits = { clock, config: state.config };
    const bytes = WITHOUT_BODY.has(request.method) ? undefined : await readBody(request, limits);
    const sent = bytes === undefined ? undefined : bodyOf(request, bytes);
    const forward = async () =>
      await next(bytes === undefined ? request : new Request(request, { body: bytes }));
    // Where the stub has no words of its own, a rule works on the gateway's.
    const plain = speaksAt(endpoint.path) ? undefined : await plainOf(await forward());
    const id = `stub-${this.#log.count + 1}`;
    const asked = { ...askedOf(request, { endpoint, sent, id }), plain };
    // A body that is not what it should be is for the gateway to refuse.
    const isReadable = !isChatEndpoint(endpoint.path) || (isJson(request) && isObject(sent));
    const staged = isReadable ? this.#stage.answer(asked) : undefined;
    onRequest?.(this.#log.add(notedOf(request, { sent, staged }), bytes?.length ?? 0));
    if (staged) return staged.steps;
    return plain ? plainSteps(plain, { delayMs: 0, chunkMs: 0 }) : await forward();
  }

  #control(request: Request, pathname: string): Response | Promise<Response> | undefined {
    const handlers: Record<string, Record<string, () => Response | Promise<Response>>> = {
      [STUB_PATHS.requests]: {
        GET: () => this.#requests(request),
        DELETE: () => (this.#log.clear(), new Response(null, { status: 204 })),
      },
      [STUB_PATHS.scenario]: {
        GET: () => Response.json({ rules: this.#stage.tally() }),
        POST: () => this.#takeScenario(request),
        DELETE: () => this.#play(this.#options.scenario),
      },
    };
    if (!Object.hasOwn(handlers, pathname)) return undefined;
    const methods = handlers[pathname]!;
    if (Object.hasOwn(methods, request.method)) return methods[request.method]!();
    const allowed = Object.keys(methods).join(", ");
    throw new GatewayError("method_not_allowed", `${pathname} takes ${allowed}`);
  }

  #requests(request: Request): Response {
    if (new URL(request.url).searchParams.get("format") === "text") {
      return new Response(this.#log.text(), { headers: { "content-type": "application/jsonl" } });
    }
    const { count, requests } = this.#log;
    return Response.json({ count, requests });
  }

  async #takeScenario(request: Request): Promise<Response> {
    const { clock, state } = this.#options.gateway;
    const limits = { clock, config: state.config };
    const loaded = loadScenario(new TextDecoder().decode(await readBody(request, limits)));
    return "problems" in loaded ? problemAnswer(loaded.problems) : this.#play(loaded.scenario);
  }

  #play(scenario: Scenario): Response {
    this.#stage = new Stage(scenario);
    return Response.json({ rules: this.#stage.tally() });
  }
}

function problemAnswer(problems: readonly ScenarioProblem[]): Response {
  const lines = problems.map(({ position: { line, column }, message }) =>
    `${line}:${column} ${message}`
  );
  const error = {
    message: lines.join("\n"),
    type: "invalid_request_error",
    code: "invalid_scenario",
    param: null,
    problems: problems.map(({ position, message }) => ({ ...position, message })),
  };
  return Response.json({ error }, { status: 400 });
}

/** A body as it is noted: parsed where it is JSON, else as text. */
function bodyOf(request: Request, bytes: Uint8Array): JsonValue {
  const text = new TextDecoder().decode(bytes);
  return (isJson(request) ? parseJson(text) : undefined) ?? text;
}

async function plainOf(response: Response): Promise<PlainAnswer> {
  const { status, headers } = response;
  const chunks = [new Uint8Array(await response.arrayBuffer())];
  return { status, headers: [...headers], chunks, isStream: false };
}

function askedOf(
  request: Request,
  { endpoint, sent, id }: { endpoint: Endpoint; sent: JsonValue | undefined; id: string },
): Asked {
  const body: JsonObject = isObject(sent) ? sent : {};
  let chat: ChatRequest | undefined | "unread" = "unread";
  return {
    endpoint: endpoint.path,
    body,
    id,
    method: request.method,
    headers: request.headers,
    chat: () => {
      if (chat === "unread") chat = decoded(endpoint.path, body);
      return chat;
    },
  };
}

function decoded(path: string, body: JsonObject): ChatRequest | undefined {
  if (!isChatEndpoint(path)) return undefined;
  try {
    return codecOf(protocolOf(path)).decodeRequest(body);
  } catch {
    // Not a conversation that the protocol allows; whoever answers it says so.
    return undefined;
  }
}

function notedOf(
  { method, url, headers }: Request,
  { sent, staged }: { sent: JsonValue | undefined; staged: Staged | undefined },
): Omit<LoggedRequest, "number"> {
  const { pathname, search } = new URL(url);
  return {
    method,
    path: pathname + search,
    headers: loggedHeaders(headers),
    ...(sent === undefined || sent === "" ? {} : { body: sent }),
    ...(staged === undefined ? {} : { rule: staged.rule }),
    ...(staged?.fault === undefined ? {} : { fault: staged.fault }),
  };
}
