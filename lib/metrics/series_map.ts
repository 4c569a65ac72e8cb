/**
 * One value per combination of labels, found without making a string, and never more than a limit.
 *
 * @module
 */

/** The value of a label; a number is written out only when somebody reads the metrics. */
export type LabelValue = string | number;

/** What stands in place of every label once there are too many combinations. */
export const OTHER = "other";

/** Where there are no labels, the one value lies as if there were one. */
const NO_LABELS: readonly LabelValue[] = [""];

type Level<Leaf> = Map<LabelValue, Level<Leaf> | Leaf>;

/** Values by labels, a `Map` per label. */
export class SeriesMap<Leaf extends object> {
  readonly #root: Level<Leaf> = new Map();
  readonly #labelCount: number;
  readonly #make: () => Leaf;
  readonly #limit: number;
  #size = 0;

  constructor({ labelCount, make, limit }: {
    labelCount: number;
    make: () => Leaf;
    /** More combinations than this share one value, all of whose labels are `other`. */
    limit: number;
  }) {
    this.#labelCount = Math.max(labelCount, NO_LABELS.length);
    this.#make = make;
    this.#limit = limit;
  }

  /** The value of these labels, made when it is not there yet. */
  of(labels: readonly LabelValue[]): Leaf {
    const path = labels.length === 0 ? NO_LABELS : labels;
    let found: Level<Leaf> | Leaf | undefined = this.#root;
    // Counted rather than iterated: this runs several times for every request.
    for (let at = 0; at < path.length && found !== undefined; at++) {
      found = (found as Level<Leaf>).get(path[at]!);
    }
    return found as Leaf | undefined ?? this.#add(path);
  }

  #add(labels: readonly LabelValue[]): Leaf {
    const isFull = this.#size >= this.#limit;
    const path = isFull ? Array.from({ length: this.#labelCount }, () => OTHER) : labels;
    let level = this.#root;
    for (const label of path.slice(0, -1)) {
      const next = level.get(label) as Level<Leaf> | undefined ?? new Map();
      level.set(label, next);
      level = next;
    }
    const known = level.get(path.at(-1)!) as Leaf | undefined;
    if (known) return known;
    const leaf = this.#make();
    level.set(path.at(-1)!, leaf);
    this.#size++;
    return leaf;
  }

  /** Every combination of labels with its value. */
  entries(): [labels: LabelValue[], leaf: Leaf][] {
    return leavesBelow(this.#root, [], this.#labelCount);
  }
}

function leavesBelow<Leaf>(
  level: Level<Leaf>,
  above: readonly LabelValue[],
  depth: number,
): [LabelValue[], Leaf][] {
  return [...level].flatMap(([label, next]): [LabelValue[], Leaf][] =>
    depth === 1
      ? [[[...above, label], next as Leaf]]
      : leavesBelow(next as Level<Leaf>, [...above, label], depth - 1)
  );
}
