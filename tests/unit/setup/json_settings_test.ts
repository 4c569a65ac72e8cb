import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readJson5 } from "../../../lib/setup/json5.ts";
import { JSON_SETTINGS } from "../../../lib/setup/json_settings.ts";
import {
  SettingsProblem,
  withoutSettings,
  withSettings,
} from "../../../lib/setup/settings_text.ts";

const SETTINGS = [
  { path: ["env", "URL"], value: "http://127.0.0.1:8787" },
  { path: ["env", "KEY"], value: "any" },
  { path: ["agents", "model", "primary"], value: "autoproxy/auto" },
  { path: ["provider", "autoproxy"], value: { models: [{ id: "auto" }] } },
];
const format = JSON_SETTINGS;

/** Texts that people and programs leave behind. */
const TEXTS: Readonly<Record<string, string>> = {
  "an empty file": "",
  "blanks": "\n\n",
  "a comment alone": "// nothing yet\n",
  "an empty object": "{}",
  "an empty object with blanks": "{ }\n",
  "an object with a comment": "{ // nothing yet\n}\n",
  "one line": '{"env":{"KEY":"old","Z":1},"theme":"dark"} // end',
  "comments everywhere":
    '// head\n{\n  // env\n  "env": {\n    "Z": "1", // last\n  },\n  /* b */ "theme": "dark"\n}\n// foot\n',
  "JSON5": "{\n  env: { KEY: 'old', },\n  agents: { model: 'x/y' },\n  list: [1, 2,],\n}\n",
  "tabs and CRLF": '{\r\n\t"env": {\r\n\t\t"Z": "1"\r\n\t},\r\n\t"theme": "dark"\r\n}\r\n',
  "our names with other values":
    '{"env": {"URL": "http://other"}, "agents": {"model": {"primary": "a/b", "fallbacks": []}}}',
  "our names as other kinds": '{\n  "env": null,\n  "agents": ["x"],\n  "provider": "p"\n}\n',
  "no line break at the end": '{\n    "theme": "dark"\n}',
  "a byte order mark": '\ufeff{\n  "theme": "dark"\n}\n',
  "a key twice": '{"env": {"KEY": "a"}, "env": {"KEY": "b", "Z": 1}}',
};

function at(text: string, path: readonly string[]): unknown {
  // deno-lint-ignore no-explicit-any -- whatever is there
  return path.reduce<any>((value, key) => value?.[key], readJson5(text));
}

describe("JSON settings", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(`put into ${name}, can be read there`, () => {
      const changed = withSettings(text, SETTINGS, format);
      for (const { path, value } of SETTINGS) {
        assertEquals(JSON.stringify(at(changed, path)), JSON.stringify(value));
      }
      assertEquals(withSettings(changed, SETTINGS, format), changed, "a second time");
    });

    it(`taken out of ${name}, leave it to the byte as it was`, () => {
      const changed = withSettings(text, SETTINGS, format);
      assertEquals(withoutSettings(changed, SETTINGS, { original: text, format }), text);
    });

    it(`taken out of ${name}, leave what was added since`, () => {
      const changed = withSettings(text, SETTINGS, format)
        .replace("{", '{ "added": true, /* by hand */').replace('"Z": "1"', '"Z": "2"');
      const left = withoutSettings(changed, SETTINGS, { original: text, format });
      assertEquals(at(left, ["added"]), true);
      assertStringIncludes(left, "/* by hand */");
      if (text.includes('"Z": "1"')) assertEquals(at(left, ["env", "Z"]), "2");
      for (const { path } of SETTINGS) {
        const before = text.includes("{") ? at(text, path) : undefined;
        assertEquals(JSON.stringify(at(left, path)), JSON.stringify(before), path.join("."));
      }
    });
  }

  it("keep every comment, every other value and its spelling", () => {
    const changed = withSettings(TEXTS["comments everywhere"]!, SETTINGS, format);
    for (
      const part of [
        "// head\n{",
        "// env\n",
        '"Z": "1", // last\n',
        '/* b */ "theme": "dark"\n}\n// foot\n',
      ]
    ) {
      assertStringIncludes(changed, part);
    }
  });

  it("are taken out of a text that a program has written anew", () => {
    const text = '{\n  // mine\n  "theme": "dark", "agents": {"model": "x/y"}\n}\n';
    const rewritten = JSON.stringify(readJson5(withSettings(text, SETTINGS, format)));
    const left = withoutSettings(rewritten, SETTINGS, { original: text, format });
    assertEquals(JSON.stringify(readJson5(left)), '{"theme":"dark","agents":{"model":"x/y"}}');
  });

  it("that were taken out by hand are not missed", () => {
    assertEquals(withoutSettings('{"a": 1}', SETTINGS, { original: "{}", format }), '{"a": 1}');
    assertEquals(withoutSettings("", SETTINGS, { original: "{}", format }), "");
  });

  it("look as the text around them does", () => {
    const changed = withSettings(TEXTS["tabs and CRLF"]!, SETTINGS.slice(3), format);
    assert(
      changed.startsWith('{\r\n\t"provider": {\r\n\t\t"autoproxy": {\r\n\t\t\t"models": [\r\n'),
    );
    assert(!/[^\r]\n/.test(changed));
  });

  for (const text of ['{"a": }', "[1]", '"text"', "{"]) {
    it(`are refused by ${text}, which is left alone`, () => {
      assertThrows(() => withSettings(text, SETTINGS, format), SettingsProblem);
    });
  }
});
