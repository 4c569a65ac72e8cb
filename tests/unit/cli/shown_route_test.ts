/** Routes as people may be shown them: without a secret. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  clientCredentials,
  isStandIn,
  protocolWord,
  shownUrl,
  withoutSecrets,
} from "../../../lib/cli/shown_route.ts";
import { configOf, routeOf } from "../../example_config.ts";

const SECRET = "very-secret-value-0001";

describe("withoutSecrets()", () => {
  it("says which variable the key comes from", () => {
    const route = routeOf("url: https://h.example, apiKeyEnv: KEY", { KEY: SECRET });
    assertEquals(withoutSecrets(route).credentials?.key, "(from KEY)");
  });

  it("says that the key stands in the file", () => {
    const route = routeOf(`url: https://h.example, apiKey: ${SECRET}`);
    assertEquals(withoutSecrets(route).credentials?.key, "(from the file)");
  });

  it("hides headers by their name or because a variable stands in them, and shows the rest", () => {
    const { routes: [route] } = configOf(
      `
routes:
  - url: https://h.example
    model: m
    headers:
      Authorization: Basic ${SECRET}
      X-Org: "org-\${ORG}"
      X-Title: my agent
`,
      { ORG: SECRET },
    );
    assertEquals(withoutSecrets(route!).headers, [
      ["authorization", "Basic (from the file)"],
      ["x-org", "(from ORG)"],
      ["x-title", "my agent"],
    ]);
  });

  it("leaves no secret anywhere in what it returns", () => {
    const { routes: [route] } = configOf(
      `[{url: "https://h.example/", model: m, apiKey: "\${KEY}", headers: {x-token: "a \${KEY}"}}]`,
      { KEY: SECRET },
    );
    assert(JSON.stringify(route).includes(SECRET));
    assert(!JSON.stringify(withoutSecrets(route!)).includes(SECRET));
  });

  it("makes headers of variables whatever they are called", () => {
    const route = routeOf("url: https://h.example, apiKeyEnv: 密钥", { 密钥: SECRET });
    new Headers([["x", withoutSecrets(route).credentials!.key]]);
  });

  it("does not change the route", () => {
    const route = routeOf(`url: https://h.example, apiKey: ${SECRET}`);
    withoutSecrets(route);
    assertEquals(route.credentials?.key, SECRET);
  });
});

describe("shownUrl()", () => {
  const rows: { url: string; shown: string }[] = [
    { url: "https://h.example/v1/messages", shown: "https://h.example/v1/messages" },
    { url: "http://127.0.0.1:11434/v1", shown: "http://127.0.0.1:11434/v1" },
    { url: "https://me:secret@h.example/v1", shown: "https://…@h.example/v1" },
    { url: "https://h.example/v1?key=secret&a=b", shown: "https://h.example/v1?key=…&a=…" },
    { url: "stub:flaky/v1/messages?every=2", shown: "stub:flaky/v1/messages?every=2" },
  ];
  for (const { url, shown } of rows) {
    it(`shows ${shown}`, () => assertEquals(shownUrl(new URL(url)), shown));
  }
});

describe("clientCredentials()", () => {
  it("stand in for a key", () => {
    for (const protocol of ["openai_chat", "anthropic_messages", "openai_responses"] as const) {
      assert(isStandIn(clientCredentials(protocol)[1]));
    }
  });
});

describe("protocolWord()", () => {
  it("gives the word that the file has", () => {
    assertEquals(protocolWord("openai_chat"), "openai");
    assertEquals(protocolWord("anthropic_messages"), "anthropic");
    assertEquals(protocolWord("openai_responses"), "responses");
  });
});
