/**
 * The log: one line per event, for people and for machines.
 *
 * @module
 */
import type { Observer } from "../base/observer.ts";
import type { Redact } from "../base/redaction.ts";

/** A field of a line; `undefined` leaves it out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Takes finished lines, newline included. Must not block. */
export interface LogSink {
  (line: string): void;
  /** How many lines it has taken and lost, if it can tell. */
  lostCount?: number;
  /** Writes what it still holds, if it holds anything; never takes long. */
  flush?(): Promise<void>;
}

/** Longer values are cut. */
const MAX_VALUE = 500;

/** Characters that would move a terminal's cursor, colour it, or begin a line of their own. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Nothing to cut, to escape or to quote; nearly every value is such a one. */
const PLAIN = /^[!#-<>-[\]-~]{1,500}$/;

/** Writes lines to a sink, redacted and escaped. */
export class Log {
  readonly #sink: LogSink;
  readonly #isJson: boolean;
  /** Taken from the live configuration, whose secrets change with a reload. */
  redact: Redact = (text) => text;
  #droppedCount = 0;

  constructor(sink: LogSink, isJson: boolean) {
    this.#sink = sink;
    this.#isJson = isJson;
  }

  /** How many lines were lost, as what they are written to was too slow, or gone. */
  get droppedCount(): number {
    return this.#droppedCount + (this.#sink.lostCount ?? 0);
  }

  /** Sees to it that every line is written, before the process ends. */
  async flush(): Promise<void> {
    await this.#sink.flush?.();
  }

  /** Writes one line. */
  write(fields: LogFields): void {
    try {
      this.#sink(this.#isJson ? this.#jsonLine(fields) : this.#textLine(fields));
    } catch {
      this.#droppedCount++;
      // The line is lost; the request that it tells of goes on.
    }
  }

  #jsonLine(fields: LogFields): string {
    let line = `{"time":"${new Date().toISOString()}"`;
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined) continue;
      const text = typeof value === "string" ? quoted(this.redact(value)) : JSON.stringify(value);
      line += `,"${key}":${text}`;
    }
    return `${line}}\n`;
  }

  #textLine(fields: LogFields): string {
    let line = "[gateway]";
    for (const key in fields) {
      const value = fields[key];
      if (value === undefined) continue;
      line += ` ${key}=${typeof value === "string" ? logfmt(this.redact(value)) : value}`;
    }
    return `${line}\n`;
  }
}

function quoted(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(harmless(value));
}

/** Values with spaces, quotes or equal signs are quoted, as logfmt readers expect. */
function logfmt(value: string): string {
  if (PLAIN.test(value)) return value;
  const shown = harmless(value);
  return shown === "" || /[\s"=]/.test(shown) ? JSON.stringify(shown) : shown;
}

function harmless(value: string): string {
  return value.slice(0, MAX_VALUE).toWellFormed().replace(CONTROL, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Writes what the gateway tells into the log. */
export function logObserver(log: Log): Observer {
  return {
    routed: (record) =>
      log.write({
        protocol: record.protocol,
        event: "routed",
        request_id: record.requestId,
        endpoint: record.endpoint,
        requested: record.requestedModel,
        model: record.model,
        route: record.route,
        status: record.status,
        attempts: record.attempts.length,
        ms: Math.round(record.ms),
        stream: record.isStream,
        losses: record.losses.length > 0 ? record.losses.join(",") : undefined,
      }),
    attemptFailed: (record) =>
      log.write({
        protocol: record.protocol,
        event: "upstream_error",
        request_id: record.requestId,
        model: record.model,
        route: record.route,
        status: record.status,
        reason: record.reason,
        ms: record.ms,
        detail: record.detail,
      }),
    switched: (record) =>
      log.write({
        protocol: record.protocol,
        event: "switch",
        request_id: record.requestId,
        from_model: record.fromModel,
        to_model: record.toModel,
        from_route: record.fromRoute,
        to_route: record.toRoute,
        status: record.status,
        reason: record.reason,
      }),
    learned: (record) =>
      log.write({
        event: "learned",
        model: record.model,
        route: record.route,
        param: record.param,
        renamed_to: record.renamedTo,
      }),
    refused: (record) =>
      log.write({
        protocol: record.protocol,
        event: "compat_error",
        request_id: record.requestId,
        model: record.model,
        message: record.message,
      }),
    attemptEnded: () => {},
    finished: () => {},
    rejected: () => {},
    reloaded: () => {},
    heldBack: () => {},
  };
}
