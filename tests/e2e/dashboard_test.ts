import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { eventually } from "./eventually.ts";
import { type GatewayProcess, startGateway, type StartOptions } from "./gateway_process.ts";
import { BrowserPage, findBrowser } from "./headless_browser.ts";

const HTML = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
const HELLO = { messages: [{ role: "user", content: "a prompt that nobody may see" }] };
const CLIENT_KEY = "client-key-dummy-0001";
const ROUTE_KEY = "route-key-dummy-0001";
const MAX_PAGE_BYTES = 40 * 1024;
/** Names that would run a script if they were taken for markup. */
const EVIL = "<img src=x onerror=document.title='owned'>";
const EVIL_ROUTE = "<script>document.title='owned'</script>";

const ROUTES = [
  { name: "steady", url: "stub:ok", model: ["m-steady", EVIL] },
  { name: EVIL_ROUTE, url: "stub:fail?status=429&retryAfter=120", model: "m-resting" },
  {
    name: "remote",
    url: "http://user-part@127.0.0.1:9/path-part/v1?query-part=1",
    model: "m-remote",
    apiKeyEnv: "DASHBOARD_ROUTE_KEY",
  },
];
const SCENE: StartOptions = {
  config: { routes: ROUTES, auto: { models: ["m-resting", "m-steady"], policy: "ordered" } },
  env: { DASHBOARD_ROUTE_KEY: ROUTE_KEY },
};

async function pageOf(gateway: GatewayProcess): Promise<{ response: Response; html: string }> {
  const response = await gateway.fetch("/", HTML);
  return { response, html: await response.text() };
}

async function ask(gateway: GatewayProcess, model: string): Promise<void> {
  await (await gateway.post("/v1/chat/completions", { model, ...HELLO })).bytes();
}

/** A text as a content security policy names it. */
async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

function inside(tag: string, html: string): string[] {
  return [...html.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, "g"))].map(([, text]) =>
    text!
  );
}

describe("The dashboard's page", () => {
  it("is one small file that asks for nothing else, and whose policy allows nothing else", async () => {
    await using gateway = await startGateway(SCENE);
    const { response, html } = await pageOf(gateway);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
    assert(new TextEncoder().encode(html).length <= MAX_PAGE_BYTES, `${html.length} characters`);
    assertEquals([...html.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, at]) => at), [
      "data:,",
      "#models",
    ]);
    assertEquals([...html.matchAll(/\son\w+=|\sstyle=/g)].length, 0);
    const [script, ...otherScripts] = inside("script", html);
    const [style, ...otherStyles] = inside("style", html);
    assertEquals([otherScripts, otherStyles], [[], []]);
    const policy = response.headers.get("content-security-policy")!.split("; ");
    assertEquals(policy, [
      "default-src 'none'",
      `script-src ${await hashSource(script!)}`,
      `style-src ${await hashSource(style!)}`,
      "img-src data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertEquals(response.headers.get("referrer-policy"), "no-referrer");
    assertEquals(response.headers.get("cache-control"), "no-store");
  });

  it("has a script that makes no markup of text, and finds every element that it names", async () => {
    await using gateway = await startGateway(SCENE);
    const { html } = await pageOf(gateway);
    const script = inside("script", html)[0]!;
    // Parsed, not run.
    new Function(script);
    assertEquals(script.match(/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(/g), null);
    const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    const named = [...script.matchAll(/byId\("([^"]+)"\)/g)].map(([, id]) => id);
    assert(named.length > 15);
    assertEquals(named.filter((id) => !ids.has(id)), []);
  });

  it("is for browsers: others get a short text, and GET /health stays what it is", async () => {
    await using gateway = await startGateway(SCENE);
    for (const accept of ["*/*", "text/plain", "application/json"]) {
      const response = await gateway.fetch("/", { headers: { accept } });
      assertStringIncludes(await response.text(), "POST /v1/chat/completions");
    }
    const head = await gateway.fetch("/", { method: "HEAD", ...HTML });
    assertEquals([head.status, await head.text()], [200, ""]);
    const health = await gateway.fetch("/health", HTML);
    assertMatch(await health.text(), /^Model health over 12 h/);
  });

  it("holds no data, so it is given without a client key, and its figures are not", async () => {
    await using gateway = await startGateway({ config: withClients() });
    const { response, html } = await pageOf(gateway);
    assertEquals(response.status, 200);
    for (const word of ["m-steady", CLIENT_KEY, "steady"]) assert(!html.includes(word), word);
    for (const path of ["/gateway/status", "/health", "/metrics", "/v1/models"]) {
      const refused = await gateway.fetch(path, HTML);
      assertEquals([path, refused.status], [path, 401]);
      await refused.body?.cancel();
    }
    const posted = await gateway.fetch("/", { method: "POST", ...HTML });
    assertEquals(posted.status, 401);
    await posted.body?.cancel();
  });

  it("is not for other sites", async () => {
    await using gateway = await startGateway(SCENE);
    for (
      const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }]
    ) {
      const response = await gateway.fetch("/gateway/status", { headers });
      assertEquals(response.status, 403);
      await response.body?.cancel();
    }
  });
});

describe("GET /gateway/status", () => {
  it("tells models, routes, requests and switches, but no key, prompt or more of a URL", async () => {
    await using gateway = await startGateway(SCENE);
    await ask(gateway, "auto");
    await ask(gateway, "m-nobody");
    const response = await gateway.fetch("/gateway/status");
    assertEquals(response.headers.get("cache-control"), "no-store");
    const text = await response.text();
    for (const secret of [ROUTE_KEY, "nobody may see", "path-part", "query-part", "user-part"]) {
      assert(!text.includes(secret), secret);
    }
    const status = JSON.parse(text);
    const resting = status.models.find(({ model }: { model: string }) => model === "m-resting");
    assertEquals([resting.rest.reason, resting.rest.status], ["directed", 429]);
    assertEquals([resting.lastStatus, resting.trail.length], [429, 1]);
    assertEquals(status.routes[2].auth, { from: "variable", variable: "DASHBOARD_ROUTE_KEY" });
    assertEquals(status.routes[2].host, "127.0.0.1:9");
    const [rejected, switched] = status.requests;
    assertEquals([rejected.status, rejected.error.code], [404, "model_not_found"]);
    assertEquals([switched.asked, switched.model, switched.attempts.length], [
      "auto",
      "m-steady",
      2,
    ]);
    assert(switched.usage.outputTokens > 0);
    const [change] = status.switches;
    assertEquals([change.fromModel, change.toModel, change.status], ["m-resting", "m-steady", 429]);
    assertEquals(status.traffic.at(-1), { ago: 0, count: 2, failed: 1 });
    assertEquals(status.config.problems, []);
  });

  it("names the variable for want of which a route is off, and where other keys come from", async () => {
    const config = {
      routes: [
        {
          name: "off",
          url: "http://127.0.0.1:9/v1",
          model: "m-off",
          apiKeyEnv: "DASHBOARD_NOT_SET",
        },
        { name: "file", url: "http://127.0.0.1:9/v1", model: "m-1", apiKey: ROUTE_KEY },
        { name: "client", url: "http://127.0.0.1:9/v1", model: "m-2" },
        { name: "none", url: "stub:ok", model: "m-3" },
        {
          name: "header",
          url: "http://127.0.0.1:9/v1",
          model: "m-4",
          headers: { "x-own-token": "${DASHBOARD_TOKEN}" },
        },
      ],
    };
    const env = { DASHBOARD_TOKEN: "token-dummy-00001" };
    await using gateway = await startGateway({ config, env });
    const { routes, config: { offRoutes } } = await (await gateway.fetch("/gateway/status")).json();
    assertEquals(offRoutes, [{ name: "off", models: ["m-off"], variable: "DASHBOARD_NOT_SET" }]);
    assertEquals(routes.map(({ name, auth }: { name: string; auth: unknown }) => [name, auth]), [
      ["file", { from: "file" }],
      ["client", { from: "client" }],
      ["none", { from: "none" }],
      ["header", { from: "header", variable: "DASHBOARD_TOKEN" }],
    ]);
  });
});

function withClients() {
  return { routes: ROUTES.slice(0, 1), clients: [{ name: "one", key: CLIENT_KEY }] };
}

/** A page that shows the gateway's first figures. */
async function opened(path: string, gateway: GatewayProcess): Promise<BrowserPage> {
  const page = await BrowserPage.open(path);
  await page.look({ width: 1440 });
  await page.goTo(`${gateway.address}/`);
  return page;
}

async function shows(page: BrowserPage, ...words: string[]): Promise<void> {
  await eventually(`the page to show ${words.join(", ")}`, async () => {
    const text = await page.text();
    return words.every((word) => text.includes(word));
  });
}

function inBrowser(path: string): void {
  it("shows models, routes, requests and switches, and names that are markup as text", async () => {
    await using gateway = await startGateway(SCENE);
    for (const model of ["auto", EVIL, "m-nobody"]) await ask(gateway, model);
    await using page = await opened(path, gateway);
    await shows(
      page,
      "1 of 4 models resting",
      EVIL,
      EVIL_ROUTE,
      "its upstream asked for it (429)",
      "m-resting → m-steady",
      "key from $DASHBOARD_ROUTE_KEY",
      "model_not_found",
      `export ANTHROPIC_BASE_URL=${gateway.address}/anthropic`,
    );
    assertEquals(await page.evaluate("document.images.length + document.scripts.length"), 1);
    assertMatch(await page.evaluate("document.title"), /^1 of 4 models resting/);
    assertEquals(page.complaints, []);
    const elsewhere = page.requested.filter((url) =>
      url !== `${gateway.address}/` && url !== `${gateway.address}/gateway/status` &&
      !url.startsWith("data:")
    );
    assertEquals(elsewhere, []);
  });

  it("keeps itself up to date, and stands still while it is paused", async () => {
    await using gateway = await startGateway(SCENE);
    await using page = await opened(path, gateway);
    await shows(page, "Ready for the first request", "No request yet.");
    await ask(gateway, "m-steady");
    await shows(page, "Healthy");
    await page.evaluate("document.getElementById('pause').click()");
    const count = "document.querySelectorAll('#request-table tbody tr').length";
    assertEquals(await page.evaluate(count), 1);
    await ask(gateway, "m-steady");
    const asked = page.requested.length;
    await page.letPass(60_000);
    assertEquals(page.requested.length, asked);
    assertEquals(await page.evaluate(count), 1);
    await page.evaluate("document.getElementById('pause').click()");
    await eventually("the second request", async () => await page.evaluate(count) === 2);
  });

  it("says at its top why an edit of the configuration is not in use, and when it is", async () => {
    await using gateway = await startGateway(SCENE);
    await using page = await opened(path, gateway);
    await shows(page, "Ready for the first request");
    await gateway.writeConfig("routes: [{ urll: broken }]\n");
    await shows(page, "Last edit not in use", "The last edit of the configuration", "urll");
    await gateway.writeConfig("routes: [{ name: new, url: 'stub:ok', model: m-new }]\n");
    await shows(page, "m-new");
    assertEquals(await page.evaluate("document.getElementById('alarm').hidden"), true);
  });

  it("says that the gateway is gone", async () => {
    await using gateway = await startGateway(SCENE);
    await using page = await opened(path, gateway);
    await shows(page, "Ready for the first request");
    await gateway.stop();
    await shows(page, "The gateway is not reachable");
  });

  it("asks for a client key where one is needed, and keeps it for the tab alone", async () => {
    await using gateway = await startGateway({ config: withClients() });
    await using page = await opened(path, gateway);
    await shows(page, "A client key is needed");
    assertEquals(await page.evaluate("document.activeElement.id"), "key");
    await enterKey(page, "not-the-key");
    await shows(page, "The gateway does not know this key.");
    const asked = page.requested.length;
    await enterKey(page, CLIENT_KEY);
    await shows(page, "m-steady", "export ANTHROPIC_AUTH_TOKEN=YOUR_CLIENT_KEY");
    assert(page.requested.length > asked);
    assertEquals(await page.evaluate("localStorage.length + document.cookie.length"), 0);
    assertEquals(await page.evaluate("document.getElementById('key').value"), "");
    assert(page.requested.every((url) => !url.includes(CLIENT_KEY)));
    assert(!(await page.text()).includes(CLIENT_KEY));
  });

  for (const width of [360, 768, 1440]) {
    for (const isDark of [false, true]) {
      it(`fits ${width} pixels in the ${isDark ? "dark" : "light"}, readable`, async () => {
        await using gateway = await startGateway(SCENE);
        for (const model of ["auto", EVIL, "m-nobody"]) await ask(gateway, model);
        await using page = await opened(path, gateway);
        await page.look({ width, isDark });
        await shows(page, "m-resting");
        const [needed, there] = await page.evaluate(
          "[document.documentElement.scrollWidth, innerWidth]",
        );
        assert(needed <= there && there === width, `${needed} of ${there}`);
        assertEquals(await page.evaluate(TOO_FAINT), []);
      });
    }
  }

  it("can be worked with the keyboard alone, and names every control", async () => {
    await using gateway = await startGateway(SCENE);
    for (let count = 0; count < 30; count++) await ask(gateway, "m-steady");
    await using page = await opened(path, gateway);
    await shows(page, "Show all 30");
    const reached: string[] = [];
    for (let presses = 0; presses < 10; presses++) {
      for (const type of ["keyDown", "keyUp"]) {
        await page.send("Input.dispatchKeyEvent", {
          type,
          key: "Tab",
          code: "Tab",
          windowsVirtualKeyCode: 9,
        });
      }
      reached.push(await page.evaluate(NAME_OF_FOCUS));
    }
    for (
      const name of [
        "Skip to the models",
        "Pause",
        "only failed or switched",
        "Show all 30",
        "Copy: Claude Code",
        "All metrics",
      ]
    ) {
      assert(reached.some((one) => one.startsWith(name)), `${name} in ${JSON.stringify(reached)}`);
    }
    await page.evaluate("document.getElementById('more').click()");
    await shows(page, "Show fewer");
    await page.evaluate("document.getElementById('all-metrics').open = true");
    await shows(page, "gateway_attempts_total");
    assertEquals(page.complaints, []);
  });
}

async function enterKey(page: BrowserPage, key: string): Promise<void> {
  await page.evaluate(`(() => {
    document.getElementById("key").value = ${JSON.stringify(key)};
    document.querySelector("#key-form button").click();
  })()`);
}

const NAME_OF_FOCUS = `(() => {
  const { activeElement: focused } = document;
  return focused.getAttribute("aria-label") ?? (focused.labels?.[0] ?? focused).innerText.trim();
})()`;

/** Texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
const TOO_FAINT = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3)
      .map((node) => node.data.trim()).join("");
    if (text === "" || element.checkVisibility?.() === false || element.closest("script, style, noscript, svg")) continue;
    const [one, other] = [rgb(getComputedStyle(element).color), groundOf(element)].map(light)
      .sort((first, second) => second - first);
    if ((one + 0.05) / (other + 0.05) < 4.5) faint.add(element.tagName + "." + element.className + " " + text.slice(0, 20));
  }
  return [...faint];
})()`;

const browser = findBrowser();
if (browser !== undefined) {
  describe("The dashboard in a real browser", () => inBrowser(browser));
} else {
  console.warn("No chromium or chrome on this machine: the dashboard was not opened in a browser");
  describe("The dashboard, without a browser on this machine,", () => {
    it("was only looked at as text, and never opened", () => {});
  });
}
