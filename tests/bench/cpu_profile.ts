/**
 * A V8 CPU profile as a table of functions: pure.
 *
 * @module
 */

/** A profile as V8 writes it. */
export interface CpuProfile {
  nodes: ProfileNode[];
  /** The node on top of the stack, at each sample. */
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

/** What one function cost. */
export interface FunctionCost {
  name: string;
  /** File and line, or where it comes from. */
  place: string;
  /** Spent in the function itself, in microseconds. */
  selfUs: number;
  /** Spent in it and in whatever it called. */
  totalUs: number;
}

/** V8's name for a process that had nothing to do. */
const IDLE = "(idle)";

/**
 * Adds up a profile by function, the dearest first. Idle time is left out.
 *
 * @param root What is cut off from the beginning of a place.
 */
export function functionCosts(
  { nodes, samples, timeDeltas }: CpuProfile,
  root = "",
): FunctionCost[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfUs = new Map<number, number>();
  for (const [at, id] of samples.entries()) {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const costs = new Map<string, FunctionCost>();
  const costOf = (node: ProfileNode) => {
    const name = node.callFrame.functionName || "(anonymous)";
    const place = placeOf(node, root);
    const key = `${name} ${place}`;
    const cost = costs.get(key) ?? { name, place, selfUs: 0, totalUs: 0 };
    costs.set(key, cost);
    return cost;
  };
  walk(nodes[0], byId, (node, path) => {
    const us = selfUs.get(node.id) ?? 0;
    if (us === 0) return;
    costOf(node).selfUs += us;
    // A function that calls itself stands on the stack several times, and counts once.
    for (const cost of new Set(path.map(costOf))) cost.totalUs += us;
  });
  return [...costs.values()].filter(({ name }) => name !== IDLE && name !== "(root)")
    .sort((one, other) => other.selfUs - one.selfUs);
}

type Visit = (node: ProfileNode, path: readonly ProfileNode[]) => void;

/** Every node with the path that leads to it, itself included; without recursion, as stacks are deep. */
function walk(root: ProfileNode | undefined, byId: Map<number, ProfileNode>, visit: Visit): void {
  const path: ProfileNode[] = [];
  const open: { node: ProfileNode; depth: number }[] = root ? [{ node: root, depth: 0 }] : [];
  for (let next = open.pop(); next; next = open.pop()) {
    path.length = next.depth;
    path.push(next.node);
    visit(next.node, path);
    for (const id of next.node.children ?? []) {
      const node = byId.get(id);
      if (node) open.push({ node, depth: next.depth + 1 });
    }
  }
}

function placeOf({ callFrame: { url, lineNumber } }: ProfileNode, root: string): string {
  if (url === "") return "runtime";
  const path = url.startsWith(root) ? url.slice(root.length) : url;
  return `${path}:${lineNumber + 1}`;
}
