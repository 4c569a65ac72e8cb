import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ToldProblem } from "../../../lib/cli/told_problem.ts";
import { makeFile, modeOf, replaceFile, targetOf, textOf } from "../../../lib/cli/written_file.ts";

function inFolder(test: (folder: string) => void): () => void {
  return () => {
    const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "gateway_unit_" }));
    try {
      test(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  };
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

describe("replaceFile()", () => {
  it(
    "replaceFile() keeps the mode, also bits that the process's mask would take",
    inFolder((folder) => {
      for (const mode of [0o600, 0o666, 0o640]) {
        Deno.writeTextFileSync(`${folder}/a`, "old");
        Deno.chmodSync(`${folder}/a`, mode);
        replaceFile(`${folder}/a`, "new");
        assertEquals([textOf(`${folder}/a`), modeOf(`${folder}/a`)], ["new", mode]);
      }
      assertEquals(names(folder), ["a"]);
    }),
  );

  it(
    "replaceFile() makes a file and its folders for their owner alone",
    inFolder((folder) => {
      replaceFile(`${folder}/b/c/d`, "x");
      assertEquals([modeOf(`${folder}/b/c/d`), modeOf(`${folder}/b`)], [0o600, 0o700]);
    }),
  );

  it(
    "replaceFile() writes where a link leads, to nowhere yet as well",
    inFolder((folder) => {
      Deno.symlinkSync("real", `${folder}/link`);
      assertEquals(targetOf(`${folder}/link`), `${folder}/real`);
      replaceFile(`${folder}/link`, "one");
      replaceFile(`${folder}/link`, "two");
      assertEquals(Deno.readTextFileSync(`${folder}/real`), "two");
      assertEquals(names(folder), ["link", "real"]);
    }),
  );

  it(
    "replaceFile() leaves nothing behind where it fails",
    inFolder((folder) => {
      Deno.mkdirSync(`${folder}/a`);
      Deno.writeTextFileSync(`${folder}/a/b`, "");
      assertThrows(() => replaceFile(`${folder}/a`, "x"));
      assertEquals(names(folder), ["a"]);
    }),
  );
});

describe("makeFile()", () => {
  it(
    "makeFile() never writes over another file",
    inFolder((folder) => {
      assertEquals(makeFile(`${folder}/a`, "one"), true);
      assertEquals(makeFile(`${folder}/a`, "two"), false);
      assertEquals([textOf(`${folder}/a`), modeOf(`${folder}/a`)], ["one", 0o600]);
    }),
  );
});

describe("textOf()", () => {
  it(
    "textOf() gives every byte, and nothing for what is not there",
    inFolder((folder) => {
      const text = "\ufeffé\r\n\0";
      Deno.writeTextFileSync(`${folder}/a`, text);
      assertEquals([textOf(`${folder}/a`), textOf(`${folder}/b`)], [text, undefined]);
    }),
  );

  it(
    "textOf() refuses what it would have to change: text that is not UTF-8, and a folder",
    inFolder((folder) => {
      Deno.writeFileSync(`${folder}/a`, new Uint8Array([0x7b, 0xff, 0x7d]));
      assertThrows(() => textOf(`${folder}/a`), ToldProblem);
      assertThrows(() => textOf(folder), ToldProblem);
    }),
  );
});
