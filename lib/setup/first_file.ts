/**
 * The first `routes.yml` of a user, from what was found on the machine.
 *
 * @module
 */
import type { FileDraft, RouteDraft } from "./route_file.ts";
import { LOCAL_SERVERS, type LocalServer, type Provider, PROVIDERS } from "./providers.ts";

/** A provider that is to be used, and the variable that holds its key. */
export interface ChosenProvider {
  provider: Provider;
  keyVariable: string;
}

/** A server that answered on this machine, and the models that it has. */
export interface FoundServer {
  server: LocalServer;
  models: readonly string[];
}

/** What goes into the file. */
export interface Choice {
  providers: readonly ChosenProvider[];
  servers: readonly FoundServer[];
}

/** The providers whose key is set, each with the first of its variables that holds one. */
export function providersWithKeys(read: (name: string) => string | undefined): ChosenProvider[] {
  return PROVIDERS.flatMap((provider) => {
    const keyVariable = provider.keyVariables.find((name) => read(name)?.trim());
    return keyVariable === undefined ? [] : [{ provider, keyVariable }];
  });
}

/** The provider with the variable that it usually has. */
export function withUsualKey(provider: Provider): ChosenProvider {
  return { provider, keyVariable: provider.keyVariables[0] };
}

const ABOUT: readonly string[] = [
  "The gateway's configuration: every upstream, and which models it serves.",
  "",
  "`model: auto` takes the models in turn and falls back when one fails; any",
  "other name is pinned to the routes that serve it. Keys stay in the",
  "environment, or in a .env beside the gateway.",
];

const ABOUT_STUB: readonly string[] = [
  "An upstream inside the process, without a key or a network, so that the",
  "gateway runs. Take it out once a real route stands here.",
];

/** The draft of the file. */
export function firstFile({ providers, servers }: Choice): FileDraft {
  const routes = [
    ...servers.map(serverRoute),
    ...providers.map(({ provider, keyVariable }) => providerRoute(provider, keyVariable)),
  ];
  const used = new Set(providers.map(({ provider }) => provider));
  return {
    about: ABOUT,
    settings: {},
    routes: inOrder(routes.length > 0 ? routes : [STUB_ROUTE]),
    offers: [
      ...PROVIDERS.filter((one) => !used.has(one))
        .map((provider) => providerRoute(provider, provider.keyVariables[0])),
      ...(servers.length > 0
        ? []
        : [serverRoute({ server: LOCAL_SERVERS[0]!, models: ["qwen3:8b"] })]),
    ],
  };
}

const STUB_ROUTE: RouteDraft = {
  comments: ABOUT_STUB,
  name: "stub",
  url: "stub:ok",
  model: "stub",
};

/** A route that takes every other name comes last, where its readers look for it. */
function inOrder(routes: readonly RouteDraft[]): RouteDraft[] {
  const takesRest = ({ model }: RouteDraft) => Array.isArray(model) && model.includes("*");
  return [...routes.filter((one) => !takesRest(one)), ...routes.filter(takesRest)];
}

function providerRoute(provider: Provider, keyVariable: string): RouteDraft {
  const { name, title, url, models, protocol } = provider;
  const rest = models.includes("*") ? [`"*" takes every name that no other route has.`] : [];
  return {
    comments: [title, ...rest],
    name,
    url,
    ...(protocol === undefined ? {} : { protocol: [...protocol] }),
    apiKeyEnv: keyVariable,
    model: [...models],
  };
}

function serverRoute({ server, models }: FoundServer): RouteDraft {
  const { name, title, port } = server;
  return {
    comments: [`${title}, on this machine.`],
    name,
    url: `http://127.0.0.1:${port}`,
    // It wants no key, and must not be sent the client's.
    forwardClientAuth: false,
    // It does not run yet: then it is asked for whatever name no other route has.
    model: models.length > 0 ? [...models] : ["*"],
  };
}

/** More models of one server are not written down: nobody asks for them. */
const MAX_MODELS = 30;

/** The models in a server's answer to `GET /v1/models` that can hold a conversation. */
export function modelsIn(answer: unknown): string[] {
  const { data } = (answer ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  const names = data.flatMap((one) =>
    typeof one?.id === "string" && one.id ? [one.id as string] : []
  );
  return names.filter((name) => !/embed|rerank|whisper|tts/i.test(name)).slice(0, MAX_MODELS);
}
