/**
 * What happened last, for people who look: requests, switches, attempts of each model, traffic by
 * the minute. Names and figures only; never a prompt, an answer or a key.
 *
 * Every list is bounded, so memory does not grow with the traffic.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type {
  AttemptRecord,
  FinishRecord,
  Observer,
  RejectRecord,
  RequestRecord,
  SwitchRecord,
  TokenCounts,
} from "../base/observer.ts";
import type { Redact } from "../base/redaction.ts";
import type { KnownNames } from "./known_names.ts";
import { SeriesMap } from "./series_map.ts";
import { Traffic, type TrafficMinute } from "./traffic.ts";

/** A request that was answered, or is being. */
export interface RecentRequest {
  id: string;
  /** Wall clock, in milliseconds since the epoch. */
  atMs: number;
  protocol: string;
  /** The path below the version segment; empty for a path outside the API. */
  endpoint: string;
  /** The model that the client asked for; empty when it was turned away before that was read. */
  asked: string;
  /** The model that answered, or was tried last. */
  model?: string | undefined;
  route?: string | undefined;
  status: number;
  attempts: readonly AttemptRecord[];
  isStream: boolean;
  /** To the first byte. */
  firstByteMs: number;
  /** To the end; absent while the answer is still on its way. */
  ms?: number;
  usage?: TokenCounts;
  lossCount: number;
  /** Why a stream broke off. */
  brokenBy?: string;
  /** Why it was turned away. */
  error?: { code: string; message: string };
}

/** A change of candidate. */
export interface RecentSwitch extends SwitchRecord {
  /** Wall clock, in milliseconds since the epoch. */
  atMs: number;
}

const MAX_REQUESTS = 200;
const MAX_SWITCHES = 50;
const MAX_TEXT = 200;
/** Attempts of each candidate that a sparkline shows. */
const TRAIL_LENGTH = 40;
const MAX_TRAILS = 500;

/** Attempts in a row, the oldest first: their milliseconds, negative for those that failed. */
type Trail = number[];

/** Remembers what happened last. */
export class Recent {
  readonly #clock: Clock;
  readonly #known: KnownNames;
  readonly #redact: Redact;
  /** By id, the oldest first. */
  #requests = new Map<string, RecentRequest>();
  /** Those before them: forgotten all at once, as taking one at a time out of a map is slow. */
  #earlier = new Map<string, RecentRequest>();
  #switches: RecentSwitch[] = [];
  readonly #traffic: Traffic;
  readonly #trails = new SeriesMap<Trail>({ labelCount: 2, make: () => [], limit: MAX_TRAILS });

  constructor({ clock, known, redact }: { clock: Clock; known: KnownNames; redact: Redact }) {
    this.#clock = clock;
    this.#known = known;
    this.#redact = redact;
    this.#traffic = new Traffic(clock);
  }

  /** What it has to be told. */
  get observer(): Partial<Observer> {
    return {
      routed: (record) => this.#routed(record),
      finished: (record) => this.#finished(record),
      rejected: (record) => this.#rejected(record),
      switched: (record) => this.#switched(record),
      attemptEnded: (attempt) => this.#attempted(attempt),
      attemptFailed: ({ requestId, reason, isCommitted }) => {
        const request = isCommitted ? this.#requestOf(requestId) : undefined;
        if (request) request.brokenBy = reason ?? "cut";
      },
    };
  }

  /** The last requests, the latest first. */
  requests(): RecentRequest[] {
    const all = new Map([...this.#earlier, ...this.#requests]);
    return [...all.values()].slice(-MAX_REQUESTS).reverse();
  }

  /** The last switches, the latest first. */
  switches(): RecentSwitch[] {
    return this.#switches.toReversed();
  }

  /** The last attempts of a candidate. */
  trailOf(model: string, route: string): readonly number[] {
    return this.#trails.of([model, route]);
  }

  /** Requests of the last hour, minute by minute. */
  traffic(): TrafficMinute[] {
    return this.#traffic.minutes();
  }

  #routed(record: RequestRecord): void {
    const { requestId, protocol, endpoint, requestedModel, model, route, status } = record;
    this.#traffic.count(status);
    this.#add({
      id: requestId,
      atMs: this.#clock.epochMs() - record.ms,
      protocol,
      endpoint: shortened(endpoint),
      asked: shortened(requestedModel),
      model: model === undefined ? undefined : shortened(model),
      route,
      status,
      attempts: record.attempts,
      isStream: record.isStream,
      firstByteMs: record.ms,
      lossCount: record.losses.length,
    });
  }

  #rejected({ requestId, protocol, endpoint, status, code, message, ms }: RejectRecord): void {
    this.#traffic.count(status);
    // Whoever knocks at other doors must not push what happened here out of sight.
    if (endpoint === undefined) return;
    this.#add({
      id: requestId,
      atMs: this.#clock.epochMs() - ms,
      protocol,
      endpoint: shortened(endpoint),
      asked: "",
      status,
      attempts: [],
      isStream: false,
      firstByteMs: ms,
      ms,
      lossCount: 0,
      error: { code, message: shortened(this.#redact(message)) },
    });
  }

  #finished({ requestId, ms, usage }: FinishRecord): void {
    const request = this.#requestOf(requestId);
    if (!request) return;
    request.ms = ms;
    request.usage = usage;
  }

  #requestOf(id: string): RecentRequest | undefined {
    return this.#requests.get(id) ?? this.#earlier.get(id);
  }

  #add(request: RecentRequest): void {
    if (this.#requests.size === MAX_REQUESTS) {
      this.#earlier = this.#requests;
      this.#requests = new Map();
    }
    this.#requests.set(request.id, request);
  }

  #switched(record: SwitchRecord): void {
    this.#switches.push({ ...record, atMs: this.#clock.epochMs() });
    if (this.#switches.length > 2 * MAX_SWITCHES) {
      this.#switches = this.#switches.slice(-MAX_SWITCHES);
    }
  }

  #attempted({ model, route, isOk, ms }: AttemptRecord & { isOk: boolean }): void {
    const trail = this.#trails.of([this.#known.model(model), this.#known.route(route)]);
    // Never 0, which has no sign to tell a failure by.
    trail.push(Math.max(1, ms) * (isOk ? 1 : -1));
    if (trail.length > TRAIL_LENGTH) trail.shift();
  }
}

/** Joined anew, as a part of a string keeps the whole of it in memory. */
function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : [...text.slice(0, MAX_TEXT), "…"].join("");
}
