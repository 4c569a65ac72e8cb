import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  SettingsProblem,
  withoutSettings,
  withSettings,
} from "../../../lib/setup/settings_text.ts";
import { TOML_SETTINGS } from "../../../lib/setup/toml_settings.ts";
import { tomlStatements } from "../../../lib/setup/toml_statements.ts";

const SETTINGS = [
  { path: ["model"], value: "auto" },
  { path: ["model_provider"], value: "autoproxy" },
  {
    path: ["model_providers", "autoproxy"],
    value: { name: "autoproxy", base_url: "http://127.0.0.1:8787/v1" },
  },
];
const format = TOML_SETTINGS;

/** Texts that people and programs leave behind. */
const TEXTS: Readonly<Record<string, string>> = {
  "an empty file": "",
  "a comment alone": "# nothing yet",
  "keys of its own": 'model = "gpt-6-sol" # my favourite\napproval_policy = "never"\n',
  "tables alone": '[tools]\nweb_search = true\n\n[projects."/home/x y"]\ntrust_level = "trusted"\n',
  "a table of ours":
    '[model_providers.autoproxy]\nname = "mine"\n# below\n[model_providers.other]\nname = "o"\n',
  "a table below ours": '[model_providers.autoproxy.http_headers]\nx-a = "1"\n',
  "what only looks like ours":
    'notes = """\nmodel = "x"\n[model_providers.autoproxy]\n"""\nother = \'model = 1\'\n[t]\nmodel = "in a table"\n',
  "many kinds of values":
    "a = [1, 2, # c\n  [3]]\nb = { c = \"}\", d = [{ e = 1 }] }\nf = 1979-05-27 07:32:00Z\ng = '''\n]\"'''\nh.i = -0.5e3\n[[j]]\nk = true\n[[j]]\n",
  "CRLF": 'model = "gpt-6-sol"\r\n\r\n[tools]\r\nweb_search = true\r\n',
  "no line break at the end": "a = 1",
  "a schema line": "#:schema https://schema.example/codex.json\n\nb = 2\n",
  "ours as a value": '[model_providers]\nautoproxy = { name = "mine" }\n',
  "a byte order mark": "\ufeffa = 1\n",
};

describe("TOML settings", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(`put into ${name}, stand where they belong`, () => {
      const changed = withSettings(text, SETTINGS, format);
      assertEquals(format.at(changed, ["model"]), '"auto"');
      assertEquals(format.at(changed, ["model_provider"]), '"autoproxy"');
      assertStringIncludes(format.at(changed, ["model_providers", "autoproxy"])!, "8787/v1");
      assertEquals(withSettings(changed, SETTINGS, format), changed, "a second time");
    });

    it(`taken out of ${name}, leave it to the byte as it was`, () => {
      const changed = withSettings(text, SETTINGS, format);
      assertEquals(withoutSettings(changed, SETTINGS, { original: text, format }), text);
    });

    it(`taken out of ${name}, leave what was added since`, () => {
      const added = "\n[mcp_servers.added] # by hand\ncommand = 'x'\n";
      const changed = withSettings(text, SETTINGS, format) + added;
      const left = withoutSettings(changed, SETTINGS, { original: text, format });
      assertStringIncludes(left, added);
      for (const { path } of SETTINGS) assertEquals(format.at(left, path), format.at(text, path));
    });

    it(`keep every other statement of ${name}, and every comment`, () => {
      const changed = withSettings(text, SETTINGS, format);
      const ours = new Set(SETTINGS.map(({ path }) => path.join(".")));
      const isOurs = (path: string[]) =>
        path.some((_, end) => ours.has(path.slice(0, end + 1).join(".")));
      const rest = (one: string) =>
        tomlStatements(one).filter(({ path }) => !isOurs(path)).map(({ start, end }) =>
          one.slice(start, end).trim()
        );
      assertEquals(rest(changed), rest(text));
      for (const [comment] of text.matchAll(/# [a-z ]+/g)) assertStringIncludes(changed, comment);
    });
  }

  it("of the file stand before every table, and a schema line before them", () => {
    const changed = withSettings(TEXTS["a schema line"]!, SETTINGS, format);
    assertEquals(changed.split("\n").slice(0, 3), [
      "#:schema https://schema.example/codex.json",
      'model = "auto"',
      'model_provider = "autoproxy"',
    ]);
  });

  it("are refused where a table cannot be joined, with the line", () => {
    for (
      const text of [
        "a = 1\nmodel_providers = { x = { name = 'x' } }\n",
        "\nmodel_providers.autoproxy.name = 'x'\n",
      ]
    ) {
      const error = assertThrows(() => withSettings(text, SETTINGS, format), SettingsProblem);
      assertStringIncludes(error.message, "line 2: expected model_providers.autoproxy");
    }
  });

  for (const text of ["a = ", "a", "[a", "a = [1", 'a = "open\n', "a = 1 2\n", "= 1", "a = }"]) {
    it(`are refused by ${JSON.stringify(text)}, which is no TOML`, () => {
      const error = assertThrows(() => withSettings(text, SETTINGS, format), SettingsProblem);
      assertStringIncludes(error.message, "line 1: expected");
    });
  }
});
