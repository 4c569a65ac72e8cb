/**
 * Errors of upstreams that are themselves broken: cut short, empty, or a page.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startGateway } from "./gateway_process.ts";
import { listen } from "./scripted_upstream.ts";
import { sharedByTests } from "./shared.ts";

const WHOLE = '{"type":"error","error":{"type":"invalid_request_error","message":"It is wrong"}}';
const BODIES = {
  whole: WHOLE,
  cut: WHOLE.slice(0, 60),
  empty: "",
  page: "<html>Bad Gateway</html>",
};
const QUESTION = { max_tokens: 9, messages: [{ role: "user", content: "hello" }] };

const scene = sharedByTests(async (owned) => {
  // `/400/cut/…`: the status, and the body by its name.
  const upstream = owned.use(listen(({ path }) => {
    const [, , status, name] = path.split("/");
    const headers = { "content-type": "application/json" };
    return new Response(BODIES[name as keyof typeof BODIES], { status: Number(status), headers });
  }));
  const routes = [200, 400].flatMap((status) =>
    Object.keys(BODIES).map((name) => ({
      name: `${status}-${name}`,
      model: `${status}-${name}`,
      url: `${upstream.url}/${status}/${name}`,
      protocol: "anthropic",
      apiKey: "dummy-key-0001",
    }))
  );
  return owned.use(await startGateway({ config: { routes } }));
});

describe("A 400 in the client's own protocol", () => {
  it("is passed on as it came when it is whole", async () => {
    const response = await scene().post("/v1/messages", { model: "400-whole", ...QUESTION });
    assertEquals([response.status, await response.text()], [400, WHOLE]);
  });

  for (const name of ["cut", "empty", "page"]) {
    it(`is told as an error of that protocol when its body is ${name}`, async () => {
      const response = await scene().post("/v1/messages", { model: `400-${name}`, ...QUESTION });
      const { type, error } = await response.json();
      assertEquals([response.status, type, error.type], [400, "error", "invalid_request_error"]);
      assert(error.message !== "");
    });
  }
});

describe("A count of tokens", () => {
  it("is refused with the upstream's words when these are whole", async () => {
    const body = { model: "400-whole", ...QUESTION };
    const response = await scene().post("/v1/messages/count_tokens", body);
    assertEquals([response.status, await response.text()], [400, WHOLE]);
  });

  for (const model of ["200-cut", "200-empty", "200-page", "400-cut", "400-empty", "400-page"]) {
    it(`is estimated when the upstream's answer is none: ${model}`, async () => {
      const response = await scene().post("/v1/messages/count_tokens", { model, ...QUESTION });
      const { input_tokens: count } = await response.json();
      assertEquals([response.status, response.headers.get("x-gateway-estimated")], [200, "1"]);
      assert(count > 0);
    });
  }
});
