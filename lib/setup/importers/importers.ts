/**
 * Reads the configuration of another gateway: the list of those that are known, and how one is told
 * from the others.
 *
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import { parseDocument } from "../../config/document.ts";
import { Json5Error, readJson5 } from "../json5.ts";
import type { FileDraft } from "../route_file.ts";
import { claudeCodeRouter } from "./claude_code_router.ts";
import type { Imported, Importer } from "./imported.ts";
import { litellm } from "./litellm.ts";
import { openclawConfig } from "./openclaw_config.ts";

/** Every format that is known; the first that accepts a document reads it. */
export const IMPORTERS: readonly Importer[] = [claudeCodeRouter, litellm, openclawConfig];

/** What reading a text gave: an object, or what is wrong with it. */
export type SourceDocument = { document: JsonObject } | { problem: string };

/** Reads a text that is JSON, JSON5 or YAML. */
export function sourceDocument(text: string): SourceDocument {
  const value = isJsonLike(text) ? fromJson5(text) : fromYaml(text);
  if (typeof value === "string") return { problem: value };
  return isObject(value) ? { document: value } : { problem: "expected a mapping at the top" };
}

/** YAML reads most of JSON as well, but not comments with slashes, nor places that help. */
function isJsonLike(text: string): boolean {
  return /^(?:[\s\ufeff]|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*\{/.test(text);
}

function fromJson5(text: string): unknown {
  try {
    return readJson5(text);
  } catch (error) {
    if (error instanceof Json5Error) return error.message;
    throw error;
  }
}

function fromYaml(text: string): unknown {
  const parsed = parseDocument(text);
  if (!("problem" in parsed)) return typeof parsed.value === "string" ? undefined : parsed.value;
  const { message, position: { line, column } } = parsed.problem;
  return `line ${line}, column ${column}: ${message}`;
}

/** The file for what was read; what could not be carried stands at its top. */
export function importedFile({ settings, routes, notes }: Imported, title: string): FileDraft {
  return {
    about: [
      `The gateway's configuration, after one of ${title}.`,
      ...(notes.length > 0
        ? ["", "Not carried, or otherwise here:", ...notes.map((one) => `- ${one}`)]
        : []),
    ],
    settings,
    routes,
  };
}
