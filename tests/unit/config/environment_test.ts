/** The environment variables that stand above the file. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type EnvironmentSettings, readEnvironment } from "../../../lib/config/environment.ts";

function settings(variables: Record<string, string>): EnvironmentSettings {
  return readEnvironment((name) => variables[name]);
}

const NOTHING: EnvironmentSettings = {
  timeouts: {},
  connections: {},
  modelChains: {},
  globalChain: [],
  clientKeys: [],
  problems: [],
  warnings: [],
};

const rows: { variable: string; value: string; sets: Partial<EnvironmentSettings> }[] = [
  { variable: "HOST", value: " 0.0.0.0 ", sets: { host: "0.0.0.0" } },
  { variable: "PORT", value: "9000", sets: { port: 9000 } },
  { variable: "PORT", value: "0", sets: { port: 0 } },
  { variable: "RETRY_STATUS_CODES", value: "429, 503", sets: { retryStatusCodes: [429, 503] } },
  { variable: "GLOBAL_FALLBACK_MODELS", value: "a, b,,c ", sets: { globalChain: ["a", "b", "c"] } },
  {
    variable: "MODEL_FALLBACK_MAP",
    value: '{"a": ["b", "c"], "d": "e"}',
    sets: { modelChains: { a: ["b", "c"], d: ["e"] } },
  },
  { variable: "REQUEST_TIMEOUT_MS", value: "1", sets: { timeouts: { requestMs: 1 } } },
  { variable: "CONNECT_TIMEOUT_MS", value: "2", sets: { timeouts: { connectMs: 2 } } },
  { variable: "FIRST_BYTE_TIMEOUT_MS", value: "3", sets: { timeouts: { firstByteMs: 3 } } },
  { variable: "STREAM_IDLE_TIMEOUT_MS", value: "4", sets: { timeouts: { idleMs: 4 } } },
  { variable: "REQUEST_BODY_TIMEOUT_MS", value: "5", sets: { timeouts: { bodyMs: 5 } } },
  {
    variable: "UPSTREAM_MAX_CONNECTIONS",
    value: "6",
    sets: { connections: { maxConnections: 6 } },
  },
  {
    variable: "UPSTREAM_KEEPALIVE_TIMEOUT_MS",
    value: "7",
    sets: { connections: { keepAliveMs: 7 } },
  },
  { variable: "GATEWAY_API_KEYS", value: "k1,k2", sets: { clientKeys: ["k1", "k2"] } },
];

const NUMBERS = [
  "PORT",
  "REQUEST_TIMEOUT_MS",
  "CONNECT_TIMEOUT_MS",
  "FIRST_BYTE_TIMEOUT_MS",
  "STREAM_IDLE_TIMEOUT_MS",
  "REQUEST_BODY_TIMEOUT_MS",
  "UPSTREAM_MAX_CONNECTIONS",
  "UPSTREAM_KEEPALIVE_TIMEOUT_MS",
];

describe("readEnvironment()", () => {
  for (const { variable, value, sets } of rows) {
    it(`reads ${variable}=${value}`, () => {
      assertEquals(settings({ [variable]: value }), { ...NOTHING, ...sets });
    });
  }

  for (const variable of new Set(rows.map((row) => row.variable))) {
    it(`takes an empty ${variable} for one that is not set`, () => {
      assertEquals(settings({ [variable]: "" }), NOTHING);
      assertEquals(settings({ [variable]: " " }), NOTHING);
    });
  }

  it("sets nothing in an empty environment", () => assertEquals(settings({}), NOTHING));

  for (const variable of NUMBERS) {
    for (const value of ["abc", "-1", "1.5", "1e99", "Infinity"]) {
      it(`refuses ${variable}=${value} by the variable's name`, () => {
        const { problems } = settings({ [variable]: value });
        assertEquals(problems.map((one) => one.replace(/\d+ to \d+/, "… to …")), [
          `${variable}: expected a whole number from … to …`,
        ]);
      });
    }
  }

  for (const value of ["abc", "429,abc", "99", "600", "429.5"]) {
    it(`refuses RETRY_STATUS_CODES=${value}`, () => {
      assertEquals(settings({ RETRY_STATUS_CODES: value }).problems, [
        "RETRY_STATUS_CODES: expected statuses from 100 to 599, as in 429,503",
      ]);
    });
  }

  for (const value of ["{", "[]", '"a"', "null", '{"a": 1}', '{"a": [1]}', '{"a": null}']) {
    it(`refuses MODEL_FALLBACK_MAP=${value}`, () => {
      assertEquals(settings({ MODEL_FALLBACK_MAP: value }).problems, [
        'MODEL_FALLBACK_MAP: expected JSON such as {"model-a": ["model-b"]}',
      ]);
    });
  }

  it("tells all problems at once", () => {
    const { problems } = settings({ PORT: "x", RETRY_STATUS_CODES: "x", MODEL_FALLBACK_MAP: "x" });
    assertEquals(problems.length, 3);
  });

  it("does not honour UPSTREAM_BASE_URL, and says what to do instead", () => {
    assertEquals(settings({ UPSTREAM_BASE_URL: "https://user:key@example.com" }).warnings, [
      'UPSTREAM_BASE_URL is not used: add a route with model "*" to send unknown models somewhere',
    ]);
  });
});
