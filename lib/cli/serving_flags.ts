/**
 * The flags of every verb that serves.
 *
 * @module
 */
import type { Flag } from "./verb.ts";

/** Which configuration is read. */
export const CONFIG_FLAG: Flag = {
  name: "config",
  value: "FILE",
  alias: "c",
  doc: "read this file instead of ./routes.yml",
};

/** The built-in sample in place of a file. */
export const STUB_FLAG: Flag = {
  name: "stub",
  doc: "use the built-in stub models, without a file, a key or a network",
};

/** Where to listen; every verb has its own words for it. */
export const PORT_FLAG = {
  name: "port",
  value: "PORT",
  alias: "p",
  problem: (value: string) =>
    /^\d{1,5}$/.test(value) && Number(value) <= 65_535
      ? undefined
      : "expected a whole number from 0 to 65535",
} as const satisfies Omit<Flag, "doc">;

/** Where to listen, and what to serve. */
export const SERVING_FLAGS: readonly Flag[] = [
  { name: "host", value: "ADDRESS", doc: "listen here instead of 127.0.0.1" },
  { ...PORT_FLAG, doc: "listen on this port instead of 8787; 0: any" },
  CONFIG_FLAG,
  STUB_FLAG,
];
