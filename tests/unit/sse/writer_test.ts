/** Written messages, and that the parser reads them back. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SseParser } from "../../../lib/sse/parser.ts";
import { writeComment, writeSse } from "../../../lib/sse/writer.ts";

const read = (text: string) => new SseParser().push(new TextEncoder().encode(text));

describe("writeSse()", () => {
  it("writes the event only when there is one", () => {
    assertEquals(writeSse({ event: "", data: "a" }), "data: a\n\n");
    assertEquals(writeSse({ event: "x", data: "a" }), "event: x\ndata: a\n\n");
  });

  it("splits data of several lines", () => {
    assertEquals(writeSse({ event: "", data: "a\nb" }), "data: a\ndata: b\n\n");
    assertEquals(
      writeSse({ event: "", data: "a\r\nb\rc\n" }),
      "data: a\ndata: b\ndata: c\ndata: \n\n",
    );
  });

  it("writes what SseParser reads back", () => {
    for (const data of ["", " a ", "a\n\nb", "\n", ":", "你好 🎉"]) {
      const message = { event: "x", data };
      assertEquals(read(writeSse(message)), [message]);
    }
  });
});

describe("writeComment()", () => {
  it("writes a block of its own, which SseParser skips", () => {
    assertEquals(writeComment("ping"), ": ping\n\n");
    assertEquals(read(writeComment("a\ndata: b\r\rdata: c") + "data: d\n\n"), [{
      event: "",
      data: "d",
    }]);
  });
});
