/**
 * `docs/CONFIG.md` and `docs/routes.schema.json`, made from what the loader itself reads with.
 *
 * @module
 */
import { CHAT_ENDPOINT } from "../../lib/base/protocol.ts";
import { ENVIRONMENT_VARIABLES, type EnvironmentVariable } from "../../lib/config/environment.ts";
import { documentSchema } from "../../lib/config/json_schema.ts";
import type { Field, Fields, JsonSchema, NamedKind } from "../../lib/config/kind.ts";
import { QUIRKS_OF_HOST } from "../../lib/config/known_hosts.ts";
import { inferProtocols, isFixedUrl } from "../../lib/config/route.ts";
import { NAMED, TOP_FIELDS } from "../../lib/config/schema.ts";
import { protocolWord } from "../../lib/cli/shown_route.ts";
import { endpointUrl } from "../../lib/upstream/endpoint_url.ts";

/** The JSON Schema, as the file holds it. */
export function schemaFile(): string {
  return `${JSON.stringify(documentSchema(), null, 2)}\n`;
}

/** The reference, before it is formatted. */
export function configReference(): string {
  return [
    INTRODUCTION,
    "## The file",
    "",
    ...tableOf(TOP_FIELDS),
    ...sections(),
    RULES,
    table(["`url`", "speaks", "requests go to"], URLS.map(urlRow)),
    "",
    AFTER_RULES,
    "## Known hosts",
    "",
    "What these hosts need is set without being said; a route that says otherwise is believed.",
    "",
    table(["host", "quirks"], Object.entries(QUIRKS_OF_HOST).map(hostRow)),
    "",
    "## Environment",
    "",
    "Flags stand above these variables, and these above `.env` of the working directory, which",
    "stands above the file. An empty variable counts as not set.",
    "",
    table(["variable", "holds", "default", "meaning"], ENVIRONMENT_VARIABLES.map(variableRow)),
    "",
  ].join("\n");
}

/** What is read first. */
const INTRODUCTION = `# Configuration

The gateway reads \`--config FILE\`, else \`./routes.yml\`, else
\`~/.config/openclaw-autoproxy/routes.yml\`. The shortest file that does something:

\`\`\`yaml
routes:
  - url: https://api.openai.com/v1
    apiKeyEnv: OPENAI_API_KEY
    model: [gpt-5.2, gpt-5.2-mini]
\`\`\`

A file may also be just the list behind \`routes\`. \`\${NAME}\` in any value is read from the
environment or from \`.env\`. \`openclaw-autoproxy check\` says what a file amounts to, and
\`openclaw-autoproxy explain --model NAME\` where a request would go. An editor that knows JSON Schema
completes and checks the file with [routes.schema.json](routes.schema.json), which
\`openclaw-autoproxy schema\` prints, when this is its first line:

\`\`\`yaml
# yaml-language-server: $schema=docs/routes.schema.json
\`\`\`

An unknown key is an error that names its place and the nearest known key; all problems of a file
are told at once. A key with nothing behind it counts as left out. A running gateway takes an edit
over as soon as it is without a problem, and until then goes on with what it has; \`host\` and
\`port\` need a restart.
`;

const RULES = `## How a URL is read

A route that does not say its \`protocol\` speaks what its URL shows: Anthropic's when the path ends
in \`/messages\` or has a segment \`anthropic\`, or the host is \`api.anthropic.com\`; Responses when the
path ends in \`/responses\`; else OpenAI's Chat. A client of another protocol is answered all the same:
its request is [translated](TRANSLATION.md).

A path that ends in a known endpoint is one endpoint; anything else is a base, to which the endpoint
is added: as it is behind a version (\`/v1\`, \`/v4\`, \`/v1beta/openai\`), else with \`/v1\` before it.
\`isBaseUrl\` says otherwise.
`;

const AFTER_RULES = `## Which key is sent

The route's \`apiKey\`, else its \`apiKeyEnv\`, else those of \`defaults\`, else \`UPSTREAM_API_KEY\`. When
the variable that a route asks for is not set, the route is off: \`start\` warns and goes on with the
others, \`check\` fails. A route without any key sends the client's own, unless \`forwardClientAuth\` is
false or clients must show a key of the gateway's own.
`;

const URLS: readonly string[] = [
  "https://api.openai.com",
  "https://api.openai.com/v1",
  "https://host.example/v1/chat/completions",
  "https://host.example/v1/responses",
  "https://api.anthropic.com",
  "https://host.example/anthropic",
  "https://host.example/api/paas/v4",
  "https://generativelanguage.googleapis.com/v1beta/openai",
  "http://127.0.0.1:11434",
];

/** What is said of a named mapping. */
const SECTIONS: Readonly<Record<string, { title: string; text: string }>> = {
  route: {
    title: "A route",
    text: "An entry of `routes`: one upstream, and the models it serves.",
  },
  defaults: { title: "defaults", text: "" },
  auto: { title: "auto", text: "What `model: auto` stands for." },
  client: {
    title: "A client",
    text: "An entry of `clients`. One of `key` and `keyEnv` is needed.",
  },
  limits: { title: "limits", text: "What a client may send." },
  timeouts: {
    title: "timeouts",
    text: "Of all routes, or of one. All are in milliseconds.",
  },
};

/** One of each named mapping, in the order above. */
function sections(): string[] {
  const names = Object.keys(SECTIONS);
  const unknown = NAMED.filter(({ name }) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`No section for ${unknown.map(({ name }) => name)}`);
  return names.flatMap((name) => section(NAMED.find((kind) => kind.name === name)!));
}

function section({ name, fields }: NamedKind): string[] {
  if (name === "defaults") return defaultsSection(fields);
  const { title, text } = SECTIONS[name]!;
  return [`## ${title}`, "", text, "", ...tableOf(fields)];
}

/** Every field of it is one of a route, so that it need not be told again. */
function defaultsSection(fields: Fields): string[] {
  const route = NAMED.find(({ name }) => name === "route")!.fields;
  const others = Object.keys(route).filter((name) => !Object.hasOwn(fields, name));
  const unknown = Object.keys(fields).filter((name) => route[name] !== fields[name]);
  if (unknown.length > 0) throw new Error(`A route does not have ${unknown.join(", ")}`);
  const names = others.map(code).join(", ");
  return ["## defaults", "", `Every field of a route but ${names}; a route's own stand above.`, ""];
}

function tableOf(fields: Fields): string[] {
  const heads = ["field", "may be", "default", "example", "meaning"];
  return [table(heads, Object.entries(fields).map(([name, field]) => fieldRow(name, field))), ""];
}

function fieldRow(name: string, field: Field): string[] {
  const { kind, default: usual = "", example, doc, required } = field;
  if (example === undefined) throw new Error(`Field ${name} has no example`);
  return [
    code(name),
    typeText(kind.jsonSchema),
    required ? "needed" : usual,
    code(`${name}: ${example}`),
    doc,
  ];
}

/** A kind in words; of what may be one or a list of the same, only once what it is. */
function typeText(schema: JsonSchema): string {
  if (typeof schema.$ref === "string") return linkTo(schema.$ref.replace("#/$defs/", ""));
  if (Array.isArray(schema.enum)) return schema.enum.map(code).join(", ");
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(typeText).join(", or ");
  switch (schema.type) {
    case "array":
      return `a list of ${typeText(schema.items as JsonSchema)}`;
    case "object":
      return `a mapping to ${typeText(schema.additionalProperties as JsonSchema)}`;
    case "integer":
      return `${schema.minimum} to ${schema.maximum}`;
    case "boolean":
      return "true, false";
    default:
      return "text";
  }
}

function linkTo(name: string): string {
  const title = SECTIONS[name]?.title ?? name;
  return `[${title.toLowerCase()}](#${title.toLowerCase().replaceAll(" ", "-")})`;
}

function urlRow(text: string): string[] {
  const url = new URL(text);
  const [protocol] = inferProtocols(url);
  const place = { url, isFixed: isFixedUrl(url) };
  return [
    code(text),
    protocolWord(protocol!),
    code(endpointUrl(place, CHAT_ENDPOINT[protocol!]).href),
  ];
}

function hostRow([host, quirks]: [string, object]): string[] {
  const name = host.startsWith(".") ? `*${host}` : host;
  return [
    code(name),
    Object.entries(quirks).map(([key, value]) => code(`${key}: ${value}`)).join(),
  ];
}

function variableRow(
  { name, value = "", default: usual = "", doc }: EnvironmentVariable,
): string[] {
  return [code(name), value === "" ? "" : code(value), usual, doc];
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The text as `deno fmt` writes it, which checks the file with all others. */
export async function formatted(text: string, extension: "md" | "json"): Promise<string> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--config", config, "--ext", extension, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout, success } = await child.output();
  if (!success) throw new Error(`Cannot format ${extension}`);
  return new TextDecoder().decode(stdout);
}
