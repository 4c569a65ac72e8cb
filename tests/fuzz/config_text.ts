/**
 * Configurations as typos, editors, cut uploads and jokers leave them.
 *
 * @module
 */
import type { Random } from "../properties/random.ts";

/** The one secret that the texts hold and the one that their variable does. */
export const SECRETS = [
  "sk-fuzz-0123456789-in-the-file",
  "sk-fuzz-9876543210-in-a-variable",
] as const;

const WHOLE = `# Everything that a file can say.
host: 127.0.0.1
port: 8787
defaults: &defaults {apiKeyEnv: KEY, weight: 2, headers: {X-A: "b"}, timeouts: {connectMs: 9}}
retryStatusCodes: [412, 429]
strictRetryList: false
fallback:
  model-a: [model-b]
  "*": [model-c]
auto: {models: [model-a, model-b], policy: weighted, sticky: true}
notice: comment
clients:
  - {name: me, key: ${SECRETS[0]}}
  - {name: you, keyEnv: KEY}
allowedHosts: [gateway.example]
timeouts: {requestMs: 1000, idleMs: 10}
maxAttempts: 3
routes:
  - name: one
    url: stub:flaky?every=2
    model: model-a
    fallback: [model-b, model-c]
  - name: two
    url: "https://user:${SECRETS[0]}@api.example/v1/chat/completions?key=${SECRETS[0]}"
    model: [model-b, model-c]
    protocol: [openai, responses]
    apiKey: \${KEY}
    <<: {vision: false}
  - url: 'http://127.0.0.1:11434'
    model: "*"
    isBaseUrl: true
    apiKey: ${SECRETS[0]}
    toolIdPattern: "^[a-z]{9}$"
    dropParams:
      - temperature
    headers:
      authorization: Bearer ${SECRETS[0]}
`;

const SHORT = `- {url: "stub:ok", model: model-a}
- url: https://api.example
  model: |
    model-b
  apiKey: >-
    ${SECRETS[0]}
`;

const AS_JSON = JSON.stringify({
  port: 0,
  routes: [
    { url: "stub:ok", model: ["model-a", "model-b"], apiKey: SECRETS[0] },
    { url: "http://[::1]:1/v1", models: "model-c", enabled: false },
  ],
});

/** What is broken: configurations in which nothing is wrong. */
export const SOURCES: readonly string[] = [WHOLE, WHOLE, SHORT, AS_JSON];

const PIECES = [
  "\n",
  "\r\n",
  "\r",
  "  ",
  "\t",
  ": ",
  ":",
  "- ",
  "? ",
  ", ",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  "#",
  "*",
  "&x ",
  "*x",
  "*defaults",
  "<<: *defaults",
  "<<: [*x, *x]",
  "!",
  "!!int ",
  "!!binary ",
  "!<tag:x> ",
  "|",
  ">",
  "|2-",
  "%",
  "%YAML 1.2\n",
  "%zz",
  "@",
  "`",
  "~",
  "null",
  "true",
  "yes",
  "0",
  "-1",
  "010",
  "0o17",
  "1e99",
  ".nan",
  ".inf",
  "0x1",
  "2024-01-02",
  "${NONE}",
  "${KEY}",
  "${",
  "$",
  "\u0000",
  "\u0007",
  "\u0085",
  "\u2028",
  "\ufeff",
  "\ud800",
  "\udfff",
  "你",
  "é",
  "__proto__",
  "constructor",
  "toString",
  "---\n",
  "...\n",
  "routes",
  "routes:\n",
  "model",
  "url: ",
  "stub:",
  "stub:ok?x=1",
  "https://",
  "http://%",
  "file:///etc/passwd",
  "auto",
  '"*"',
  "a: &a [*a]\n",
  "[[[[[[[[[[[[[[[[",
  "{a: {b: {c: {d: {e: ",
  "x".repeat(300),
];

/** A text that once was a configuration. */
export function brokenConfig(random: Random): string {
  let text = random.pick(SOURCES);
  for (let edits = 1 + random.below(random.pick([2, 4, 12])); edits > 0; edits--) {
    text = random.oneIn(3) ? withLinesMoved(text, random) : withPieceChanged(text, random);
  }
  return random.oneIn(50) ? withAliasesOfAliases(text, random) : text;
}

function withPieceChanged(text: string, random: Random): string {
  const from = random.below(text.length + 1);
  const to = from + (random.oneIn(2) ? 0 : random.below(random.pick([3, 20, 200])));
  return text.slice(0, from) + (random.oneIn(4) ? "" : random.pick(PIECES)) + text.slice(to);
}

function withLinesMoved(text: string, random: Random): string {
  const lines = text.split("\n");
  const at = random.below(lines.length);
  const [line] = lines.splice(at, 1);
  switch (random.below(5)) {
    case 0:
      break;
    case 1:
      lines.splice(at, 0, line!, line!);
      break;
    case 2:
      lines.splice(random.below(lines.length + 1), 0, line!);
      break;
    case 3:
      lines.splice(at, 0, ` ${line}`);
      break;
    default:
      lines.splice(at, 0, line!.trimStart());
  }
  return lines.join("\n");
}

/** A few lines that stand for millions of values. */
function withAliasesOfAliases(text: string, random: Random): string {
  const depth = 1 + random.below(12);
  const bomb = Array.from({ length: depth }, (_, level) => {
    const values = level === 0 ? "x" : Array(9).fill(`*bomb${level - 1}`).join(", ");
    return `bomb${level}: &bomb${level} [${values}]`;
  });
  return random.oneIn(2) ? `${bomb.join("\n")}\n${text}` : `${text}\n${bomb.join("\n")}`;
}
