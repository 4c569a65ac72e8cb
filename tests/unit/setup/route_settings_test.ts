/**
 * Edits of a `routes.yml`: what changes, and that nothing else does.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../lib/base/json.ts";
import { withRouteSettings } from "../../../lib/setup/route_settings.ts";
import { SettingsProblem } from "../../../lib/setup/settings_text.ts";

/** Texts before and after. */
const CASES: [what: string, before: string, settings: JsonObject, after: string][] = [
  [
    "a block mapping",
    "# top\nroutes:\n  - name: a   # first\n    url: 'u'\n\n  # next\n  - name: b\n",
    { vision: false },
    "# top\nroutes:\n  - name: a   # first\n    url: 'u'\n    vision: false\n\n  # next\n  - name: b\n",
  ],
  [
    "a block mapping without a last line break",
    "- url: u\n  model: m # x",
    { maxTokensField: "max_tokens" },
    "- url: u\n  model: m # x\n  maxTokensField: max_tokens",
  ],
  [
    "lines that end with CRLF",
    "- url: u\r\n  model: m\r\n",
    { reasoningContent: true },
    "- url: u\r\n  model: m\r\n  reasoningContent: true\r\n",
  ],
  [
    "a list of models as the last value",
    "routes:\n- url: u\n  model:\n    - a # one\n    - b # two\nport: 1\n",
    { toolIdPattern: "^[a-z]{9}$" },
    'routes:\n- url: u\n  model:\n    - a # one\n    - b # two\n  toolIdPattern: "^[a-z]{9}$"\nport: 1\n',
  ],
  [
    "a mapping as the last value",
    "- url: u\n  timeouts:\n    connectMs: 3\n    idleMs:\n",
    { vision: false },
    "- url: u\n  timeouts:\n    connectMs: 3\n    idleMs:\n  vision: false\n",
  ],
  [
    "a text in lines of its own as the last value",
    "- url: u\n  apiKey: |\n    abc\n  # c\n- url: v\n",
    { vision: false },
    "- url: u\n  apiKey: |\n    abc\n  vision: false\n  # c\n- url: v\n",
  ],
  [
    "a flow mapping",
    "routes: [{name: a, url: u}, {name: b}] # end\n",
    { dropParams: ["stream_options"] },
    "routes: [{name: a, url: u, dropParams: [stream_options]}, {name: b}] # end\n",
  ],
  [
    "a flow mapping with a list, a comma and a comment at its end",
    "- { url: u, model: [ a, b ], } # x\n",
    { vision: false },
    "- { url: u, model: [ a, b ], vision: false, } # x\n",
  ],
  [
    "a flow mapping over several lines",
    "routes:\n  - {\n      url: u, # x\n      model: m # y\n    }\n",
    { vision: false },
    "routes:\n  - {\n      url: u, # x\n      model: m,\n      vision: false # y\n    }\n",
  ],
  [
    "JSON, which stays JSON",
    '{\n  "routes": [\n    {\n      "url": "u",\n      "model": "m"\n    }\n  ]\n}\n',
    { dropParams: ["a"], toolIdPattern: "^a$" },
    '{\n  "routes": [\n    {\n      "url": "u",\n      "model": "m",\n      "dropParams": ["a"],\n' +
    '      "toolIdPattern": "^a$"\n    }\n  ]\n}\n',
  ],
  [
    "a value that is there",
    "- url: u\n  vision: true # we hope\n  model: m\n",
    { vision: false },
    "- url: u\n  vision: false # we hope\n  model: m\n",
  ],
  [
    "a quoted value that is there",
    '- {url: u, maxTokensField: "max_tokens", model: m}\n',
    { maxTokensField: "max_completion_tokens" },
    "- {url: u, maxTokensField: max_completion_tokens, model: m}\n",
  ],
  [
    "a flow list that grows",
    "- url: u\n  dropParams: [ temperature ] # k\n",
    { dropParams: ["temperature", "stream_options"] },
    "- url: u\n  dropParams: [ temperature, stream_options ] # k\n",
  ],
  [
    "a block list that grows",
    "- url: u\n  dropParams:\n    # hot\n    - temperature # k\n  model: m\n",
    { dropParams: ["temperature", "stream_options"] },
    "- url: u\n  dropParams:\n    # hot\n    - temperature # k\n    - stream_options\n  model: m\n",
  ],
  [
    "a block list at the column of its key",
    "- url: u\n  dropParams:\n  - temperature\n  model: m\n",
    { dropParams: ["temperature", "seed"] },
    "- url: u\n  dropParams:\n  - temperature\n  - seed\n  model: m\n",
  ],
  [
    "an empty list",
    "- {url: u, dropParams: []}\n",
    { dropParams: ["seed"] },
    "- {url: u, dropParams: [seed]}\n",
  ],
  [
    "a list that becomes one word",
    "- url: u\n  protocol: [openai, responses]\n",
    { protocol: "openai" },
    "- url: u\n  protocol: openai\n",
  ],
  [
    "a byte order mark",
    "\ufeff- url: u\n",
    { vision: false },
    "\ufeff- url: u\n  vision: false\n",
  ],
  [
    "a merge key",
    "x: &x {weight: 2}\nroutes:\n  - <<: *x\n    url: u\n",
    { weight: 3 },
    "x: &x {weight: 2}\nroutes:\n  - <<: *x\n    url: u\n    weight: 3\n",
  ],
];

describe("withRouteSettings()", () => {
  for (const [what, before, settings, after] of CASES) {
    it(`edits ${what}, and leaves the rest`, () => {
      assertEquals(withRouteSettings(before, [{ index: 0, settings }]), after);
    });

    it(`has nothing more to do in ${what} when it is done`, () => {
      assertEquals(withRouteSettings(after, [{ index: 0, settings }]), after);
    });
  }

  it("edits several routes at once", () => {
    const text = "- url: a\n- {url: b}\n- url: c\n";
    const changes = [0, 1, 2].map((index) => ({ index, settings: { vision: false } }));
    assertEquals(
      withRouteSettings(text, changes),
      "- url: a\n  vision: false\n- {url: b, vision: false}\n- url: c\n  vision: false\n",
    );
  });

  const impossible: [what: string, text: string, index?: number][] = [
    ["a route that is an alias", "- &a {url: u}\n- *a\n", 1],
    ["a route whose anchor others repeat", "- &a {url: u}\n- *a\n"],
    ["a route that is not there", "routes: []\n"],
    ["a route that is a word", "routes: [a]\n"],
    ["a key without a value", "- url: u\n  vision:\n"],
    ["a last key without a value in braces", "- {url: u, model: }\n"],
    ["a file that holds itself", "routes:\n - &a\n  url: u\n  x: *a\n"],
  ];
  for (const [what, text, index = 0] of impossible) {
    it(`refuses ${what}`, () => {
      const change = { index, settings: { vision: false } };
      assertThrows(() => withRouteSettings(text, [change]), SettingsProblem);
    });
  }
});
