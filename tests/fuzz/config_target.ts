/**
 * The loader of `routes.yml` on texts of every kind, and the router over whatever loads.
 *
 * @module
 */
import { assert } from "@std/assert";
import { GatewayError } from "../../lib/base/error.ts";
import type { Config } from "../../lib/config/config.ts";
import type { Position } from "../../lib/config/document.ts";
import { loadConfig, type LoadedConfig } from "../../lib/config/load.ts";
import { isAuto, Router } from "../../lib/routing/router.ts";
import { stubUrlProblem } from "../../lib/stub/behaviour.ts";
import type { Random } from "../properties/random.ts";
import { brokenConfig, SECRETS } from "./config_text.ts";
import { Tally, type Target } from "./target.ts";

/** Far more than any text takes, and far less than a search that does not end. */
const MAX_MS = 2_000;

function load(text: string): LoadedConfig {
  return loadConfig(text, {
    read: (name) => name === "KEY" ? SECRETS[1] : undefined,
    checkStubUrl: stubUrlProblem,
  });
}

const loaded = new Tally();

function loadsOrTells(text: string): void {
  const startedMs = performance.now();
  const { config, problems, warnings } = load(text);
  const ms = performance.now() - startedMs;
  loaded.add(config ? "loaded" : "refused");
  assert(ms < MAX_MS, `${ms} ms for ${JSON.stringify(text)}`);
  assert((config === undefined) === (problems.length > 0), JSON.stringify(text));
  const lines = text.split("\n");
  // YAML breaks lines at a lone CR, too; editors do not agree.
  const otherLines = text.split(/\r\n?|\n/);
  for (const { position, message } of problems) {
    const where = `${JSON.stringify(position)} ${message} in ${JSON.stringify(text)}`;
    assert(position, where);
    assert(isWithin(position, lines) || isWithin(position, otherLines), where);
    assert(message !== "" && !message.includes("\n"), where);
  }
  for (const message of [...problems.map((problem) => problem.message), ...warnings]) {
    // A key in the place of a stub's name is no slip of a hand.
    if (message.includes("unknown stub")) continue;
    for (const secret of SECRETS) assert(!message.includes(secret), message);
  }
  if (config) isWhole(config);
}

function isWithin({ line, column }: Position, lines: readonly string[]): boolean {
  const text = lines[line - 1];
  return text !== undefined && column >= 1 && column <= text.length + 2;
}

/** What the rest of the gateway takes for granted. */
function isWhole({ routes, port, maxAttempts, timeouts }: Config): void {
  assert(routes.length > 0);
  assert(port >= 0 && port <= 65_535 && maxAttempts >= 1);
  assert(Object.values(timeouts).every((ms) => ms === undefined || ms >= 1));
  for (const { url, models, isWildcard, protocols, weight } of routes) {
    assert(["http:", "https:", "stub:"].includes(url.protocol), url.href);
    assert((models.length > 0 || isWildcard) && protocols.length > 0 && weight >= 1);
    assert(models.every((model) => typeof model === "string" && model !== ""));
  }
}

/** The target. */
export const configTarget: Target = {
  properties: new Map([
    [
      "Any text is a configuration, or problems with places and without secrets",
      (random) => loadsOrTells(brokenConfig(random)),
    ],
  ]),
  summary: () => loaded.toString(),
};

const MODELS = ["model-a", "model-b", "model-c", "model-d", "auto", "AUTO", "*", "__proto__", ""];
const URLS = ["stub:ok", "stub:fail", "http://127.0.0.1:1/v1", "https://h.example/anthropic"];
const POLICIES = ["round-robin", "ordered", "weighted", "least-latency"];

function some<T>(random: Random, list: readonly T[]): T[] {
  return list.filter(() => random.oneIn(2));
}

function madeUpConfig(random: Random): string {
  const routes = Array.from({ length: 1 + random.below(6) }, (_, index) => ({
    name: `route-${index}`,
    url: random.pick(URLS),
    model: [random.pick(MODELS.filter((name) => name !== "")), ...some(random, MODELS.slice(0, 4))],
    weight: 1 + random.below(5),
    ...(random.oneIn(3) ? { apiKey: `key-${random.below(3)}` } : {}),
    ...(random.oneIn(4) ? { fallback: some(random, MODELS.slice(0, 4)) } : {}),
    ...(random.oneIn(6) ? { enabled: false } : {}),
  }));
  return JSON.stringify({
    routes,
    auto: {
      policy: random.pick(POLICIES),
      ...(random.oneIn(3) ? { models: some(random, MODELS.slice(0, 4)) } : {}),
    },
    ...(random.oneIn(2) ? { fallback: some(random, MODELS.slice(0, 4)) } : {}),
  });
}

const planned = new Tally();

function plansOrRefuses(random: Random): void {
  const text = random.oneIn(4) ? brokenConfig(random) : madeUpConfig(random);
  const { config } = load(text);
  if (!config) return planned.add("no configuration");
  const router = new Router(config, () => random.oneIn(3) ? undefined : random.below(1_000));
  const served = new Set(config.routes);
  for (let count = 0; count < 6; count++) {
    const model = random.pick(MODELS);
    const sticky = random.oneIn(2) ? {} : { stickyModel: random.pick(MODELS) };
    try {
      const { mode, candidates } = router.plan({
        model,
        ...sticky,
        isSideRequest: random.oneIn(4),
      });
      planned.add(mode);
      assert((mode === "auto") === isAuto(model), text);
      assert(candidates.length > 0, `no candidate for ${model} in ${text}`);
      assert(new Set(candidates.map(({ id }) => id)).size === candidates.length, text);
      assert(candidates.every(({ route }) => served.has(route)), text);
    } catch (error) {
      planned.add("unknown");
      const isRefusal = error instanceof GatewayError && error.status === 404 &&
        error.code === "model_not_found";
      assert(isRefusal, `${error} for ${model} in ${text}`);
    }
  }
}

/** The router's target. */
export const routerTarget: Target = {
  properties: new Map([
    ["Any model is planned over known routes, each once, or unknown", plansOrRefuses],
  ]),
  summary: () => planned.toString(),
};
