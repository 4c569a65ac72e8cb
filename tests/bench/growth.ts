/**
 * How the cost of a request grows with the configuration and with the history that it carries.
 *
 * @module
 */
import type { BodyName } from "./bodies.ts";
import { type Extent, gateway } from "./contenders/gateway.ts";
import { type Bench, measure } from "./rounds.ts";
import { median } from "./quantity.ts";
import type { Workload } from "./workloads.ts";

/** What growth was found. */
export interface Growth {
  /** The dearest configuration as a multiple of the cheapest. */
  routes: number;
  /** What one message costs among 1,000, as a multiple of what it costs among 100. */
  history: number;
  /** CPU in microseconds a request, by what grew. */
  rows: { name: string; cpuUs: number }[];
}

const ROUTES = [1, 10, 100] as const;
const MODELS = [1, 50] as const;
const HISTORIES = [10, 100, 1_000] as const;

/** Requests a round with so many messages: about half a second. */
const REQUESTS: Readonly<Record<typeof HISTORIES[number], number>> = {
  10: 3_000,
  100: 800,
  1_000: 100,
};

/** Measures both. */
export async function measureGrowth(program: string, bench: Bench): Promise<Growth> {
  const routes = await routeCosts(program, bench);
  const histories = await historyCosts(program, bench);
  const [ten, hundred, thousand] = histories.map(({ cpuUs }) => cpuUs) as [number, number, number];
  const costs = routes.map(({ cpuUs }) => cpuUs);
  return {
    routes: Math.max(...costs) / Math.min(...costs),
    history: ((thousand - hundred) / 900) / ((hundred - ten) / 90),
    rows: [...routes, ...histories],
  };
}

type Row = Growth["rows"][number];

async function routeCosts(program: string, bench: Bench): Promise<Row[]> {
  const extents = ROUTES.flatMap((routes) => MODELS.map((models): Extent => ({ routes, models })));
  const contenders = extents.map((extent) => ({
    name: `${extent.routes} × ${extent.models}`,
    contender: gateway({ name: "gateway", program, extent }),
  }));
  return await costs(contenders, { body: "json", requests: 4_000, bench });
}

async function historyCosts(program: string, bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of HISTORIES) {
    const body: BodyName = `history-${count}`;
    const contenders = [{ name: body, contender: gateway({ name: "gateway", program }) }];
    rows.push(...await costs(contenders, { body, requests: REQUESTS[count], bench }));
  }
  return rows;
}

interface Costs {
  body: BodyName;
  requests: number;
  bench: Bench;
}

interface Named {
  name: string;
  contender: ReturnType<typeof gateway>;
}

/** Each contender in turn, and that several times: processes differ more than rounds do. */
async function costs(
  contenders: readonly Named[],
  { body, requests, bench }: Costs,
): Promise<Row[]> {
  const found = contenders.map((): number[] => []);
  for (let time = 0; time < TIMES; time++) {
    for (const [index, { contender }] of contenders.entries()) {
      const workload = workloadOf(body, requests);
      const measured = await measure(workload, [contender], bench);
      found[index]!.push(...measured.all("gateway", "cpuUsPerRequest"));
    }
  }
  return contenders.map(({ name }, index) => ({ name, cpuUs: median(found[index]!) }));
}

const TIMES = 2;

function workloadOf(body: BodyName, requests: number): Workload {
  return {
    name: `growth ${body}`,
    title: body,
    path: "/v1/chat/completions",
    body,
    upstream: { chunks: 2, paceMs: 0 },
    concurrency: 8,
    requests: { gateway: requests },
  };
}
