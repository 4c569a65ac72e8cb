/**
 * The dashboard's script: asks the gateway for its status again and again, and shows it.
 *
 * Whatever comes from there is set as text, never as markup: a model can have any name.
 */

const POLL_MS = 1500;
const SLOWEST_POLL_MS = 15_000;
const ANSWER_DEADLINE_MS = 10_000;
const SHOWN_REQUESTS = 25;
const SHOWN_SWITCHES = 12;
const KEY_NAME = "openclaw-autoproxy-client-key";
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

// Making elements

/** An element; `options` are its properties, but for `data-*` and `aria-*`, its attributes. */
function element(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Shows items as children of a parent. A child whose item is the same as before stays, and with it
 * what the reader has selected in it.
 */
function showAll(parent, items, { keyOf, make }) {
  const known = new Map([...parent.children].map((child) => [child.dataset.is, child]));
  const children = items.map((item) => {
    const is = `${keyOf(item)} ${JSON.stringify(item)}`;
    const child = known.get(is) ?? make(item);
    known.delete(is);
    child.dataset.is = is;
    return child;
  });
  const isSame = children.length === parent.children.length &&
    children.every((child, at) => parent.children[at] === child);
  if (!isSame) parent.replaceChildren(...children);
}

/** Shows items as the rows of a table; a column is its title, its class and its cell. */
function showTable(table, columns, items, { keyOf, empty }) {
  if (!table.tHead) {
    const titles = columns.map(({ title, type = "" }) =>
      element("th", { scope: "col", className: type }, title)
    );
    table.createTHead().append(element("tr", {}, ...titles));
    table.createTBody();
  }
  const body = table.tBodies[0];
  if (items.length === 0) {
    const cell = element("td", { colSpan: columns.length, className: "empty full" }, empty);
    showAll(body, [empty], { keyOf: () => "", make: () => element("tr", {}, cell) });
    return;
  }
  const make = (item) =>
    element(
      "tr",
      {},
      ...columns.map(({ type = "", label, cell }) =>
        element("td", { className: type, "data-label": label }, ...[cell(item)].flat())
      ),
    );
  showAll(body, items, { keyOf, make });
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

// Words for figures

const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function durationText(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${oneDigit.format(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor(ms / 1000) % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

function bytesText(bytes) {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

function clockText(ms) {
  return new Date(ms).toLocaleTimeString([], { hour12: false });
}

const PROTOCOL_WORDS = {
  openai_chat: "Chat",
  openai_responses: "Responses",
  anthropic_messages: "Messages",
};

function protocolText(protocol) {
  return PROTOCOL_WORDS[protocol] ?? protocol;
}

const REST_WORDS = {
  "failure": "it failed",
  "directed": "its upstream asked for it",
  "key-rejected": "its key was refused",
};

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted.length === 0 ? null : sorted[Math.floor(sorted.length / 2)];
}

function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

// The top of the page

/** How all is, in a few words and one of three colours. */
function verdictOf({ status, config, models, requests }) {
  if (status === "stopping") return ["warn", "Stopping"];
  const rested = models.filter(({ rest }) => rest !== null);
  if (models.length > 0 && rested.length === models.length) {
    return ["bad", models.length === 1 ? "The model rests" : "Every model rests"];
  }
  if (config.problems.length > 0) return ["bad", "Last edit not in use"];
  if (rested.length > 0) {
    return ["warn", `${rested.length} of ${plural(models.length, "model")} resting`];
  }
  const latest = requests.filter(({ error }) => !error).slice(0, 5);
  if (latest.length > 0 && latest.every(({ status }) => status >= 500)) {
    return ["bad", "The last requests failed"];
  }
  return ["good", requests.length === 0 ? "Ready for the first request" : "Healthy"];
}

const DOT_COLOURS = { good: "#2a9d62", warn: "#d08a1c", bad: "#d0443a", wait: "#98a39d" };

function showVerdict(colour, words) {
  const pill = byId("verdict");
  setText(pill, words);
  pill.className = `pill ${colour}`;
  document.title = `${words} · openclaw-autoproxy`;
  const dot = `<svg xmlns="${SVG}" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="${
    DOT_COLOURS[colour]
  }"/></svg>`;
  const href = `data:image/svg+xml,${encodeURIComponent(dot)}`;
  const icon = document.querySelector("link[rel=icon]");
  if (icon.href !== href) icon.href = href;
}

function showFacts({ version, uptimeMs, config }) {
  setText(byId("version"), version);
  const facts = [
    ["Configuration", config.source],
    ["in use since", clockText(config.loadedAtMs)],
    ["Up", durationText(Math.floor(uptimeMs / 1000) * 1000)],
  ];
  showAll(byId("facts"), facts, {
    keyOf: ([name]) => name,
    make: ([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)),
  });
}

function showAlarm({ config }) {
  const alarm = byId("alarm");
  alarm.hidden = config.problems.length === 0;
  if (alarm.hidden) return;
  const shown = JSON.stringify(config.problems);
  if (alarm.dataset.is === shown) return;
  alarm.dataset.is = shown;
  alarm.replaceChildren(
    element("strong", {}, "The last edit of the configuration is not in use."),
    ` The gateway goes on with what it loaded at ${clockText(config.loadedAtMs)}.`,
    element(
      "ul",
      {},
      ...config.problems.map((problem) => element("li", { className: "mono" }, problem)),
    ),
  );
}

function samplesOf({ metrics }, name) {
  return metrics.find((metric) => metric.name === name)?.samples ?? [];
}

function sumOf(status, name, isWanted = () => true) {
  return samplesOf(status, name).filter(({ labels }) => isWanted(labels))
    .reduce((sum, { value }) => sum + value, 0);
}

function showTiles(status) {
  const { requests, traffic, process, openStreams, waitingRequests } = status;
  const count = traffic.reduce((sum, minute) => sum + minute.count, 0);
  const failed = traffic.reduce((sum, minute) => sum + minute.failed, 0);
  const times = requests.filter(({ status, ms }) => status < 400 && ms !== undefined);
  const tokens = (kind) => sumOf(status, "gateway_tokens_total", (labels) => labels.kind === kind);
  const switched = sumOf(status, "gateway_switches_total");
  const tiles = [
    ["Requests, last hour", compact.format(count), ""],
    ["Answered well", count === 0 ? "–" : `${oneDigit.format(100 * (1 - failed / count))} %`, ""],
    ["Median time", durationText(median(times.map(({ ms }) => ms))), ""],
    ["Switches", compact.format(switched), ""],
    ["Tokens in", compact.format(tokens("input")), ""],
    ["Tokens out", compact.format(tokens("output")), ""],
    ["Under way", String(openStreams + waitingRequests), plural(openStreams, "stream")],
    ["Memory", bytesText(process.residentBytes), ""],
  ];
  showAll(byId("tiles"), tiles, {
    keyOf: ([name]) => name,
    make: ([name, value, more]) =>
      element(
        "div",
        {},
        element("dt", {}, name),
        element("dd", {}, value, more === "" ? null : element("small", {}, more)),
      ),
  });
}

function showTraffic({ traffic }) {
  const most = Math.max(1, ...traffic.map(({ count }) => count));
  const count = traffic.reduce((sum, minute) => sum + minute.count, 0);
  const failed = traffic.reduce((sum, minute) => sum + minute.failed, 0);
  setText(byId("traffic-note"), count === 0 ? "" : `· at most ${most}`);
  const chart = byId("traffic");
  const is = JSON.stringify(traffic);
  if (chart.dataset.is === is) return;
  chart.dataset.is = is;
  const bars = traffic.flatMap((minute, at) => {
    const height = minute.count === 0 ? 0 : Math.max(2, 42 * minute.count / most);
    const bad = minute.failed === 0 ? 0 : Math.max(2, height * minute.failed / minute.count);
    const bar = (className, y, barHeight) =>
      shape("rect", { class: className, x: at * 6, y, width: 4.4, height: barHeight, rx: 1 });
    return [
      bar("base", 43, 1),
      ...(height > 0 ? [bar("ok", 44 - height, height)] : []),
      ...(bad > 0 ? [bar("no", 44 - bad, bad)] : []),
    ];
  });
  chart.replaceChildren(shape("svg", {
    viewBox: "0 0 360 44",
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": `${plural(count, "request")} in the last hour, ${failed} of them failed`,
  }, ...bars));
}

// Models

/** The last attempts as bars: as high as they were long, on a scale that shows both 20 ms and 20 s. */
function sparkline(trail) {
  const longest = Math.max(...trail.map(Math.abs), 100);
  const bars = trail.map((ms, at) => {
    const height = Math.max(2, 20 * Math.log1p(Math.abs(ms)) / Math.log1p(longest));
    const x = (40 - trail.length + at) * 3;
    return shape("rect", { class: ms < 0 ? "no" : "ok", x, y: 21 - height, width: 2.2, height });
  });
  const failed = trail.filter((ms) => ms < 0).length;
  return shape(
    "svg",
    {
      class: "spark",
      viewBox: "0 0 120 22",
      role: "img",
      "aria-label": `Last ${plural(trail.length, "attempt")}, ${failed} failed`,
    },
    shape("rect", { class: "base", x: 0, y: 21, width: 120, height: 1 }),
    ...bars,
  );
}

/** When a rest ends: a time of day, and how far off that is. */
function restCell({ rest, endsAt, count }) {
  if (rest === null) {
    return element(
      "span",
      { className: `tag${count === 0 ? " plain" : ""}` },
      count === 0 ? "not asked yet" : "ready",
    );
  }
  const why = REST_WORDS[rest.reason] ?? rest.reason;
  return [
    element(
      "span",
      { className: rest.reason === "key-rejected" ? "tag bad" : "tag warn" },
      rest.left === 0 ? "being tried again" : `rests ${durationText(rest.left * 1000)}`,
    ),
    element(
      "small",
      {},
      `${rest.left === 0 ? "" : `until ${endsAt}, `}${why}${
        rest.status === undefined ? "" : ` (${rest.status})`
      }`,
    ),
  ];
}

function statusTag(status) {
  if (status === null) return "–";
  const isGood = typeof status === "number" && status < 400;
  return element("span", { className: isGood ? "tag" : "tag bad" }, String(status));
}

function okClass(percent) {
  if (percent === null) return "faint";
  return percent >= 99 ? "good" : percent >= 80 ? "warn" : "bad";
}

const MODEL_COLUMNS = [
  { title: "#", type: "rank faint", cell: ({ rank }) => String(rank) },
  {
    title: "Model",
    type: "full",
    cell: ({ model, route }) => [
      element("span", { className: "mono" }, model),
      element("small", { className: "breaks" }, route),
    ],
  },
  { title: "Now", type: "rest", cell: restCell },
  { title: "Last attempts", cell: ({ trail }) => sparkline(trail) },
  {
    title: "Ok",
    type: "number",
    label: "ok",
    cell: ({ okPercent }) =>
      element(
        "span",
        { className: okClass(okPercent) },
        okPercent === null ? "–" : `${okPercent} %`,
      ),
  },
  { title: "Average", type: "number", label: "average", cell: ({ avgMs }) => durationText(avgMs) },
  { title: "Last", type: "number", label: "last", cell: ({ lastMs }) => durationText(lastMs) },
  {
    title: "Status",
    type: "number",
    label: "status",
    cell: ({ lastStatus }) => statusTag(lastStatus),
  },
  { title: "Count", type: "number", label: "count", cell: ({ count }) => compact.format(count) },
];

function showModels({ models, auto, nowMs }) {
  setText(byId("auto"), `auto: ${auto.policy}, ${plural(auto.models.length, "model")} · over 12 h`);
  const items = models.map(({ rest, ...line }) => ({
    ...line,
    // In whole seconds, so that a row changes no oftener than what it says.
    rest: rest && { ...rest, remainingMs: 0, left: Math.ceil(rest.remainingMs / 1000) },
    endsAt: rest ? clockText(nowMs + rest.remainingMs) : "",
  }));
  showTable(byId("model-table"), MODEL_COLUMNS, items, {
    keyOf: ({ model, route }) => `${model} ${route}`,
    empty: "No model is served by name: a route with model * takes any.",
  });
}

// Requests

function isTrouble({ status, attempts, brokenBy }) {
  return status >= 400 || attempts.length > 1 || brokenBy !== undefined;
}

/** `auto → m-a 429 → m-b`: what was asked for, who was tried, and why not all of them answered. */
function wayCell({ asked, model, attempts, error, brokenBy }) {
  if (error) {
    return [
      element("span", {}, error.code),
      element("small", { className: "breaks" }, error.message),
    ];
  }
  const tried = attempts.length > 0 ? attempts : model === undefined ? [] : [{ model, status: 0 }];
  const first = tried[0]?.model === asked ? [] : [element("span", { className: "mono" }, asked)];
  const steps = [...first, ...tried.map(attemptWords)];
  return [
    ...steps.flatMap((step, at) => at === 0 ? [step] : [" → ", step]),
    tried.length === 0 ? element("small", {}, "no upstream was asked") : null,
    brokenBy === undefined
      ? null
      : element("small", { className: "bad" }, `broke off: ${brokenBy}`),
  ];
}

function attemptWords({ model, status, reason, ms }) {
  const title = ms === undefined ? undefined : `${ms} ms`;
  const name = element("span", { className: "mono", title }, model);
  if (reason === undefined && status < 400) return name;
  return element("span", {}, name, element("span", { className: "bad" }, ` ${reason ?? status}`));
}

function tokensText({ usage = {} }) {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return "–";
  const count = (tokens) => tokens === undefined ? "?" : compact.format(tokens);
  return `${count(inputTokens)} → ${count(outputTokens)}`;
}

const REQUEST_COLUMNS = [
  { title: "Time", type: "nowrap faint", cell: ({ atMs }) => clockText(atMs) },
  { title: "Status", cell: ({ status }) => requestTag(status) },
  { title: "Model asked for → tried", type: "full", cell: wayCell },
  {
    title: "Protocol",
    type: "nowrap",
    cell: ({ protocol, isStream, endpoint }) =>
      (PLAIN_ENDPOINTS.has(endpoint) ? protocolText(protocol) : endpoint) +
      (isStream ? ", stream" : ""),
  },
  {
    title: "First byte",
    type: "number",
    label: "first",
    cell: ({ firstByteMs, isStream }) => isStream ? durationText(firstByteMs) : "–",
  },
  {
    title: "Whole",
    type: "number",
    label: "whole",
    cell: ({ ms }) => ms === undefined ? "under way" : durationText(ms),
  },
  { title: "Tokens", type: "number", label: "tokens", cell: tokensText },
];

const PLAIN_ENDPOINTS = new Set(["/chat/completions", "/responses", "/messages"]);

function requestTag(status) {
  const colour = status < 400 ? "" : status === 499 ? " plain" : " bad";
  const words = status === 499 ? "client left" : String(status);
  return element("span", { className: `tag${colour}` }, words);
}

let showsAllRequests = false;

function showRequests({ requests }) {
  const onlyTrouble = byId("only-trouble").checked;
  const wanted = onlyTrouble ? requests.filter(isTrouble) : requests;
  const shown = showsAllRequests ? wanted : wanted.slice(0, SHOWN_REQUESTS);
  showTable(byId("request-table"), REQUEST_COLUMNS, shown, {
    keyOf: ({ id }) => id,
    empty: onlyTrouble && requests.length > 0
      ? "None of the last requests failed or was switched."
      : "No request yet.",
  });
  const more = byId("more");
  more.hidden = wanted.length <= SHOWN_REQUESTS;
  setText(more, showsAllRequests ? "Show fewer" : `Show all ${wanted.length}`);
}

// The side

const AUTH_WORDS = {
  file: "key in the file",
  client: "the client's own key",
  none: "no key",
};

function authText({ from, variable }) {
  if (from === "header") return variable === undefined ? "own header" : `header from $${variable}`;
  return from === "variable" ? `key from $${variable}` : AUTH_WORDS[from];
}

function routeItem({ name, host, protocols, models, isWildcard, auth }) {
  const served = [plural(models.length, "model"), ...(isWildcard ? ["any other"] : [])];
  return element(
    "li",
    {},
    element(
      "div",
      { className: "row" },
      element("strong", { className: "breaks" }, name),
      element(
        "small",
        {},
        protocols.length === 3 ? "all protocols" : protocols.map(protocolText).join(", "),
      ),
    ),
    element("div", { className: "mono" }, host),
    element(
      "small",
      {},
      `${authText(auth)} · ${
        models.length === 0 && isWildcard ? "any model" : served.join(" and ")
      }`,
    ),
  );
}

function offRouteItem({ name, models, variable }) {
  const why = variable === undefined ? "enabled: false" : `$${variable} is not set`;
  return element(
    "li",
    {},
    element(
      "div",
      { className: "row" },
      element("strong", { className: "breaks" }, name),
      element("span", { className: "tag plain" }, "off"),
    ),
    element("small", {}, `${why} · ${plural(models.length, "model")}`),
  );
}

function showRoutes({ routes, config }) {
  const items = [...routes, ...config.offRoutes.map((route) => ({ ...route, isOff: true }))];
  showAll(byId("route-list"), items, {
    keyOf: ({ name }) => name,
    make: (item) => item.isOff ? offRouteItem(item) : routeItem(item),
  });
}

function showSwitches({ switches }) {
  const make = (item) => {
    const { atMs, fromModel, fromRoute, toModel, toRoute, status, reason } = item;
    const isSame = fromModel === toModel;
    return element(
      "li",
      {},
      element(
        "div",
        { className: "row" },
        element(
          "span",
          { className: "mono" },
          isSame ? `${fromModel}: ${fromRoute} → ${toRoute}` : `${fromModel} → ${toModel}`,
        ),
        element("small", {}, clockText(atMs)),
      ),
      element("small", {}, `after ${reason ?? status ?? "a failure"}`),
    );
  };
  const items = switches.slice(0, SHOWN_SWITCHES);
  const none = { make: () => element("li", { className: "empty" }, "None so far.") };
  const list = byId("switch-list");
  if (items.length === 0) showAll(list, [""], { keyOf: () => "", ...none });
  else showAll(list, items, { keyOf: ({ requestId, atMs }) => `${requestId} ${atMs}`, make });
}

function figure(tokens, kind) {
  return tokens[kind] === undefined ? "–" : compact.format(tokens[kind]);
}

const TOKEN_COLUMNS = [
  { title: "Model", cell: ({ model }) => element("span", { className: "mono" }, model) },
  { title: "In", type: "number", cell: ({ tokens }) => figure(tokens, "input") },
  { title: "Cached", type: "number", cell: ({ tokens }) => figure(tokens, "cache_read") },
  { title: "Out", type: "number", cell: ({ tokens }) => figure(tokens, "output") },
  { title: "Thought", type: "number", cell: ({ tokens }) => figure(tokens, "reasoning") },
];

function showTokens(status) {
  const byModel = new Map();
  for (const { labels, value } of samplesOf(status, "gateway_tokens_total")) {
    const tokens = byModel.get(labels.model) ?? {};
    byModel.set(labels.model, { ...tokens, [labels.kind]: value });
  }
  const items = [...byModel].map(([model, tokens]) => ({ model, tokens }));
  showTable(byId("token-table"), TOKEN_COLUMNS, items, {
    keyOf: ({ model }) => model,
    empty: "No upstream has told any yet.",
  });
}

const METRIC_COLUMNS = [
  {
    title: "Metric",
    cell: ({ name, help }) => [
      element("span", { className: "mono" }, name),
      element("small", {}, help),
    ],
  },
  {
    title: "Labels",
    cell: ({ labels }) =>
      element(
        "span",
        { className: "mono" },
        Object.entries(labels).map(([label, value]) => `${label}=${value}`).join(" "),
      ),
  },
  { title: "Value", type: "number", cell: ({ value }) => String(value) },
];

function showMetrics({ metrics }) {
  if (!byId("all-metrics").open) return;
  const items = metrics.flatMap(({ name, help, samples }) =>
    samples.map((sample, at) => ({ name, help: at === 0 ? help : "", ...sample }))
  );
  showTable(byId("metric-table"), METRIC_COLUMNS, items, {
    keyOf: ({ name, labels }) => `${name} ${JSON.stringify(labels)}`,
    empty: "None.",
  });
}

// How clients connect

function showConnections({ needsKey }) {
  const key = needsKey ? "YOUR_CLIENT_KEY" : "any";
  const { origin } = location;
  const items = [
    ["OpenAI clients: base URL, with the model auto", `${origin}/v1`],
    ["Anthropic clients: base URL", `${origin}/anthropic`],
    [
      "Claude Code",
      `export ANTHROPIC_BASE_URL=${origin}/anthropic\nexport ANTHROPIC_AUTH_TOKEN=${key}`,
    ],
    ["OpenAI SDKs", `export OPENAI_BASE_URL=${origin}/v1\nexport OPENAI_API_KEY=${key}`],
  ];
  showAll(byId("connections"), items, {
    keyOf: ([name]) => name,
    make: ([name, text]) => {
      const code = element("code", { className: "mono" }, text);
      const button = element("button", { type: "button", "aria-label": `Copy: ${name}` }, "Copy");
      button.addEventListener("click", () => copy(code, button));
      const head = element("div", { className: "row" }, element("h3", {}, name), button);
      return element("div", { className: "connection" }, head, code);
    },
  });
}

/** Where the clipboard is not given, as on plain HTTP to another machine, the text is selected. */
async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    setText(button, "Copied");
  } catch {
    getSelection().selectAllChildren(code);
    setText(button, "Selected");
  }
  setTimeout(() => setText(button, "Copy"), 1500);
}

// Asking

let latest;
let isPaused = false;
let failures = 0;
let timer;
let isAsking = false;

function show(status) {
  latest = status;
  byId("main").hidden = false;
  byId("key-form").hidden = true;
  showVerdict(...verdictOf(status));
  for (
    const part of [
      showFacts,
      showAlarm,
      showTiles,
      showTraffic,
      showModels,
      showRequests,
      showConnections,
      showRoutes,
      showSwitches,
      showTokens,
      showMetrics,
    ]
  ) part(status);
}

function askForKey(problem) {
  showVerdict("wait", "Waiting for a key");
  byId("main").hidden = true;
  const form = byId("key-form");
  const wasHidden = form.hidden;
  form.hidden = false;
  setText(byId("key-problem"), problem);
  if (wasHidden) byId("key").focus();
}

/** Session storage can be switched off; then the key is kept for as long as the page is. */
let keyInMemory = "";

function storedKey() {
  try {
    return sessionStorage.getItem(KEY_NAME) ?? keyInMemory;
  } catch {
    return keyInMemory;
  }
}

function storeKey(key) {
  keyInMemory = key;
  try {
    sessionStorage.setItem(KEY_NAME, key);
  } catch {
    // It stays in memory.
  }
}

async function ask() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  try {
    await askOnce();
  } finally {
    isAsking = false;
  }
}

async function askOnce() {
  const key = storedKey();
  let response;
  try {
    response = await fetch("/gateway/status", {
      headers: key === "" ? {} : { authorization: `Bearer ${key}` },
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    if (response.status === 401) {
      return askForKey(key === "" ? "" : "The gateway does not know this key.");
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
    failures = 0;
  } catch (error) {
    failures++;
    const isThere = response !== undefined;
    showVerdict("bad", isThere ? "The gateway cannot tell" : "The gateway is not reachable");
    if (isThere) console.error(error);
  }
  later();
}

function later() {
  if (isPaused || document.hidden) return;
  timer = setTimeout(ask, Math.min(SLOWEST_POLL_MS, POLL_MS * 2 ** failures));
}

byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  const button = byId("pause");
  button.setAttribute("aria-pressed", String(isPaused));
  setText(button, isPaused ? "Go on" : "Pause");
  if (isPaused) clearTimeout(timer);
  else ask();
});

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId("key");
  storeKey(field.value.trim());
  field.value = "";
  ask();
});

byId("only-trouble").addEventListener("change", () => latest && showRequests(latest));

byId("more").addEventListener("click", () => {
  showsAllRequests = !showsAllRequests;
  showRequests(latest);
});

byId("all-metrics").addEventListener("toggle", () => latest && showMetrics(latest));

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !isPaused) ask();
});

ask();
