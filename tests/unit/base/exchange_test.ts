/** Sources of bytes, and what a broken exchange says. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ByteSource,
  type FailureReason,
  joinBytes,
  readError,
  readWhole,
  sourceOf,
  UpstreamFailure,
} from "../../../lib/base/exchange.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

const reasons: { reason: FailureReason; isNotSent: boolean }[] = [
  { reason: "refused", isNotSent: true },
  { reason: "dns", isNotSent: true },
  { reason: "tls", isNotSent: true },
  { reason: "connect-timeout", isNotSent: true },
  { reason: "stale", isNotSent: false },
  { reason: "reset", isNotSent: false },
  { reason: "timeout", isNotSent: false },
  { reason: "aborted", isNotSent: false },
];

describe("UpstreamFailure", () => {
  for (const { reason, isNotSent } of reasons) {
    it(`knows that after ${reason} the request ${isNotSent ? "was not" : "may have been"} sent`, () =>
      assertEquals(new UpstreamFailure(reason).isNotSent, isNotSent));
  }

  it("keeps its cause out of its message", () => {
    const cause = new Error("connect to https://user:password@host/?key=1");
    const failure = new UpstreamFailure("reset", { cause });
    assertEquals(failure.message, "The upstream exchange ended: reset");
    assert(failure.cause === cause);
  });
});

describe("joinBytes()", () => {
  it("joins pieces in their order", () => {
    assertEquals(joinBytes([bytes(1, 2), bytes(), bytes(3)]), bytes(1, 2, 3));
  });

  it("gives a single piece back without a copy", () => {
    const piece = bytes(1);
    assert(joinBytes([piece]) === piece);
  });

  it("makes nothing of no pieces", () => assertEquals(joinBytes([]), bytes()));
});

describe("sourceOf()", () => {
  it("gives the pieces, then nothing, again and again", async () => {
    const source = sourceOf([bytes(1), bytes(2)]);
    assertEquals(await source.read(), bytes(1));
    assertEquals(await source.read(), bytes(2));
    assertEquals(await source.read(), undefined);
    assertEquals(await source.read(), undefined);
  });

  it("takes no further piece from a generator that is cancelled", async () => {
    let made = 0;
    const source = sourceOf((function* () {
      for (;;) yield bytes(made++);
    })());
    await source.read();
    source.cancel();
    source.cancel();
    assertEquals(await source.read(), undefined);
    assertEquals(made, 1);
  });
});

/** A body of these pieces, which then ends or breaks off. */
function bodyOf(pieces: readonly string[], { breaksOff = false } = {}) {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  const source = {
    isCancelled: false,
    read: () => {
      const piece = left.shift();
      const isBroken = piece === undefined && breaksOff;
      return isBroken ? Promise.reject(new UpstreamFailure("reset")) : Promise.resolve(piece);
    },
    cancel: () => void (source.isCancelled = true),
  };
  return source satisfies ByteSource;
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}

describe("readWhole()", () => {
  it("gives the pieces as one, up to the bound itself", async () => {
    assertEquals(text(await readWhole(bodyOf(["ab", "c"]), 3)), "abc");
    assertEquals(text(await readWhole(bodyOf([]), 3)), "");
  });

  it("gives nothing of a body over the bound, and cancels it", async () => {
    const body = bodyOf(["ab", "cd", "ef"]);
    assertEquals(await readWhole(body, 3), undefined);
    assertEquals(body.isCancelled, true);
  });

  it("fails with a body that breaks off", async () => {
    await assertRejects(() => readWhole(bodyOf(["ab"], { breaksOff: true }), 3), UpstreamFailure);
  });
});

describe("readError()", () => {
  it("gives what came of a body that breaks off", async () => {
    assertEquals(text(await readError(bodyOf(["ab"], { breaksOff: true }), 3)), "ab");
  });

  it("cuts a body at the bound, and cancels what is left", async () => {
    const body = bodyOf(["ab", "cd", "ef"]);
    assertEquals(text(await readError(body, 3)), "abc");
    assertEquals(body.isCancelled, true);
  });
});
