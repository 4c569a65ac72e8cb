/**
 * Keeps secrets out of everything that is shown: by value, in every form in which a value is
 * likely to come back.
 *
 * @module
 */

/** What stands where a secret stood. */
export const REPLACEMENT = "[redacted]";
/** Shorter values are words that may stand anywhere: they go only where they stand as a header. */
const MIN_LENGTH = 8;

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** A function that replaces every secret, also in base64 and percent-encoded. */
export function redactor(secrets: readonly string[]): Redact {
  const wellFormed = secrets.map((secret) => secret.toWellFormed());
  const forms = new Set(
    wellFormed.filter((secret) => secret.length >= MIN_LENGTH).flatMap(formsOf),
  );
  // Longest first, so that a secret that begins with another one goes whole.
  const ordered = [...forms].sort((one, other) => other.length - one.length);
  const short = headerPattern(wellFormed.filter((secret) => secret.length < MIN_LENGTH));
  return (text) => {
    for (const form of ordered) {
      if (text.includes(form)) text = text.replaceAll(form, REPLACEMENT);
    }
    return short ? text.replace(short, `$1${REPLACEMENT}`) : text;
  };
}

/** Short secrets behind the name of a header that carries one, or behind `Bearer`. */
function headerPattern(secrets: string[]): RegExp | undefined {
  const values = secrets.filter((secret) => secret !== "").map(RegExp.escape);
  if (values.length === 0) return undefined;
  // Bounded, as without an end the search through a long word would take its square in time.
  const word = String.raw`[\w-]{0,32}`;
  const name = String.raw`${word}(?:auth|key|token|secret|cookie)${word}["']?\s?[:=]\s?["']?`;
  const before = String.raw`((?:${name})(?:\w{1,16}\s)?|\bbearer\s)`;
  return new RegExp(String.raw`${before}(?:${values.join("|")})(?![\w-])`, "gi");
}

function formsOf(secret: string): string[] {
  const percent = encodeURIComponent(secret);
  const base64 = base64Forms(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    percent,
    percent.replace(/%../g, (code) => code.toLowerCase()),
    ...base64,
    ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/**
 * The secret in base64, alone and as a part of something longer: three bytes become four
 * characters, so it looks different at each of three offsets. Characters at its ends that also
 * depend on its neighbours are left out.
 */
function base64Forms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const alone = bytes.toBase64({ omitPadding: true });
  const inside = [0, 1, 2].map((offset) => {
    const shifted = new Uint8Array(offset + bytes.length);
    shifted.set(bytes, offset);
    const first = Math.ceil(offset * 8 / 6);
    return shifted.toBase64().slice(first, Math.floor(shifted.length * 8 / 6));
  });
  return [alone, ...inside];
}
