/** Variables come from the environment, and from `.env` where it says nothing. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readEnvironmentAndFile } from "../../../lib/cli/environment.ts";

const SET = "OPENCLAW_AUTOPROXY_TEST_SET";
const EMPTY = "OPENCLAW_AUTOPROXY_TEST_EMPTY";
const UNSET = "OPENCLAW_AUTOPROXY_TEST_UNSET";

/** Reads these variables, with a `.env` of this text beneath two of the environment. */
async function read(text: string | undefined, ...names: string[]): Promise<(string | undefined)[]> {
  const folder = await Deno.makeTempDir();
  Deno.env.set(SET, "environment");
  Deno.env.set(EMPTY, "");
  try {
    if (text !== undefined) await Deno.writeTextFile(`${folder}/.env`, text);
    return names.map(await readEnvironmentAndFile(`${folder}/.env`));
  } finally {
    Deno.env.delete(SET);
    Deno.env.delete(EMPTY);
    await Deno.remove(folder, { recursive: true });
  }
}

describe("readEnvironmentAndFile()", () => {
  it("takes from the file what the environment does not set", async () => {
    const text = `# comment\n${UNSET}="a b" # why\nOTHER=c\n`;
    assertEquals(await read(text, UNSET, "OTHER"), ["a b", "c"]);
  });

  it("never overrides a variable that is set, not even one set to nothing", async () => {
    assertEquals(await read(`${SET}=file\n${EMPTY}=file\n`, SET, EMPTY), ["environment", ""]);
  });

  it("needs no file", async () => {
    assertEquals(await read(undefined, SET, UNSET), ["environment", undefined]);
  });

  it("does not find what every object has", async () => {
    assertEquals(await read(`${UNSET}=1`, "constructor", "toString"), [undefined, undefined]);
  });

  it("does not set the file's variables for this process", async () => {
    await read(`${UNSET}=1`, UNSET);
    assertEquals(Deno.env.get(UNSET), undefined);
  });
});
