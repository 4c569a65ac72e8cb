/**
 * `schema`: the configuration file as JSON Schema, for editors.
 *
 * @module
 */
import { documentSchema } from "../../config/json_schema.ts";
import type { Verb } from "../verb.ts";

/** `schema`. */
export const schema: Verb = {
  name: "schema",
  summary: "print the JSON Schema of routes.yml, for editors",
  flags: [],
  examples: ["schema"],
  run: () => {
    console.log(JSON.stringify(documentSchema(), null, 2));
    return Promise.resolve(0);
  },
};
