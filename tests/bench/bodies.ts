/**
 * What clients send in a measurement: the same bodies in every run.
 *
 * @module
 */

/** A request that begins as official clients write it: the model first. */
export interface Body {
  model: string;
  stream?: true;
  max_tokens?: number;
  messages: { role: string; content: unknown }[];
}

/** The model that every contender serves. */
export const MODEL = "m";

const HELLO = [{ role: "user", content: "hello there" }];

/** A line of source code, as agents send it: quotes and line ends that JSON escapes. */
const CODE = `  const name = "value of the ${"field"}";\n\treturn [name, 'other', \\"quoted\\"];\n`;
const PICTURE_BYTES = 1_000_000;
const KIB = 1024;

/** A history of `count` messages, each about `bytes` long as JSON. */
export function history(count: number, bytes: number): Body["messages"] {
  const codeBytes = JSON.stringify(CODE).length - 2;
  const content = CODE.repeat(Math.max(1, Math.round(bytes / codeBytes)));
  return Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content,
  }));
}

function picture(): Body["messages"][number] {
  const url = `data:image/png;base64,${"iVBORw0KGgo+/aZ9".repeat(PICTURE_BYTES / 16)}`;
  return { role: "user", content: [{ type: "image_url", image_url: { url } }] };
}

function chat(messages: Body["messages"]): Body {
  return { model: MODEL, messages };
}

/** Every body, by the name of its file. */
export const BODIES = {
  json: () => chat([{ role: "user", content: "x".repeat(900) }]),
  /** A long session of an agent. */
  "200kb": () => chat(history(41, 5 * KIB)),
  /** The same with screenshots. */
  "4mb": () => chat([...history(401, 5 * KIB), picture(), picture()]),
  stream: () => ({ ...chat(HELLO), stream: true as const }),
  message: () => ({
    model: MODEL,
    max_tokens: 100,
    stream: true as const,
    messages: HELLO,
  }),
  "history-10": () => chat(history(11, 2 * KIB)),
  "history-100": () => chat(history(101, 2 * KIB)),
  "history-1000": () => chat(history(1001, 2 * KIB)),
} satisfies Record<string, () => Body>;

/** The name of a body. */
export type BodyName = keyof typeof BODIES;

/** Writes a body into `folder`, and gives its path. */
export function writeBody(folder: string, name: BodyName): string {
  const path = `${folder}/${name}.json`;
  Deno.writeTextFileSync(path, JSON.stringify(BODIES[name]()));
  return path;
}
