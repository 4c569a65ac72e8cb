/**
 * Configurations for tests, as their users would write them.
 *
 * @module
 */
import type { Config, Route } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load.ts";

/** The configuration of a text in which nothing is wrong. */
export function configOf(text: string, variables: Record<string, string> = {}): Config {
  const read = (name: string) => variables[name];
  const { config, problems } = loadConfig(text, { read, checkStubUrl: () => undefined });
  if (!config) throw new Error(problems.map(({ message }) => message).join("\n"));
  return config;
}

/** The one route with these fields, in YAML's flow form. */
export function routeOf(fields = "url: https://h.example/v1", variables = {}): Route {
  return configOf(`- {model: m, ${fields}}`, variables).routes[0]!;
}
