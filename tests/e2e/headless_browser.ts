/**
 * A real browser without a window, driven over the Chrome DevTools Protocol.
 *
 * @see {@link https://chromedevtools.github.io/devtools-protocol/}
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "./eventually.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** The path of a browser of this machine; `undefined` when there is none. */
export function findBrowser(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const paths = NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** What the protocol sends: an answer to a command, or an event. */
interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** One page in a browser of its own. */
export class BrowserPage implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #lastId = 0;
  #onEvent: (method: string) => void = () => {};
  /** Everything that the browser complained of: console errors, exceptions, refused loads. */
  readonly complaints: string[] = [];
  /** Every address that was asked for. */
  readonly requested: string[] = [];

  /** Starts a browser and opens an empty page. */
  static async open(path: string): Promise<BrowserPage> {
    const folder = await Deno.makeTempDir({ prefix: "gateway_e2e_browser_" });
    const child = spawn(path, [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--no-proxy-server",
      "--disable-background-networking",
      "--disable-component-update",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      "about:blank",
    ], { stdio: "ignore" });
    try {
      const port = await eventually("the browser's port", () => portIn(folder));
      const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      const { webSocketDebuggerUrl } = pages.find(({ type }: { type: string }) => type === "page");
      const socket = new WebSocket(webSocketDebuggerUrl);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      const page = new BrowserPage(child, { folder, socket });
      for (const domain of ["Page", "Runtime", "Log", "Network"]) {
        await page.send(`${domain}.enable`);
      }
      return page;
    } catch (error) {
      await end(child, folder);
      throw error;
    }
  }

  private constructor(
    child: ChildProcess,
    { folder, socket }: { folder: string; socket: WebSocket },
  ) {
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
  }

  /** Sends one command and waits for its answer. */
  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  #hear({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const answer = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result ?? {});
      return;
    }
    this.#onEvent(method ?? "");
    const told = JSON.stringify(params);
    if (method === "Runtime.exceptionThrown") this.complaints.push(told);
    if (method === "Runtime.consoleAPICalled" && params?.type === "error") {
      this.complaints.push(told);
    }
    if (method === "Log.entryAdded" && told.includes('"level":"error"')) this.complaints.push(told);
    if (method === "Network.requestWillBeSent") {
      this.requested.push((params as { request: { url: string } }).request.url);
    }
  }

  /** Goes to an address. */
  async goTo(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
    await eventually(
      `${url} to be loaded`,
      () => this.evaluate("document.readyState === 'complete'"),
    );
  }

  /** What a piece of script gives; promises are awaited. */
  // deno-lint-ignore no-explicit-any -- whatever the script gives
  async evaluate(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    }) as { result: { value: unknown }; exceptionDetails?: unknown };
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** The text that a reader sees. */
  async text(): Promise<string> {
    return await this.evaluate("document.body.innerText");
  }

  /** Shows the page at another width, in the light or in the dark. */
  async look({ width, height = 900, isDark = false }: {
    width: number;
    height?: number;
    isDark?: boolean;
  }): Promise<void> {
    const isMobile = width < 600;
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: isMobile,
    });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }],
    });
  }

  /** Lets time pass for the page's timers, faster than it does. */
  async letPass(ms: number): Promise<void> {
    const passed = Promise.withResolvers<void>();
    this.#onEvent = (method) => method === "Emulation.virtualTimeBudgetExpired" && passed.resolve();
    await this.send("Emulation.setVirtualTimePolicy", { policy: "advance", budget: ms });
    await passed.promise;
    await this.send("Emulation.setVirtualTimePolicy", { policy: "advance" });
  }

  /** A picture of the whole page, as PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true }) as {
      data: string;
    };
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
    await end(this.#child, this.#folder);
  }
}

/** Where the browser says that it listens, once it has said so to the end of the line. */
function portIn(folder: string): number | undefined {
  try {
    const text = Deno.readTextFileSync(`${folder}/DevToolsActivePort`);
    return text.includes("\n") ? Number(text.split("\n")[0]) : undefined;
  } catch {
    return undefined;
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await ended;
  }
  // Its helpers end a moment after it, and write until then.
  await eventually("the browser's folder to be gone", async () => {
    try {
      await Deno.remove(folder, { recursive: true });
      return true;
    } catch {
      return false;
    }
  });
}
