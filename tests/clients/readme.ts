/**
 * The settings that README.md tells users to make, so that they are what is tried.
 *
 * @module
 */

const README = new URL("../../README.md", import.meta.url);
const ADDRESS = "http://127.0.0.1:8787";

/**
 * A block of README.md, with the gateway's real address in it.
 *
 * @param language What stands behind the three backticks.
 * @param word A word that only this block has.
 */
export function readmeBlock(
  language: string,
  { word, gateway }: { word: string; gateway: string },
): string {
  const pattern = new RegExp("^```" + language + "\\n([\\s\\S]*?)^```", "gm");
  const blocks = [...Deno.readTextFileSync(README).matchAll(pattern)].map(([, text]) => text!);
  const found = blocks.find((text) => text.includes(word) && text.includes(ADDRESS));
  if (found === undefined) throw new Error(`README.md has no ${language} block with ${word}`);
  return found.replaceAll(ADDRESS, gateway);
}
