/** Addresses that are listened on: whose they are, and how they are called. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { callableAddress, httpAddress, isLoopback } from "../../../lib/base/listen_address.ts";

describe("isLoopback()", () => {
  it("knows this machine's own names", () => {
    for (const name of ["localhost", "127.0.0.1", "127.255.0.9", "::1", "[::1]", "a.localhost"]) {
      assert(isLoopback(name), name);
    }
  });

  it("knows others", () => {
    for (
      const name of ["0.0.0.0", "::", "10.0.0.1", "localhost.com", "1127.0.0.1", "127.0.0.1.x"]
    ) {
      assert(!isLoopback(name), name);
    }
  });
});

describe("httpAddress()", () => {
  const rows = [
    ["127.0.0.1", "http://127.0.0.1:80"],
    ["0.0.0.0", "http://0.0.0.0:80"],
    ["::1", "http://[::1]:80"],
    ["[::1]", "http://[::1]:80"],
  ] as const;
  for (const [host, address] of rows) {
    it(`writes ${host} as ${address}`, () => assertEquals(httpAddress(host, 80), address));
  }
});

describe("callableAddress()", () => {
  const rows = [
    ["0.0.0.0", "http://127.0.0.1:80"],
    ["::", "http://[::1]:80"],
    ["10.0.0.1", "http://10.0.0.1:80"],
  ] as const;
  for (const [host, address] of rows) {
    it(`calls ${host} at ${address}`, () => assertEquals(callableAddress(host, 80), address));
  }
});
