/**
 * The dashboard: one page that needs nothing from anywhere else, and may do nothing but ask this
 * gateway for its status.
 *
 * The page itself holds no data, so it is shown without a client key; what it asks for needs one.
 *
 * @module
 */
import script from "./page.js" with { type: "text" };
import markup from "./page.html" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** Whether a request is that of a browser for the page. */
export function asksForPage(request: Request): boolean {
  const isRead = request.method === "GET" || request.method === "HEAD";
  return isRead && new URL(request.url).pathname === "/" &&
    (request.headers.get("accept") ?? "").includes("text/html");
}

/** Answers with the page. */
export async function dashboard(): Promise<Response> {
  page ??= makePage();
  const { html, policy } = await page;
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
      "cache-control": "no-store",
      "vary": "accept",
    },
  });
}

/** The page, and what a browser is told that it may do. */
interface Page {
  html: string;
  policy: string;
}

/** Made when it is first asked for: most gateways are never looked at. */
let page: Promise<Page> | undefined;

async function makePage(): Promise<Page> {
  // By a function: in a replacement text, `$&` would be put in place of itself.
  const html = markup
    .replace("/* style */", () => style)
    .replace("/* script */", () => script);
  const [scriptHash, styleHash] = await Promise.all(
    ["script", "style"].map((tag) =>
      hashSource(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)![1]!)
    ),
  );
  const policy = [
    "default-src 'none'",
    `script-src ${scriptHash}`,
    `style-src ${styleHash}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Text cannot become markup, not even by a mistake in the script.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return { html, policy };
}

/**
 * A text as Content Security Policy names it.
 *
 * @see {@link https://www.w3.org/TR/CSP3/#grammardef-hash-source}
 */
async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
