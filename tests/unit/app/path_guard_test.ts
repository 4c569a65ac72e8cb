/** Which paths are passed on: none that some server could read as a way out. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkPath } from "../../../lib/app/path_guard.ts";
import { GatewayError } from "../../../lib/base/error.ts";

const dangerous = [
  "/.",
  "/..",
  "/../v1/files",
  "/files/../../admin",
  "/files/..",
  "/%2e",
  "/%2e%2e/x",
  "/.%2E/x",
  "/%252e%252e/x",
  "/%25252e%25252e/x",
  "/..;/x",
  "/..;a=b/x",
  "/%2e%2e;/x",
  "/..%3b/x",
  "/a%2fb",
  "/a%2F..%2Fb",
  "/a%252fb",
  "/a\\b",
  "/a%5cb",
  "/a%255Cb",
  "/a%00",
  "/a%2500",
  "/a%0d%0aHost:x",
  "/a%1f",
  "/a%7f",
  "/a%C2%85",
  "/a\u0000",
  "/a\tb",
  "/a%",
  "/a%zz",
  "/a%c3%28",
  "/a%25c0%25ae",
  "/%252e%252e%252f%25zz",
  "/%25zz%252e%252e%252fx",
  `/%${"25".repeat(20)}2e`,
];

const harmless = [
  "",
  "/",
  "/embeddings",
  "/files/file-abc123/content",
  "/files/report.v2..final.pdf",
  "/models/...",
  "/a;b",
  "/a.;b",
  "/a%20b",
  "/a%3Ab",
  "/fine-tuned%20model",
  "/%E4%BD%A0%E5%A5%BD",
  "/你好",
  "/a%253Ab",
  "/100%25",
  "/100%2525",
  `/${"%25".repeat(20)}2e`,
  "/50%25-60%25.txt",
  "//",
  "/a+b~c!",
];

describe("checkPath()", () => {
  for (const path of dangerous) {
    it(`refuses ${JSON.stringify(path)}`, () => {
      const { status, kind } = assertThrows(() => checkPath(path), GatewayError);
      assertEquals([status, kind], [400, "invalid_request"]);
    });
  }
  for (const path of harmless) {
    it(`lets ${JSON.stringify(path)} pass`, () => checkPath(path));
  }
});
