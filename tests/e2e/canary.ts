/**
 * Every secret that a test gives to a gateway is a canary: whatever comes out of that gateway is
 * searched for it, and the test fails when it is found.
 *
 * What is a secret is decided here, from the text of the configuration and the environment, and not
 * by the gateway's own list of what to redact: a kind of secret that it forgets would be missing in
 * both.
 *
 * @module
 */
import { parse } from "@std/yaml";

/** What a gateway is given. */
export interface Given {
  /** The text of `routes.yml`. */
  config?: string | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  /** The text of `.env`. */
  dotEnv?: string | undefined;
}

/** Shorter ones are words that may stand anywhere. */
const MIN_LENGTH = 8;
/** How much of what stands before a secret is told. */
const CONTEXT_LENGTH = 60;
/** Names of variables and headers whose value is a secret. */
const SECRET_NAME = /key|token|secret|auth|cookie|password/i;
/** Variables with such a name that hold a name themselves. */
const NO_SECRETS: ReadonlySet<string> = new Set(["authHeader", "authPrefix", "forwardClientAuth"]);

/** Every secret in what a gateway is given. */
export function secretsIn({ config, env = {}, dotEnv = "" }: Given): string[] {
  const variables = { ...variablesOf(dotEnv), ...env };
  const found = Object.entries(variables)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => value.split(","));
  // By an alias a list can hold itself.
  const visited = new Set<unknown>();
  const visit = (value: unknown, name: string): void => {
    if (typeof value === "string") {
      found.push(...secretsAt(name, filledIn(value, variables)), variableAt(name, value));
    } else if (typeof value === "object" && value !== null && !visited.has(value)) {
      visited.add(value);
      for (const [key, one] of Object.entries(value)) visit(one, isNaN(Number(key)) ? key : name);
    }
  };
  const variableAt = (name: string, value: string) =>
    name.endsWith("Env") ? variables[value] ?? "" : "";
  visit(parsed(config), "");
  return [...new Set(found.map((one) => one.trim()).filter((one) => one.length >= MIN_LENGTH))];
}

function secretsAt(name: string, value: string): string[] {
  if (name === "url") return secretsInUrl(value);
  if (NO_SECRETS.has(name) || name.endsWith("Env") || !SECRET_NAME.test(name)) return [];
  return [value.replace(/^(bearer|basic|token) +/i, "")];
}

function secretsInUrl(text: string): string[] {
  const url = URL.parse(text);
  if (!url || url.protocol === "stub:") return [];
  return [url.username, url.password, ...url.searchParams.values()].flatMap((part) => {
    try {
      return [part, decodeURIComponent(part)];
    } catch {
      return [part];
    }
  });
}

function filledIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}/g, (whole, name) => variables[name] ?? whole);
}

function variablesOf(dotEnv: string): Record<string, string> {
  const lines = dotEnv.matchAll(/^\s*(?:export )?(\w+)\s*=\s*["']?(.*?)["']?\s*$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]));
}

/** What the text says; nothing when it is broken on purpose. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : parse(text);
  } catch {
    return undefined;
  }
}

/** Looks at what comes out of one gateway. */
export class Canary {
  /** What is looked for, as bytes one for one, with the secret that it stands for. */
  readonly #forms = new Map<string, string>();
  /** Where a secret was seen, and what stood before it the first time. */
  readonly #leaks = new Map<string, string>();
  /** Values that the test itself has an upstream say. */
  readonly #spoken: ReadonlySet<string>;
  #longest = 0;

  constructor(given: Given, spoken: readonly string[] = []) {
    this.#spoken = new Set(spoken);
    this.add(given);
  }

  /** Takes more secrets in. */
  add(given: Given): void {
    for (const secret of secretsIn(given)) {
      if (this.#spoken.has(secret)) continue;
      for (const form of formsOf(secret)) {
        this.#forms.set(form, secret);
        this.#longest = Math.max(this.#longest, form.length);
      }
    }
  }

  /** How many forms of secrets are looked for. */
  get formCount(): number {
    return this.#forms.size;
  }

  /** Searches one text, whole. */
  see(where: string, text: string): void {
    this.#search(where, bytesOfText(text));
  }

  /** Searches an answer, its body as it is read. */
  watch(where: string, response: Response): Response {
    if (this.#forms.size === 0) return response;
    this.see(`${where}, headers`, JSON.stringify([...response.headers]));
    if (!response.body) return response;
    const watched = new Response(this.#watchedBody(`${where}, body`, response.body), response);
    Object.defineProperty(watched, "url", { value: response.url });
    return watched;
  }

  /** @throws {Error} Naming each place where a secret was seen, but not the secret. */
  mustBeSilent(): void {
    if (this.#leaks.size === 0) return;
    const leaks = [...this.#leaks].map(([leak, before]) => `${leak}, after ${before}`);
    throw new Error(`A secret came out of the gateway:\n${leaks.join("\n")}`);
  }

  #watchedBody(where: string, body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    const reader = body.getReader();
    let tail = "";
    // Pulled piece by piece, so that a reader that is slow stays slow.
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        const text = tail + Array.from(value, (byte) => String.fromCharCode(byte)).join("");
        this.#search(where, text);
        tail = text.slice(-this.#longest);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  #search(where: string, text: string): void {
    for (const [form, secret] of this.#forms) {
      const at = text.indexOf(form);
      if (at === -1) continue;
      const leak = `the one of ${secret.length} characters in ${where}`;
      const before = text.slice(Math.max(0, at - CONTEXT_LENGTH), at);
      if (!this.#leaks.has(leak)) this.#leaks.set(leak, before);
    }
  }
}

/** Every form in which a secret is likely to come back. */
function formsOf(secret: string): string[] {
  const percent = encodeURIComponent(secret);
  const bytes = new TextEncoder().encode(secret);
  const packed = [0, 1, 2].map((offset) => {
    const all = Uint8Array.from([...new Array(offset).fill(0), ...bytes]).toBase64();
    // What stands at the ends also depends on the neighbours.
    return all.replace(/=+$/, "").slice(offset === 0 ? 0 : offset + 1, -1);
  }).filter((one) => one.length >= MIN_LENGTH);
  const plain = [secret, JSON.stringify(secret).slice(1, -1), percent, percent.toLowerCase()];
  const url = packed.map((one) => one.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([...plain, ...packed, ...url].map(bytesOfText))];
}

function bytesOfText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

const byOrigin = new Map<string, Canary>();

/** Has every answer from `address` looked at, whoever asks in this process. */
export function watchAnswersFrom(address: string, canary: Canary): Disposable {
  const { origin } = new URL(address);
  byOrigin.set(origin, canary);
  return { [Symbol.dispose]: () => void byOrigin.delete(origin) };
}

/** Who looks at the answers from an address. */
export function canaryAt(address: string): Canary | undefined {
  return byOrigin.get(new URL(address).origin);
}

/** SDKs and tests alike call the global one, so that is where their answers are seen. */
const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const response = await plainFetch(input, init);
  const url = input instanceof Request ? input.url : String(input);
  const canary = URL.canParse(url) ? canaryAt(url) : undefined;
  return canary ? canary.watch(`the answer to ${new URL(url).pathname}`, response) : response;
};
