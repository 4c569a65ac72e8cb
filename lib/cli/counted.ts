/**
 * A number with what it counts.
 *
 * @module
 */

/** `1 route`, `12,345 bytes` */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
