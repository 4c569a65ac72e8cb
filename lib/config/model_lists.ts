/**
 * The lists of models in a configuration: what `auto` chooses from, and the chains of pinned ones.
 *
 * @module
 */
import { didYouMean } from "../base/nearest.ts";
import type { AutoSettings, Route } from "./config.ts";
import type { EnvironmentSettings } from "./environment.ts";
import type { Path, Problem } from "./problem.ts";
import { namedModels, type RawDocument } from "./raw_document.ts";

/** Reads the lists, and notes every name in them that no route serves. */
export class ModelLists {
  readonly #environment: EnvironmentSettings;
  readonly #problems: Problem[];
  readonly #warnings: string[];

  constructor(
    environment: EnvironmentSettings,
    { problems, warnings }: { problems: Problem[]; warnings: string[] },
  ) {
    this.#environment = environment;
    this.#problems = problems;
    this.#warnings = warnings;
  }

  /** How \`auto\` chooses. */
  auto(raw: RawDocument, models: string[]): AutoSettings {
    const named = namedModels(raw);
    (raw.auto?.models ?? []).forEach((model, index) =>
      this.#mustBeKnown(model, named, ["auto", "models", index])
    );
    return {
      models: [...new Set(raw.auto?.models ?? models)],
      policy: raw.auto?.policy ?? "round-robin",
      sticky: raw.auto?.sticky ?? true,
    };
  }

  /** In the order of precedence: the two variables, the route's list, the file's. */
  chains(raw: RawDocument, routes: Route[], models: string[]): Map<string, string[]> {
    const { modelChains, globalChain } = this.#environment;
    const ofFile = Array.isArray(raw.fallback) ? { "*": raw.fallback } : raw.fallback ?? {};
    this.#checkChains(raw);
    this.#warnOfUnknown(raw);
    const chains = new Map<string, string[]>();
    for (
      const model of new Set([...models, ...Object.keys(modelChains), ...Object.keys(ofFile), "*"])
    ) {
      const ofRoutes = routes.filter((route) => route.models.includes(model))
        .flatMap((route) => route.fallback);
      const chain = [
        ...chainFor(model, modelChains),
        ...globalChain,
        ...ofRoutes,
        ...chainFor(model, ofFile),
      ];
      const others = [...new Set(chain)].filter((name) => name !== model);
      if (others.length > 0) chains.set(model, others);
    }
    return chains;
  }

  #checkChains(raw: RawDocument): void {
    const named = namedModels(raw);
    const { fallback = [] } = raw;
    const ofFile = Array.isArray(fallback) ? [] : Object.entries(fallback);
    for (const [model] of ofFile) {
      if (model !== "*") this.#mustBeKnown(model, named, ["fallback", model]);
    }
    const lists: [Path, string[]][] = Array.isArray(fallback)
      ? [[["fallback"], fallback]]
      : ofFile.map(([model, chain]) => [["fallback", model], chain]);
    for (const name of ["defaults", "global", "auth"] as const) {
      lists.push([[name, "fallback"], raw[name]?.fallback ?? []]);
    }
    raw.routes?.forEach((route, index) =>
      lists.push([["routes", index, "fallback"], route.fallback ?? []])
    );
    for (const [path, chain] of lists) {
      chain.forEach((model, index) => this.#mustBeKnown(model, named, [...path, index]));
    }
  }

  /** The two variables may serve several configurations, so a name too many only gets a warning. */
  #warnOfUnknown(raw: RawDocument): void {
    const { modelChains, globalChain } = this.#environment;
    const named = namedModels(raw);
    const warn = (variable: string, model: string) => {
      if (named.includes(model) || named.includes("*") || model === "*") return;
      this.#warnings.push(`${variable} names ${model}, which no route serves`);
    };
    globalChain.forEach((model) => warn("GLOBAL_FALLBACK_MODELS", model));
    Object.entries(modelChains).flat(2).forEach((model) => warn("MODEL_FALLBACK_MAP", model));
  }

  #mustBeKnown(model: string, models: string[], path: Path): void {
    if (models.includes(model) || models.includes("*")) return;
    this.#problems.push({
      path,
      message: `no route serves "${model}"${didYouMean(model, models)}`,
    });
  }
}

/** A model's own chain, else the one for all. */
function chainFor(model: string, chains: Record<string, string[]>): string[] {
  return Object.hasOwn(chains, model) ? chains[model]! : chains["*"] ?? [];
}
