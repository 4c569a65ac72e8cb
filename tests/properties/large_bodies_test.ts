/** Large bodies, which are not read at once, say what they would say if they were. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readJsonBody } from "../../lib/app/request_body.ts";
import { configOf } from "../example_config.ts";
import { FakeClock } from "../fake_clock.ts";
import { REQUESTS } from "./corpus.ts";
import { readsAlike } from "./large_bodies.ts";

const encoder = new TextEncoder();
const config = configOf('routes: [{url: "stub:ok", model: m}]');

/** The body with spaces behind it, so that it is a large one. */
function padded(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + " ".repeat(40_000));
}

function read(body: Uint8Array<ArrayBuffer>) {
  const headers = { "content-type": "application/json" };
  const request = new Request("http://localhost/", { method: "POST", headers, body });
  return readJsonBody(request, { clock: new FakeClock(), config });
}

describe("A large body", () => {
  for (const { name, codec, content } of REQUESTS) {
    it(`says the same unread: ${name}`, async () => {
      const text = JSON.stringify({ model: "m", ...content });
      const taken = readsAlike(padded(text), codec.protocol);
      assertEquals((await read(padded(text))).isRead, taken !== "by its outline");
      assertEquals((await read(encoder.encode(text))).isRead, true);
      readsAlike(encoder.encode(JSON.stringify(content, null, "\t")), codec.protocol);
    });
  }

  it("is hardly ever read at once", () => {
    const taken = REQUESTS.map(({ codec, content }) =>
      readsAlike(padded(JSON.stringify(content)), codec.protocol)
    );
    const outlined = taken.filter((one) => one === "by its outline");
    assert(outlined.length > 0.9 * REQUESTS.length, `${outlined.length} of ${REQUESTS.length}`);
  });
});
