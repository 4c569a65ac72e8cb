/** One line per event: redacted, escaped, and never in the way of a request. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { redactor } from "../../../lib/base/redaction.ts";
import { Log, type LogFields, logObserver } from "../../../lib/cli/log.ts";

const SECRET = "sk-0123456789";

function written(fields: LogFields, { isJson = false, secrets = [] as string[] } = {}): string {
  let text = "";
  const log = new Log((line) => text += line, isJson);
  log.redact = redactor(secrets);
  log.write(fields);
  return text;
}

const lines: { name: string; fields: LogFields; line: string }[] = [
  {
    name: "fields in their order, those without a value left out",
    fields: {
      protocol: "openai_chat",
      event: "routed",
      reason: undefined,
      status: 200,
      stream: false,
    },
    line: "protocol=openai_chat event=routed status=200 stream=false",
  },
  { name: "an empty value in quotes", fields: { a: "" }, line: 'a=""' },
  { name: "a value with spaces in quotes", fields: { a: "b c" }, line: 'a="b c"' },
  { name: "a value with an equal sign in quotes", fields: { a: "b=c" }, line: 'a="b=c"' },
  { name: "a value with quotes in quotes", fields: { a: 'b"c' }, line: 'a="b\\"c"' },
  { name: "a backslash as it is", fields: { a: "b\\c" }, line: "a=b\\c" },
  { name: "line breaks escaped", fields: { a: "b\r\nc" }, line: "a=b\\u000d\\u000ac" },
  {
    name: "colours escaped",
    fields: { a: "\u001b[31mred\u009b0m" },
    line: "a=\\u001b[31mred\\u009b0m",
  },
  {
    name: "other line breaks escaped",
    fields: { a: "b\u2028c\u0085" },
    line: "a=b\\u2028c\\u0085",
  },
  { name: "other languages as they are", fields: { a: "你好" }, line: "a=你好" },
  { name: "half a character as none", fields: { a: "\ud83c" }, line: "a=\ufffd" },
];

describe("Log.write()", () => {
  for (const { name, fields, line } of lines) {
    it(`writes ${name}`, () => assertEquals(written(fields), `[gateway] ${line}\n`));
  }

  it("writes JSON without the prefix, with the time", () => {
    const line = written({ event: "routed", ms: 5, text: "a\nb c\u001b" }, { isJson: true });
    assertEquals(line.split("\n").length, 2);
    const { time, ...rest } = JSON.parse(line);
    assert(Math.abs(Date.parse(time) - Date.now()) < 60_000);
    assertEquals(rest, { event: "routed", ms: 5, text: "a\\u000ab c\\u001b" });
  });

  it("writes JSON that reads back as what it was told, without what has no value", () => {
    const fields = { a: 'b "c" \\d', none: undefined, empty: "", far: "你好", ok: true, ms: 1.5 };
    const { time: _, ...rest } = JSON.parse(written(fields, { isJson: true }));
    assertEquals(rest, { a: 'b "c" \\d', empty: "", far: "你好", ok: true, ms: 1.5 });
    assert(written({ ms: NaN }, { isJson: true }).endsWith('"ms":null}\n'));
  });

  for (const isJson of [false, true]) {
    it(`takes secrets out of every value${isJson ? " of JSON" : ""}`, () => {
      const line = written({ a: `key ${SECRET}`, b: SECRET }, { isJson, secrets: [SECRET] });
      assert(!line.includes(SECRET) && line.includes("[redacted]"), line);
    });
  }

  it("takes out a secret before it cuts, so that no half of one is left", () => {
    const line = written({ a: "x".repeat(495) + SECRET }, { secrets: [SECRET] });
    assert(!line.includes(SECRET.slice(0, 4)), line);
  });

  it("cuts long values", () => {
    assertEquals(written({ a: "x".repeat(10_000) }), `[gateway] a=${"x".repeat(500)}\n`);
  });

  it("takes a redaction that changes with the configuration", () => {
    let text = "";
    const log = new Log((line) => text = line, false);
    log.write({ a: SECRET });
    assert(text.includes(SECRET));
    log.redact = redactor([SECRET]);
    log.write({ a: SECRET });
    assert(!text.includes(SECRET));
  });

  it("does not throw when its sink does", () => {
    new Log(() => {
      throw new Error("disk full");
    }, false).write({ a: 1 });
  });
});

describe("logObserver()", () => {
  let text = "";
  const observer = logObserver(new Log((line) => text = line, false));
  const attempt = { model: "m", route: "r", ms: 12 };
  const request = { requestId: "id", protocol: "openai_chat" } as const;

  it("writes one routed line for an answered request", () => {
    observer.routed({
      ...request,
      endpoint: "/chat/completions",
      requestedModel: "auto",
      model: "m",
      route: "r",
      status: 200,
      attempts: [{ ...attempt, status: 503 }, { ...attempt, status: 200 }],
      ms: 34.6,
      isStream: true,
      losses: ["top_k", "n"],
    });
    assertEquals(
      text,
      "[gateway] protocol=openai_chat event=routed request_id=id endpoint=/chat/completions " +
        "requested=auto model=m route=r status=200 attempts=2 ms=35 stream=true losses=top_k,n\n",
    );
  });

  it("leaves out of a routed line what there was not", () => {
    observer.routed({
      ...request,
      endpoint: "/chat/completions",
      requestedModel: "auto",
      status: 503,
      attempts: [],
      ms: 1,
      isStream: false,
      losses: [],
    });
    assertEquals(
      text,
      "[gateway] protocol=openai_chat event=routed request_id=id endpoint=/chat/completions " +
        "requested=auto status=503 attempts=0 ms=1 stream=false\n",
    );
  });

  it("writes one upstream_error line for a failed attempt", () => {
    observer.attemptFailed({ ...request, ...attempt, status: 429, detail: "slow down" });
    assertEquals(
      text,
      "[gateway] protocol=openai_chat event=upstream_error request_id=id model=m route=r " +
        'status=429 ms=12 detail="slow down"\n',
    );
    observer.attemptFailed({ ...request, ...attempt, reason: "timeout" });
    assert(text.includes(" reason=timeout ms=12\n"));
  });

  it("writes one switch line for a change of candidate", () => {
    const to = { fromModel: "a", fromRoute: "r1", toModel: "b", toRoute: "r2" };
    observer.switched({ ...request, ...to, status: 503 });
    assertEquals(
      text,
      "[gateway] protocol=openai_chat event=switch request_id=id from_model=a to_model=b " +
        "from_route=r1 to_route=r2 status=503\n",
    );
  });

  it("writes a compat_error line for a request that cannot be translated", () => {
    observer.refused({ ...request, model: "m", message: "thread: not here" });
    assertEquals(
      text,
      "[gateway] protocol=openai_chat event=compat_error request_id=id model=m " +
        'message="thread: not here"\n',
    );
  });

  it("writes nothing for an attempt that ended well", () => {
    text = "";
    observer.attemptEnded({ ...attempt, status: 200, isOk: true });
    assertEquals(text, "");
  });
});
