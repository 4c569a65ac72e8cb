import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { loadConfig } from "../../../lib/config/load.ts";
import { importedFile, IMPORTERS, sourceDocument } from "../../../lib/setup/importers/importers.ts";
import { routeFileText } from "../../../lib/setup/route_file.ts";

const FOLDER = new URL("../../fixtures/import/", import.meta.url);

const FILES = {
  "claude-code-router": "claude_code_router.json",
  "litellm": "litellm.yaml",
  "openclaw": "openclaw.json5",
} as const;

type Format = keyof typeof FILES;

function documentOf(text: string) {
  const source = sourceDocument(text);
  assert("document" in source, JSON.stringify(source));
  return source.document;
}

function imported(format: Format, { keepsKeys = false } = {}) {
  const document = documentOf(Deno.readTextFileSync(new URL(FILES[format], FOLDER)));
  const importer = IMPORTERS.find((one) => one.accepts(document))!;
  assertEquals(importer.name, format);
  const draft = importer.read(document, { keepsKeys });
  const text = routeFileText(importedFile(draft, importer.title));
  const read = (name: string) =>
    /^(?!UPSTREAM|GATEWAY)[A-Z_]+(KEY|URL|TOKEN)$/.test(name) ? "https://set.example" : undefined;
  const { config, problems, warnings } = loadConfig(text, { read, checkStubUrl: () => undefined });
  assertEquals([problems, warnings], [[], []], text);
  return { ...draft, text, config: config! };
}

function routesOf(format: Format) {
  return Object.fromEntries(
    imported(format).routes.map(({ name, url, model }) => [name, `${url} ${[model].flat()}`]),
  );
}

describe("import", () => {
  for (const format of Object.keys(FILES) as Format[]) {
    it(`of ${format} copies no key unless it is asked to, not even into a note`, () => {
      const { text, notes } = imported(format);
      assert(!/in-clear/.test(text + notes.join()), text);
    });

    it(`of ${format} with its keys copies those of its providers, and no others`, () => {
      const { text } = imported(format, { keepsKeys: true });
      assertStringIncludes(text, "upstream-key-in-clear");
      assert(!/password-in-clear|bot-token-in-clear/.test(text));
    });

    it(`of ${format} says in the file what it could not carry`, () => {
      const { text, notes } = imported(format);
      assert(notes.length > 3);
      for (const note of notes) assertStringIncludes(text, `# - ${note}\n`);
    });
  }

  it("of claude-code-router carries its providers", () => {
    assertEquals(routesOf("claude-code-router"), {
      "deepseek": "https://api.deepseek.com/chat/completions deepseek-v4-pro,deepseek-v4-flash",
      "my gateway": "https://models.example/v1/chat/completions glm-5.2",
      "gemini": "https://generativelanguage.googleapis.com/v1beta/openai gemini-3.1-pro-preview",
      "ollama": "http://localhost:11434/v1/chat/completions qwen3:8b",
      "claude": "https://claude.example/v1/messages claude-sonnet-5",
    });
  });

  it("of claude-code-router carries its order, its chain, its key and its port", () => {
    const { config } = imported("claude-code-router");
    const { auto, chains, clients, port, timeouts } = config;
    assertEquals([auto.policy, auto.models[0]], ["ordered", "deepseek-v4-pro"]);
    assertEquals(chains.get("deepseek-v4-pro"), ["glm-5.2", "claude-sonnet-5"]);
    assertEquals([clients.length, port, timeouts.requestMs], [1, 3456, 300_000]);
    assertEquals(config.routes[0]!.quirks.reasoningContent, true);
    assertEquals(config.routes.at(-1)!.protocols, ["anthropic_messages"]);
  });

  it("of claude-code-router tells what to do instead of routing by kind", () => {
    const { notes } = imported("claude-code-router");
    for (
      const part of [
        "Router.background",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL",
        "tooluse",
        "PROXY_URL",
        "CUSTOM_ROUTER_PATH",
      ]
    ) {
      assert(notes.some((note) => note.includes(part)), part);
    }
  });

  it("of LiteLLM follows names to models, in the order that deployments have", () => {
    assertEquals(routesOf("litellm"), {
      "openai": "https://api.openai.com/v1 gpt-6-astra,gpt-6-sol",
      "anthropic": "https://api.anthropic.com claude-opus-5",
      "openai-2": "${HOUSE_URL} house-7b",
      "ollama_chat": "http://localhost:11434 qwen3:8b",
      "my-resource.openai.azure.com":
        "https://my-resource.openai.azure.com/openai/v1 my-deployment",
      "openrouter": "https://openrouter.ai/api/v1 *",
    });
    const { chains, auto, timeouts } = imported("litellm").config;
    assertEquals(chains.get("gpt-6-astra"), ["claude-opus-5", "gpt-6-sol"]);
    assertEquals(chains.get("house-7b"), ["gpt-6-sol", "qwen3:8b"]);
    assertEquals(chains.get("*"), ["qwen3:8b"]);
    assertEquals([auto.policy, timeouts.requestMs], ["least-latency", 120_000]);
  });

  it("of LiteLLM tells new names, and what nobody here does", () => {
    const { notes } = imported("litellm");
    for (
      const part of [
        "house: clients ask for house-7b",
        "titan: not carried: AWS",
        "nobody",
        "num_retries",
        "rpm",
        "authorization",
      ]
    ) {
      assert(notes.some((note) => note.includes(part)), part);
    }
  });

  it("of OpenClaw carries its own providers, and those that it brings by itself", () => {
    assertEquals(routesOf("openclaw"), {
      house: "https://house.example/v1 house-7b,house-30b",
      claude: "https://claude.example claude-sonnet-5",
      lab: "http://127.0.0.1:11434 qwen3:8b",
      anthropic: "https://api.anthropic.com claude-opus-5",
      openai: "https://api.openai.com/v1 gpt-6-sol",
    });
    const { config, notes } = imported("openclaw");
    assertEquals(config.auto.models, ["house-7b", "claude-opus-5", "gpt-6-sol"]);
    assertEquals(config.chains.get("house-7b"), ["claude-opus-5", "gpt-6-sol"]);
    assertEquals(config.routes[0]!.quirks.maxTokensField, "max_completion_tokens");
    for (const part of ["bedrock-converse-stream", "strange", "x-house-pass", "imageModel"]) {
      assert(notes.some((note) => note.includes(part)), part);
    }
  });

  it("of anything else is not guessed at", () => {
    for (const text of ["{}", "routes: [{url: 'stub:ok', model: m}]", '{"models": [1]}']) {
      assertEquals(IMPORTERS.filter((one) => one.accepts(documentOf(text))), []);
    }
  });

  it("bears whatever a document holds, and makes a file of it that can be read", () => {
    const odd = [null, 7, "x", [], [null], {}, [{}], { a: 1 }, [["x"]]];
    const keys = [
      "Providers",
      "Router",
      "fallback",
      "model_list",
      "litellm_params",
      "models",
      "providers",
      "agents",
      "defaults",
      "model",
      "router_settings",
      "general_settings",
      "transformer",
      "headers",
    ];
    for (const importer of IMPORTERS) {
      for (const value of odd) {
        for (const inner of odd) {
          const entry = {
            ...Object.fromEntries(keys.map((key) => [key, inner])),
            name: value,
            id: value,
            model_name: value,
            api_base_url: value,
            baseUrl: "http://x.example",
            api_key: value,
            apiKey: value,
          };
          const document = Object.fromEntries(keys.map((key) => [key, value ?? [entry]]));
          for (
            const one of [document, {
              ...document,
              Providers: [entry],
              model_list: [entry],
              models: { providers: { p: entry, q: value } },
            }]
          ) {
            const text = routeFileText(importedFile(importer.read(one, { keepsKeys: true }), "x"));
            assert(text.includes("routes:"));
          }
        }
      }
    }
  });
});

describe("sourceDocument()", () => {
  for (
    const [text, part] of [
      ["{\n  a: }", "line 2, column 6"],
      ["a: [1\nb: 2", "line"],
      ["- 1", "expected a mapping"],
      ["just words", "expected a mapping"],
      ["", "expected a mapping"],
    ] as const
  ) {
    it(`sourceDocument() says what is wrong with ${JSON.stringify(text)}`, () => {
      const source = sourceDocument(text);
      assert("problem" in source);
      assertStringIncludes(source.problem, part);
    });
  }
});
