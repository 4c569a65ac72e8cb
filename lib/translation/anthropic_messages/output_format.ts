/**
 * The shape that a Messages request asks for: `output_config.format`, or `output_format` as it
 * was called before.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import { at, readObject, requireObject, requireString } from "../../base/reader.ts";
import type { OutputFormat } from "../../chat/request.ts";
import { extended, withForm, writeBack } from "./wire.ts";

/** Where a format can stand. */
type Place = "output_config.format" | "output_format";

const FORMAT_FIELDS = new Set(["type", "schema"]);

/** A format that is known here and where it stood; one that is not known is an extra. */
export interface FoundFormat {
  place: Place;
  outputFormat: OutputFormat;
}

/** Reads the format of a request; the new place wins over the old. */
export function decodeOutputFormat(body: JsonObject): FoundFormat | undefined {
  const config = readObject(body, "output_config", "");
  const current = config && readFormat(config, { key: "format", place: "output_config" });
  const former = readFormat(body, { key: "output_format", place: "" });
  if (current !== undefined) return { place: "output_config.format", outputFormat: current };
  if (former === undefined) return undefined;
  const outputFormat = { ...former, ...withForm(former, { place: "output_format" }) };
  return { place: "output_format", outputFormat };
}

type JsonSchemaFormat = Extract<OutputFormat, { type: "json_schema" }>;

function readFormat(
  container: JsonObject,
  { key, place }: { key: string; place: string },
): JsonSchemaFormat | undefined {
  const format = readObject(container, key, place);
  if (format === undefined) return undefined;
  const inner = at(place, key);
  if (requireString(format, "type", inner) !== "json_schema") return undefined;
  const schema = requireObject(format, "schema", inner);
  return { type: "json_schema", schema, ...extended(format, FORMAT_FIELDS) };
}

/** Writes a format that a Messages request brought, at the place where it stood. */
export function encodeNativeFormat(
  format: OutputFormat,
): { place: Place; value: JsonObject } | undefined {
  if (format.type !== "json_schema") return undefined;
  return {
    place: format.form?.place === "output_format" ? "output_format" : "output_config.format",
    value: writeBack({ type: "json_schema", schema: format.schema }, format),
  };
}
