/**
 * The results as a picture: a panel a workload, a bar a contender.
 *
 * Written by hand rather than by a package: it is only rectangles and words. Colours follow the
 * reader's light or dark setting, and the background stays the page's.
 *
 * @module
 */
import type { ContenderName } from "./contenders/contender.ts";
import { written } from "./quantity.ts";
import type { FigureName, Measured } from "./rounds.ts";

/** One panel. */
export interface Panel {
  workload: string;
  figure: FigureName;
  title: string;
  /** For readers: which end is the better one. */
  note: "less is better" | "more is better";
}

/** The panels, in reading order: two in a row. */
export const PANELS: readonly Panel[] = [
  {
    workload: "json",
    figure: "cpuUsPerRequest",
    title: "1 KB request: CPU µs",
    note: "less is better",
  },
  {
    workload: "one-by-one",
    figure: "p50Us",
    title: "One at a time: p50 µs",
    note: "less is better",
  },
  {
    workload: "200kb",
    figure: "requestsPerSecond",
    title: "200 KB requests/s",
    note: "more is better",
  },
  {
    workload: "4mb",
    figure: "requestsPerSecond",
    title: "4 MB requests/s",
    note: "more is better",
  },
  {
    workload: "paced-stream",
    figure: "cpuUsPerChunk",
    title: "Paced stream: CPU µs a chunk",
    note: "less is better",
  },
  {
    workload: "burst-stream",
    figure: "requestsPerSecond",
    title: "Burst streams/s",
    note: "more is better",
  },
  {
    workload: "paced-translation",
    figure: "cpuUsPerChunk",
    title: "Messages → Chat, paced: CPU µs a chunk",
    note: "less is better",
  },
  {
    workload: "burst-translation",
    figure: "requestsPerSecond",
    title: "Messages → Chat, burst streams/s",
    note: "more is better",
  },
];

/** Who gets a bar. */
const SHOWN: readonly ContenderName[] = ["gateway", "nginx", "Portkey", "claude-code-router"];

const PANEL = { width: 400, gap: 24, head: 40, row: 22, foot: 12 };
const NAME_WIDTH = 130;
const VALUE_WIDTH = 60;
const COLUMNS = 2;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .note { fill: #59636e; font-size: 11px; }
  .bar { fill: #8c959f; }
  .own { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .bar { fill: #656c76; }
    .own { fill: #4493f8; }
  }
`;

/** The picture as SVG. */
export function plot(workloads: ReadonlyMap<string, Measured>): string {
  const panels = PANELS.flatMap((panel) => {
    const measured = workloads.get(panel.workload);
    return measured ? [{ panel, bars: barsOf(panel, measured) }] : [];
  });
  const rows: (typeof panels)[] = [];
  for (let at = 0; at < panels.length; at += COLUMNS) rows.push(panels.slice(at, at + COLUMNS));
  let y = PANEL.gap;
  const parts = rows.flatMap((row) => {
    const top = y;
    y += heightOf(Math.max(...row.map(({ bars }) => bars.length))) + PANEL.gap;
    return row.map(({ panel, bars }, column) =>
      `<g transform="translate(${PANEL.gap + column * (PANEL.width + PANEL.gap)} ${top})">` +
      `${panelOf(panel, bars)}</g>`
    );
  });
  const width = PANEL.gap + COLUMNS * (PANEL.width + PANEL.gap);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img">
<title>What the gateway costs, beside what it is compared with</title>
<style>${STYLE}</style>
${parts.join("\n")}
</svg>
`;
}

interface Bar {
  name: ContenderName;
  value: number;
}

function barsOf({ figure }: Panel, measured: Measured): Bar[] {
  return SHOWN.flatMap((name) => {
    const value = measured.of(name, figure);
    return value === undefined ? [] : [{ name, value }];
  });
}

function heightOf(bars: number): number {
  return PANEL.head + bars * PANEL.row + PANEL.foot;
}

function panelOf({ title, note }: Panel, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = PANEL.width - NAME_WIDTH - VALUE_WIDTH;
  const lines = bars.map(({ name, value }, index) => {
    const y = PANEL.head + index * PANEL.row;
    const width = Math.max(1, Math.round((value / most) * room));
    const kind = name === "gateway" ? "bar own" : "bar";
    return [
      `<text x="0" y="${y + 12}">${name}</text>`,
      `<rect class="${kind}" x="${NAME_WIDTH}" y="${y}" width="${width}" height="16" rx="2"/>`,
      `<text x="${NAME_WIDTH + width + 6}" y="${y + 12}">${written(value)}</text>`,
    ].join("");
  });
  return [
    `<text class="title" x="0" y="12">${title}</text>`,
    `<text class="note" x="0" y="28">${note}</text>`,
    ...lines,
  ].join("\n");
}
