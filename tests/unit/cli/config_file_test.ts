/** Where the configuration is looked for, and how problems are told. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  findConfig,
  type FindOptions,
  type FoundConfig,
  MissingConfig,
  problemText,
} from "../../../lib/cli/config_file.ts";

const ROUTES = "routes:\n  - {url: 'stub:ok', model: here}\n";

/** Runs in a folder of its own, with these files. */
function inFolder(files: Record<string, string>, run: (folder: string) => void): void {
  const before = Deno.cwd();
  const folder = Deno.makeTempDirSync();
  try {
    for (const [path, text] of Object.entries(files)) {
      const parent = path.split("/").slice(0, -1).join("/");
      if (parent !== "") Deno.mkdirSync(`${folder}/${parent}`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/${path}`, text);
    }
    Deno.chdir(folder);
    run(folder);
  } finally {
    Deno.chdir(before);
    Deno.removeSync(folder, { recursive: true });
  }
}

function find(
  options: Partial<FindOptions> = {},
  variables: Record<string, string> = {},
): FoundConfig {
  return findConfig({ isStub: false, read: (name) => variables[name], ...options });
}

function models({ config }: FoundConfig): string[] | undefined {
  return config?.routes.flatMap((route) => route.models);
}

const ELSEWHERE = ROUTES.replace("here", "elsewhere");
const OWN = "openclaw-autoproxy/routes.yml";

describe("findConfig()", () => {
  it("reads the file that it is given", () => {
    inFolder({ "routes.yml": ROUTES, "other.yml": ELSEWHERE }, () => {
      const found = find({ path: "other.yml" });
      assertEquals([found.source, models(found)], ["other.yml", ["elsewhere"]]);
    });
  });

  it("looks into the working directory first", () => {
    inFolder({ "routes.yml": ROUTES, [`.config/${OWN}`]: ELSEWHERE }, (folder) => {
      assertEquals(models(find({}, { HOME: folder })), ["here"]);
    });
  });

  const folders: {
    name: string;
    path: string;
    variables: (folder: string) => Record<string, string>;
  }[] = [
    { name: "HOME", path: `.config/${OWN}`, variables: (folder) => ({ HOME: folder }) },
    {
      name: "USERPROFILE",
      path: `.config/${OWN}`,
      variables: (folder) => ({ USERPROFILE: folder }),
    },
    {
      name: "XDG_CONFIG_HOME before HOME",
      path: `xdg/${OWN}`,
      variables: (folder) => ({ XDG_CONFIG_HOME: `${folder}/xdg`, HOME: folder }),
    },
    {
      name: "HOME where XDG_CONFIG_HOME is empty",
      path: `.config/${OWN}`,
      variables: (folder) => ({ XDG_CONFIG_HOME: "", HOME: folder }),
    },
  ];
  for (const { name, path, variables } of folders) {
    it(`looks then into the folder of ${name}`, () => {
      inFolder({ [path]: ELSEWHERE }, (folder) => {
        const found = find({}, variables(folder));
        assertEquals([found.source, models(found)], [`${folder}/${path}`, ["elsewhere"]]);
      });
    });
  }

  it("says what to do where there is none", () => {
    inFolder({}, () => {
      const { message } = assertThrows(() => find(), MissingConfig);
      assertEquals(
        message,
        "No routes.yml here: write one with `openclaw-autoproxy init`, name one with --config FILE, or use --stub",
      );
    });
  });

  it("takes no other file for one that it was given and that is not there", () => {
    inFolder({ "routes.yml": ROUTES }, () => {
      const { message } = assertThrows(() => find({ path: "none.yml" }), MissingConfig);
      assertEquals(message, "Cannot find none.yml");
    });
  });

  it("says that a folder is no file", () => {
    inFolder({ "folder/x": "" }, () => {
      const { message } = assertThrows(() => find({ path: "folder" }), MissingConfig);
      assert(message.startsWith("Cannot read folder: "), message);
    });
  });

  it("does not read a file that is too large for a configuration", () => {
    inFolder({ "routes.yml": "#".repeat(4 * 1024 * 1024 + 1) }, () => {
      const { message } = assertThrows(() => find(), MissingConfig);
      assertEquals(message, "Cannot read routes.yml: it is larger than 4 MiB");
    });
  });

  it("needs no file for the built-in stub", () => {
    inFolder({ "routes.yml": ROUTES }, () => {
      const found = find({ isStub: true });
      assertEquals(found.source, "the built-in stub");
      assertEquals(found.problems, []);
      assertEquals(models(found), ["stub-steady", "stub-flaky", "stub-calm"]);
    });
  });

  it("checks stub URLs", () => {
    inFolder({ "routes.yml": "- {url: 'stub:okk', model: m}\n" }, () => {
      const { problems, source } = find();
      assertEquals(problems.map((problem) => problemText(source, problem)), [
        'routes.yml:1:10: routes[0].url: unknown stub "okk", did you mean "ok"?',
      ]);
    });
  });

  it("reads the file that the project comes with", () => {
    const { config, problems, warnings } = find({
      path: `${import.meta.dirname}/../../../routes.yml`,
    });
    assertEquals([problems, warnings], [[], []]);
    assertEquals(config?.routes.length, 3);
  });
});

describe("problemText()", () => {
  it("tells file, line and column", () => {
    const problem = { position: { line: 12, column: 5 }, message: "routes[1].urll: unknown key" };
    assertEquals(
      problemText("routes.yml", problem),
      "routes.yml:12:5: routes[1].urll: unknown key",
    );
  });

  it("tells a problem of the environment without a file", () => {
    assertEquals(problemText("routes.yml", { message: "PORT: expected …" }), "PORT: expected …");
  });
});
