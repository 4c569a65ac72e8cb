/** Secrets are taken out in every form in which they are likely to come back. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { redactor } from "../../../lib/base/redaction.ts";

const SECRET = "sk-q/w+e=r~ty?12&34";

const forms: { name: string; form: string }[] = [
  { name: "as it is", form: SECRET },
  { name: "percent-encoded", form: encodeURIComponent(SECRET) },
  {
    name: "percent-encoded in lower case",
    form: encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase()),
  },
  { name: "in base64 without padding", form: btoa(SECRET).replace(/=+$/, "") },
  {
    name: "in base64url",
    form: new TextEncoder().encode(SECRET).toBase64({ alphabet: "base64url", omitPadding: true }),
  },
];

/** What stands around a secret inside base64: its ends mix with the secret's own. */
const surroundings = [
  { before: "", after: ":more" },
  { before: "a:", after: "" },
  { before: "ab:", after: "x" },
  { before: "abc:", after: "\r\n" },
];

describe("redactor()", () => {
  for (const { name, form } of forms) {
    it(`takes out a secret ${name}`, () => {
      assertEquals(redactor([SECRET])(`key <${form}> refused`), "key <[redacted]> refused");
    });
  }

  for (const { before, after } of surroundings) {
    it(`takes out a secret in base64 between "${before}" and ${JSON.stringify(after)}`, () => {
      const whole = btoa(before + SECRET + after);
      const text = redactor([SECRET])(whole);
      const kept = whole.length - text.length + "[redacted]".length;
      assert(kept >= SECRET.length * 8 / 6 - 2, text);
    });
  }

  it("takes out a secret inside JSON", () => {
    const secret = 'a"b\\c\nd-long-enough';
    const text = redactor([secret])(JSON.stringify({ error: secret }));
    assertEquals(text, '{"error":"[redacted]"}');
  });

  it("takes out every occurrence of every secret", () => {
    const redact = redactor(["first-secret", "second-secret"]);
    assertEquals(
      redact("first-secret second-secret first-secret"),
      "[redacted] [redacted] [redacted]",
    );
  });

  it("takes out the whole of a secret that begins with another one", () => {
    assertEquals(redactor(["sk-12345", "sk-12345-67890"])("sk-12345-67890"), "[redacted]");
  });

  it("takes out a secret of other characters than ASCII", () => {
    const secret = "пароль-密码-🔑";
    const base64 = new TextEncoder().encode(secret).toBase64({ omitPadding: true });
    for (const form of [secret, encodeURIComponent(secret), base64]) {
      assertEquals(redactor([secret])(form), "[redacted]");
    }
  });

  it("takes lone surrogates in a secret", () => {
    assertEquals(redactor(["\ud800abcdefgh"])("x"), "x");
  });

  it("leaves a text without secrets as it is", () => {
    assertEquals(redactor([SECRET])("nothing here"), "nothing here");
  });

  it("takes a secret of eight characters out anywhere, a shorter one only as a header", () => {
    assertEquals(redactor(["12345678", "1234567"])("12345678 1234567"), "[redacted] 1234567");
  });

  it("leaves a short secret where it is a word", () => {
    assertEquals(redactor(["key", "abc"])("the key of abc"), "the key of abc");
  });

  const headers = [
    "authorization: Bearer abc",
    "Authorization: abc",
    '"authorization":"Bearer abc"',
    "x-api-key: abc",
    '{"x-api-key": "abc"}',
    "api-key=abc",
    "x-goog-api-key: abc",
    "Bearer abc",
  ];
  for (const header of headers) {
    it(`takes out a short secret where it stands as a header: ${header}`, () => {
      assertEquals(redactor(["abc"])(header), header.replace("abc", "[redacted]"));
    });
  }

  it("leaves a longer value that begins like a short secret", () => {
    assertEquals(redactor(["abc"])("x-api-key: abcdef"), "x-api-key: abcdef");
  });

  it("takes time in proportion to the text's length, whatever stands in it", () => {
    const words = ["key".repeat(20_000), "a".repeat(60_000), "key: ".repeat(10_000)];
    for (const word of words) assertEquals(redactor(["abc"])(word), word);
  });

  it("takes nothing out for an empty secret", () => {
    assertEquals(redactor([""])("authorization: Bearer x"), "authorization: Bearer x");
  });
});
