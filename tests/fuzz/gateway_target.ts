/**
 * The whole gateway inside this process, over stub upstreams: any request is answered, in the
 * client's shape, and nothing of the configuration comes out.
 *
 * @module
 */
import { assert } from "@std/assert";
import { isObject, type JsonObject, parseJson } from "../../lib/base/json.ts";
import { compose } from "../../lib/cli/composition.ts";
import { Log } from "../../lib/cli/log.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { stubUrlProblem } from "../../lib/stub/behaviour.ts";
import type { Random } from "../properties/random.ts";
import { BROKEN_STUBS, CLIENT_KEY, type MadeRequest, madeRequest } from "./gateway_request.ts";
import { Tally, type Target } from "./target.ts";

const SECRETS = [CLIENT_KEY, "fuzz-route-key-0002", "fuzz-header-key-0003"];

const ROUTES = [
  { name: "answers", url: "stub:ok", model: "answers", apiKey: SECRETS[1] },
  { name: "anthropic", url: "stub:ok", model: "anthropic", protocol: "anthropic" },
  {
    name: "responses",
    url: "stub:ok",
    model: "responses",
    protocol: "responses",
    headers: { authorization: `Bearer ${SECRETS[2]}` },
  },
  { name: "flaky", url: "stub:flaky?every=3&status=503", model: "flaky" },
  { name: "fails", url: "stub:fail", model: "fails" },
  ...BROKEN_STUBS.map((name) => ({ name, url: `stub:${name}`, model: name })),
];

let lines: string[] = [];

function newGateway() {
  const document = { routes: ROUTES, clients: [{ name: "fuzz", key: CLIENT_KEY }] };
  const { config, problems } = loadConfig(JSON.stringify(document), {
    read: () => undefined,
    checkStubUrl: stubUrlProblem,
  });
  assert(config, JSON.stringify(problems));
  const log = new Log((line) => lines.push(line), false);
  return compose(config, { log, version: "0", source: "routes.yml" });
}

let gateway: ReturnType<typeof newGateway> | undefined;

const statuses = new Tally();

async function isAnswered(random: Random): Promise<void> {
  const made = madeRequest(random);
  if (!made) return statuses.add("not a request");
  gateway ??= newGateway();
  const { method, url } = made.request;
  const wasAborted = made.request.signal.aborted;
  lines = [];
  const response = await gateway.fetch(made.request);
  const text = await response.text();
  statuses.add(response.status);
  try {
    isLawful(response, { text, made });
    if (!wasAborted) isBlameless(response, text);
    keepsSecrets(text + JSON.stringify([...response.headers]) + lines.join(""));
  } catch (error) {
    const { message } = error as Error;
    const told = text.slice(0, 300);
    throw new Error(`${method} ${url.slice(0, 200)} → ${response.status}: ${message}\n${told}`);
  }
}

function isLawful(
  { status, headers }: Response,
  { text, made: { request, isAnthropic } }: { text: string; made: MadeRequest },
): void {
  if (request.signal.aborted) return;
  assert(headers.get("x-gateway-request-id"), "no id");
  assert(!/\bat \S+\.ts:\d+/.test(text), "a stack trace");
  for (const line of lines) {
    assert(line.endsWith("\n") && line.indexOf("\n") === line.length - 1, line);
  }
  if (request.method === "HEAD") return assert(text === "", "HEAD with a body");
  // What other endpoints pass on stays as its upstream made it.
  const isPassedOn = headers.has("x-gateway-model-used") && !headers.has("x-gateway-attempts");
  if (status < 400 || isPassedOn) return;
  const body = parseJson(text);
  assert(isObject(body), "an error that is no JSON");
  assert(isError(body, isAnthropic), "an error of another shape");
}

function isError(body: JsonObject, isAnthropic: boolean): boolean {
  const { error } = body;
  if (!isObject(error) || typeof error.message !== "string" || error.message === "") return false;
  if (!isAnthropic) return "type" in error && "code" in error && "param" in error;
  return body.type === "error" && typeof error.type === "string" &&
    typeof body.request_id === "string";
}

/** A 5xx is an upstream's, or of the candidates that rest after theirs; never the gateway's own. */
function isBlameless({ status, headers }: Response, text: string): void {
  const internal = lines.find((line) => /event=(internal_error|uncaught|unhandled)/.test(line));
  assert(internal === undefined, internal);
  if (status < 500) return;
  const isUpstreams = headers.has("x-gateway-model-used") || headers.has("x-gateway-attempts") ||
    /"(all_resting|upstream_\w+|no_candidate\w*)"/.test(text);
  assert(isUpstreams, "a failure of the gateway's own");
}

function keepsSecrets(told: string): void {
  for (const secret of SECRETS) {
    for (const form of [secret, btoa(secret).slice(0, -2), encodeURIComponent(secret)]) {
      assert(!told.includes(form), "a secret in the answer or the log");
    }
  }
}

/** The target. */
export const gatewayTarget: Target = {
  properties: new Map([["Any request is answered in its client's shape", isAnswered]]),
  summary: () => statuses.toString(),
};
