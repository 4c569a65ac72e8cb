/** What a stub keeps of the requests that it got. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loggedHeaders, RequestLog } from "../../../lib/stub/request_log.ts";

const REQUEST = { method: "POST", path: "/v1/x", headers: {} };
const MIB = 1024 * 1024;

describe("RequestLog", () => {
  it("numbers requests from 1, and again from 1 after it was cleared", () => {
    const log = new RequestLog();
    log.add(REQUEST, 1);
    assertEquals(log.add(REQUEST, 1).number, 2);
    log.clear();
    assertEquals([log.count, log.requests], [0, []]);
    assertEquals(log.add(REQUEST, 1).number, 1);
  });

  it("keeps the last thousand, and counts all", () => {
    const log = new RequestLog();
    for (let index = 0; index < 1_005; index++) log.add(REQUEST, 1);
    assertEquals([log.count, log.requests.length, log.requests[0]!.number], [1_005, 1_000, 6]);
  });

  it("keeps no more than 64 MiB of bodies", () => {
    const log = new RequestLog();
    for (let index = 0; index < 9; index++) log.add(REQUEST, 10 * MIB);
    assertEquals(log.requests.map(({ number }) => number), [4, 5, 6, 7, 8, 9]);
  });

  it("writes the same text for bodies whose keys come in another order", () => {
    const texts = [{ b: [{ d: 1, c: null }], a: "x" }, { a: "x", b: [{ c: null, d: 1 }] }]
      .map((body) => {
        const log = new RequestLog();
        log.add({ ...REQUEST, body }, 1);
        return log.text();
      });
    assertEquals(texts[0], texts[1]);
    assertEquals(
      texts[0],
      '{"number":1,"method":"POST","path":"/v1/x","headers":{},' +
        '"body":{"a":"x","b":[{"c":null,"d":1}]}}\n',
    );
  });
});

describe("loggedHeaders()", () => {
  it("keeps what tells something, and no credentials", () => {
    const headers = new Headers({
      "x-api-key": "k",
      authorization: "Bearer k",
      cookie: "k",
      "user-agent": "me",
      "anthropic-beta": "b",
    });
    assertEquals(loggedHeaders(headers), { "anthropic-beta": "b", "user-agent": "me" });
  });
});
