/**
 * Writes the papers that are made from the code: `deno task docs`.
 *
 * @module
 */
import { configReference, formatted, schemaFile } from "./config_reference.ts";

const docs = new URL("../../docs/", import.meta.url);

await Deno.writeTextFile(
  new URL("CONFIG.md", docs),
  await formatted(configReference(), "md"),
);
await Deno.writeTextFile(
  new URL("routes.schema.json", docs),
  await formatted(schemaFile(), "json"),
);
