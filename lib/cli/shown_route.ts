/**
 * A route as people may be shown it: in place of every secret stands where it comes from.
 *
 * The words take the secrets' place before anything is made of the route, so that what is shown
 * never held them.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import type { Route } from "../config/config.ts";
import { isCredentialName, PROTOCOL_OF_WORD } from "../config/route.ts";

/** What a client's own key looks like where one is sent on. */
const CLIENTS_OWN = "(the client's own)";

/** The route with words in the place of its secrets. */
export function withoutSecrets(route: Route): Route {
  const { credentials, headers, origin } = route;
  return {
    ...route,
    headers: headers.map(([name, value]) => [name, shownHeader(route, name, value)]),
    ...(credentials ? { credentials: { ...credentials, key: from(origin.keyVariable) } } : {}),
  };
}

/** Only a plain value without a variable in it is shown as it is. */
function shownHeader({ origin }: Route, name: string, value: string): string {
  const variable = Object.hasOwn(origin.headerVariables, name)
    ? origin.headerVariables[name]
    : undefined;
  if (variable === undefined && !isCredentialName(name)) return value;
  const scheme = /^(basic|bearer|token) /i.exec(value)?.[0] ?? "";
  return scheme + from(variable);
}

/** A header can hold no other characters than these; a variable's name might. */
function from(variable: string | undefined): string {
  return `(from ${variable?.replace(/[^\x20-\x7e]/g, "?") ?? "the file"})`;
}

/** Whether a header's value is one of the words that stand for a secret. */
export function isStandIn(value: string): boolean {
  return value.includes("(from ") || value.includes(CLIENTS_OWN);
}

/** The credentials of a client, in the form that its protocol uses, as words. */
export function clientCredentials(protocol: Protocol): [name: string, value: string] {
  return protocol === "anthropic_messages"
    ? ["x-api-key", CLIENTS_OWN]
    : ["authorization", `Bearer ${CLIENTS_OWN}`];
}

/** A URL without what may be a secret in it: its userinfo, and the values of its query. */
export function shownUrl(url: URL): string {
  if (url.protocol === "stub:") return url.href;
  const isNamed = url.username !== "" || url.password !== "";
  const host = `${url.protocol}//${isNamed ? "…@" : ""}${url.host}`;
  const names = [...new Set(url.searchParams.keys())].map((name) => `${name}=…`);
  return `${host}${url.pathname}${names.length > 0 ? `?${names.join("&")}` : ""}`;
}

const WORD_OF_PROTOCOL: ReadonlyMap<Protocol, string> = new Map(
  Object.entries(PROTOCOL_OF_WORD).map(([word, protocol]) => [protocol, word]),
);

/** A protocol by the word that the configuration has for it. */
export function protocolWord(protocol: Protocol): string {
  return WORD_OF_PROTOCOL.get(protocol) ?? protocol;
}
