/**
 * Well-known providers and local servers: where they are, and which variable holds a key.
 *
 * The models are what each offered for coding and conversation late in 2026; a list that grows old
 * is put right in `routes.yml`, where it is copied to.
 *
 * @module
 */

/** A provider with a key. */
export interface Provider {
  /** How flags and routes call it. */
  name: string;
  title: string;
  url: string;
  /** Variables that usually hold its key, the usual one first. */
  keyVariables: readonly [string, ...string[]];
  models: readonly string[];
  /** What the route says of its protocol, where the URL does not. */
  protocol?: readonly string[];
}

/** Every provider, in the order in which they are offered. */
export const PROVIDERS: readonly Provider[] = [
  {
    name: "anthropic",
    title: "Anthropic",
    url: "https://api.anthropic.com",
    keyVariables: ["ANTHROPIC_API_KEY"],
    models: ["claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5"],
  },
  {
    name: "openai",
    title: "OpenAI",
    url: "https://api.openai.com/v1",
    keyVariables: ["OPENAI_API_KEY"],
    models: ["gpt-6-astra", "gpt-6-sol", "gpt-6-luna"],
    protocol: ["openai", "responses"],
  },
  {
    name: "gemini",
    title: "Google Gemini",
    url: "https://generativelanguage.googleapis.com/v1beta/openai",
    keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    models: ["gemini-3.1-pro-preview", "gemini-3.5-flash"],
  },
  {
    name: "xai",
    title: "xAI",
    url: "https://api.x.ai/v1",
    keyVariables: ["XAI_API_KEY"],
    models: ["grok-4.7"],
  },
  {
    name: "deepseek",
    title: "DeepSeek",
    url: "https://api.deepseek.com/v1",
    keyVariables: ["DEEPSEEK_API_KEY"],
    models: ["deepseek-v4-pro", "deepseek-v4-flash"],
  },
  {
    name: "moonshot",
    title: "Moonshot (Kimi)",
    url: "https://api.moonshot.ai/v1",
    keyVariables: ["MOONSHOT_API_KEY"],
    models: ["kimi-k3"],
  },
  {
    name: "zai",
    title: "Z.AI (GLM)",
    url: "https://api.z.ai/api/paas/v4",
    keyVariables: ["ZAI_API_KEY", "Z_AI_API_KEY"],
    models: ["glm-5.2"],
  },
  {
    name: "zhipu",
    title: "Zhipu (GLM, China)",
    url: "https://open.bigmodel.cn/api/paas/v4",
    keyVariables: ["ZHIPU_API_KEY", "ZHIPUAI_API_KEY"],
    models: ["glm-5.2"],
  },
  {
    name: "dashscope",
    title: "Alibaba DashScope (Qwen)",
    url: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    keyVariables: ["DASHSCOPE_API_KEY", "QWEN_API_KEY"],
    models: ["qwen3.7-max", "qwen3.5-plus"],
  },
  {
    name: "minimax",
    title: "MiniMax",
    url: "https://api.minimax.io/anthropic",
    keyVariables: ["MINIMAX_API_KEY"],
    models: ["MiniMax-M3"],
  },
  {
    name: "mistral",
    title: "Mistral",
    url: "https://api.mistral.ai/v1",
    keyVariables: ["MISTRAL_API_KEY"],
    models: ["mistral-large-latest", "mistral-medium-3-5"],
  },
  {
    name: "groq",
    title: "Groq",
    url: "https://api.groq.com/openai/v1",
    keyVariables: ["GROQ_API_KEY"],
    models: ["openai/gpt-oss-120b"],
  },
  {
    name: "cerebras",
    title: "Cerebras",
    url: "https://api.cerebras.ai/v1",
    keyVariables: ["CEREBRAS_API_KEY"],
    models: ["gpt-oss-120b"],
  },
  {
    name: "together",
    title: "Together",
    url: "https://api.together.xyz/v1",
    keyVariables: ["TOGETHER_API_KEY"],
    models: ["moonshotai/Kimi-K2.6"],
  },
  {
    name: "fireworks",
    title: "Fireworks",
    url: "https://api.fireworks.ai/inference/v1",
    keyVariables: ["FIREWORKS_API_KEY"],
    models: ["accounts/fireworks/models/kimi-k2p6"],
  },
  {
    name: "nvidia",
    title: "NVIDIA",
    url: "https://integrate.api.nvidia.com/v1",
    keyVariables: ["NVIDIA_API_KEY"],
    models: ["nvidia/nemotron-3-ultra-550b-a55b"],
  },
  {
    // The last, as it takes every name that no route above it has.
    name: "openrouter",
    title: "OpenRouter",
    url: "https://openrouter.ai/api/v1",
    keyVariables: ["OPENROUTER_API_KEY"],
    models: ["openrouter/auto", "*"],
  },
];

/** A server for models on one's own machine. */
export interface LocalServer {
  name: string;
  title: string;
  port: number;
}

/** The servers that are looked for, each on the port that it has by default. */
export const LOCAL_SERVERS: readonly LocalServer[] = [
  { name: "ollama", title: "Ollama", port: 11434 },
  { name: "lmstudio", title: "LM Studio", port: 1234 },
  { name: "llamacpp", title: "llama.cpp", port: 8080 },
  { name: "vllm", title: "vLLM", port: 8000 },
];

/** The provider of that name, or at that host. */
export function providerAt(hostname: string): Provider | undefined {
  return PROVIDERS.find(({ url }) => new URL(url).hostname === hostname);
}
