/** A client's body: read once, within bounds, and as a JSON object or not at all. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isJson, readBody, readJsonBody } from "../../../lib/app/request_body.ts";
import { GatewayError } from "../../../lib/base/error.ts";
import { jsonObject } from "../../../lib/base/json_body.ts";
import { isDeeperThan } from "../../../lib/base/json_bytes.ts";
import { configOf } from "../../example_config.ts";
import { FakeClock, settled } from "../../fake_clock.ts";
import { Random } from "../../properties/random.ts";

const CONFIG = configOf('routes: [{url: "stub:ok", model: m}]');
const MAX_BODY_BYTES = CONFIG.limits.bodyBytes;

const bytes = (text: string) => new TextEncoder().encode(text);

function request(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request("http://localhost/", { method: "POST", body, headers });
}

function read(asked: Request, clock = new FakeClock()) {
  return readBody(asked, { clock, config: CONFIG });
}

async function refusal(asked: Request): Promise<[status: number, kind: string]> {
  const { status, kind } = await assertRejects(() => read(asked), GatewayError);
  return [status, kind];
}

/** A body that comes in pieces, without a length. */
function streamed(...pieces: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(pieces.map(bytes));
}

describe("readBody()", () => {
  it("gives the bytes as they came", async () => {
    assertEquals(await read(request('{"a":  1}\n')), bytes('{"a":  1}\n'));
  });

  it("gives the bytes of a body whose length was told", async () => {
    assertEquals(await read(request("abc", { "content-length": "3" })), bytes("abc"));
  });

  it("joins a body that comes in pieces", async () => {
    assertEquals(await read(request(streamed("a", "", "bc"))), bytes("abc"));
  });

  it("gives nothing where there is no body", async () => {
    assertEquals(await read(request(null)), bytes(""));
  });

  it("leaves no timer behind", async () => {
    const clock = new FakeClock();
    await read(request("abc"), clock);
    assertEquals(clock.timerCount, 0);
  });

  it("refuses a body that is too large by its header alone", async () => {
    const asked = request(streamed("a"), { "content-length": String(MAX_BODY_BYTES + 1) });
    assertEquals(await refusal(asked), [413, "too_large"]);
    assertEquals(asked.bodyUsed, false);
  });

  it("takes a body of which the header says that it is just as large as it may be", async () => {
    const asked = request("abc", { "content-length": String(MAX_BODY_BYTES) });
    assertEquals(await read(asked), bytes("abc"));
  });

  it("refuses a body that turns out too large, and reads no further", async () => {
    let pulls = 0;
    const piece = new Uint8Array(MAX_BODY_BYTES / 10);
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        pulls++;
        controller.enqueue(piece);
      },
    });
    assertEquals(await refusal(request(body)), [413, "too_large"]);
    assert(pulls <= 13, String(pulls));
  });

  for (const encoding of ["gzip", "br", "deflate", "GZIP", "zstd", "gzip, identity"]) {
    it(`refuses a body in ${encoding}`, async () => {
      assertEquals(await refusal(request("abc", { "content-encoding": encoding })), [
        415,
        "unsupported_media_type",
      ]);
    });
  }

  for (const encoding of ["identity", "Identity", ""]) {
    it(`takes a body in the encoding ${JSON.stringify(encoding)}, which is none`, async () => {
      assertEquals(await read(request("abc", { "content-encoding": encoding })), bytes("abc"));
    });
  }

  it("refuses a body that comes too slowly", async () => {
    const clock = new FakeClock();
    const stuck = new ReadableStream<Uint8Array<ArrayBuffer>>({});
    const outcome = assertRejects(() => read(request(stuck), clock), GatewayError);
    await settled();
    clock.advance(14_999);
    assertEquals(clock.timerCount, 1);
    clock.advance(1);
    const { status, kind } = await outcome;
    assertEquals([status, kind, clock.timerCount], [408, "invalid_request", 0]);
  });

  it("does not hear how a body ends that came too slowly", async () => {
    const clock = new FakeClock();
    let fail = () => {};
    const stuck = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void (fail = () => controller.error(new TypeError("closed"))),
    });
    const outcome = assertRejects(() => read(request(stuck), clock), GatewayError);
    clock.advance(15_000);
    fail();
    assertEquals((await outcome).status, 408);
    await settled();
  });

  it("tells a body that breaks off from a fault of the gateway", async () => {
    const broken = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new TypeError("connection closed")),
    });
    assertEquals(await refusal(request(broken)), [400, "invalid_request"]);
  });
});

describe("isJson()", () => {
  const yes = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/json ;charset=utf-8",
    "application/vnd.api+json",
    "application/a+b+json;v=1",
  ];
  const no = [
    "",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/json-seq",
    "application/x; a=b+json",
    "x-application/json",
    "multipart/form-data",
    "json",
  ];
  for (const type of yes) {
    it(`takes ${type} for JSON`, () => assert(isJson(request("{}", { "content-type": type }))));
  }
  for (const type of no) {
    it(`takes "${type}" for something else`, () => {
      assert(!isJson(request(bytes("{}"), { "content-type": type })));
    });
  }
  it("takes no type for something else", () => assert(!isJson(request(bytes("{}")))));
});

describe("jsonObject()", () => {
  it("gives an object", () => assertEquals(jsonObject(bytes('{"a":[1]}')), { a: [1] }));

  it("passes over a byte order mark", () => {
    assertEquals(jsonObject(bytes('\ufeff{"a":1}')), { a: 1 });
  });

  const wrong: { body: string; problem: string }[] = [
    { body: "", problem: "it is not JSON" },
    { body: "{", problem: "it is not JSON" },
    { body: "{'a':1}", problem: "it is not JSON" },
    { body: "{} {}", problem: "it is not JSON" },
    { body: "[]", problem: "it is an array" },
    { body: '"a"', problem: "it is a string" },
    { body: "1", problem: "it is a number" },
    { body: "null", problem: "it is null" },
  ];
  for (const { body, problem } of wrong) {
    it(`refuses ${JSON.stringify(body)}`, () => {
      const { status, message } = assertThrows(() => jsonObject(bytes(body)), GatewayError);
      assertEquals([status, message], [400, `The request body must be a JSON object: ${problem}`]);
    });
  }

  it("refuses bytes that are not UTF-8", () => {
    const { status } = assertThrows(() => jsonObject(new Uint8Array([0x22, 0xff])), GatewayError);
    assertEquals(status, 400);
  });

  it("reads a replacement character that a client sent as what it is", () => {
    assertEquals(jsonObject(bytes('{"a":"\uFFFD"}')), { a: "\uFFFD" });
  });

  it("takes and refuses the bytes that a strict decoder does", () => {
    const strict = new TextDecoder("utf-8", { fatal: true });
    const [before, after] = [bytes('{"a":"'), bytes('"}')];
    const random = new Random(1);
    // Beginnings of characters of each length, what may follow them, and what may not.
    const parts = [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xef, 0xbb, 0xbd, 0xf0, 0x9f, 0xf4, 0xff];
    let refused = 0;
    for (let time = 0; time < 20_000; time++) {
      const middle = Array.from({ length: random.below(6) }, () => random.pick(parts));
      const body = new Uint8Array([...before, ...middle, ...after]);
      let wanted: unknown;
      try {
        wanted = JSON.parse(strict.decode(body));
      } catch {
        refused++;
        assertThrows(() => jsonObject(body), GatewayError, "UTF-8");
        continue;
      }
      assertEquals(jsonObject(body), wanted);
    }
    assert(refused > 1_000 && refused < 19_000, String(refused));
  });

  it("does not fall over a body of any depth", () => {
    const depth = 1_000_000;
    assert(jsonObject(bytes(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`)));
    assertThrows(() => jsonObject(bytes("[".repeat(depth))), GatewayError);
  });
});

describe("The limits of a body", () => {
  const config = configOf(
    'limits: {bodyBytes: 20, depth: 2}\nroutes: [{url: "stub:ok", model: m}]',
  );
  const readSmall = (body: BodyInit, headers: Record<string, string> = {}) =>
    readBody(request(body, headers), { clock: new FakeClock(), config });
  const json = { "content-type": "application/json" };

  it("are those of the configuration, in bytes", async () => {
    assertEquals(await readSmall("x".repeat(20)), bytes("x".repeat(20)));
    const { status, message } = await assertRejects(() => readSmall("x".repeat(21)), GatewayError);
    assertEquals([status, message], [413, "The request body is larger than 20 bytes"]);
  });

  it("are those of the configuration, in levels of a JSON body", async () => {
    assertEquals(await readSmall('{"a":[1]}', json), bytes('{"a":[1]}'));
    const { status, message } = await assertRejects(
      () => readSmall('{"a":[[]]}', json),
      GatewayError,
    );
    assertEquals([status, message], [400, "The request body is nested more than 2 levels deep"]);
  });

  it("say nothing of the depth of what is no JSON", async () => {
    assertEquals(await readSmall("[[[[]]]]", { "content-type": "text/plain" }), bytes("[[[[]]]]"));
  });
});

describe("readJsonBody()", () => {
  const DEPTH = 3;
  const config = configOf(`limits: {depth: ${DEPTH}}\nroutes: [{url: "stub:ok", model: m}]`);
  const readJson = (body: string) => {
    const headers = { "content-type": "application/json" };
    return readJsonBody(request(body, headers), { clock: new FakeClock(), config });
  };
  /** Makes a body too large for its depth to be looked for in what was read. */
  const LARGE = "x".repeat(256 * 1024);

  it("gives the bytes as they came beside what they say", async () => {
    const text = '{ "a": [1] }';
    const body = await readJson(text);
    assertEquals([body.bytes, body.value], [bytes(text), { a: [1] }]);
  });

  it("finds the same depth in a small body as in a large one", async () => {
    const random = new Random(2);
    const nested = (depth: number): string => {
      if (depth === 0) return random.pick(["1", '"[{"', "null"]);
      const inner = nested(depth - 1);
      return random.pick([
        `[${inner}]`,
        `[[],${inner},1]`,
        `{"a":${inner}}`,
        `{"b":{},"a":${inner}}`,
      ]);
    };
    for (let time = 0; time < 200; time++) {
      const value = nested(random.below(DEPTH + 2));
      for (const text of [`{"a":${value}}`, `{"a":${value},"pad":"${LARGE}"}`]) {
        const isRefused = await readJson(text).then(() => false, (error) => {
          assertEquals(error.message, `The request body is nested more than ${DEPTH} levels deep`);
          return true;
        });
        assertEquals(isRefused, isDeeperThan(bytes(text), DEPTH), text.slice(0, 200));
      }
    }
  });

  it("refuses at once a body that is as deep as its size allows", async () => {
    for (const size of [256 * 1024, 4 * 1024 * 1024]) {
      const deep = (size - 6) / 2;
      const text = `{"a":${"[".repeat(deep)}${"]".repeat(deep)}}`;
      const error = await assertRejects(() => readJson(text), GatewayError);
      assert(error.message.includes("nested"));
    }
  });

  it("looks as deep as any configuration allows", async () => {
    const deepest = configOf('limits: {depth: 1000}\nroutes: [{url: "stub:ok", model: m}]');
    const limits = { clock: new FakeClock(), config: deepest };
    const deep = (levels: number) =>
      request(`{"a":${'[{"a":'.repeat(levels)}[]${"}]".repeat(levels)}}`);
    assert(await readJsonBody(deep(499), limits));
    await assertRejects(() => readJsonBody(deep(500), limits), GatewayError, "nested");
  });

  it("refuses what is no JSON object", async () => {
    for (const text of ["", "[]", '{"a"', "[".repeat(10_000)]) {
      assertEquals((await assertRejects(() => readJson(text), GatewayError)).status, 400);
    }
  });
});
