/** What is served of a configuration, and what a running gateway takes over of another. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Config } from "../../../lib/config/config.ts";
import { loadText } from "../../../lib/cli/config_file.ts";
import { changeOf, withFlags } from "../../../lib/cli/served_config.ts";

const ROUTES = "routes: [{url: 'stub:ok', model: m}]\n";
const CLIENTS = "clients: [{name: me, key: client-key-1}]\n";

function served(text: string, flags: Record<string, string> = {}) {
  const loaded = loadText(text, () => undefined);
  return withFlags(loaded, { source: "routes.yml", flags: new Map(Object.entries(flags)) });
}

function configOf(result: { config: Config } | { problems: string[] }): Config {
  assert("config" in result, JSON.stringify(result));
  return result.config;
}

describe("withFlags()", () => {
  it("lays host and port over the file", () => {
    const { host, port } = configOf(served(`port: 1\n${ROUTES}`, { host: "127.0.0.2", port: "2" }));
    assertEquals([host, port], ["127.0.0.2", 2]);
  });

  it("keeps the file's host and port where no flag stands", () => {
    const { host, port } = configOf(served(`port: 1\n${ROUTES}`));
    assertEquals([host, port], ["127.0.0.1", 1]);
  });

  it("writes each problem in a line, with the file's name", () => {
    assertEquals(served(`prot: 1\n${ROUTES}`), {
      problems: ['routes.yml:1:1: prot: unknown key, did you mean "port"?'],
    });
  });

  it("sets off place and key as it is told", () => {
    const style = { red: (text: string) => `<${text}>`, bold: (text: string) => `*${text}*` };
    const loaded = loadText("port: x\nroutes: 1\n", () => undefined);
    const result = withFlags(loaded, { source: "r.yml", flags: new Map(), style });
    assertEquals(result, {
      problems: [
        "<r.yml:1:7:> *port*: expected a whole number from 0 to 65535, got a string",
        "<r.yml:2:9:> *routes*: expected a list, got a number",
      ],
    });
  });

  it("refuses an open address without client keys, however it came", () => {
    for (const result of [served(`host: 0.0.0.0\n${ROUTES}`), served(ROUTES, { host: "::" })]) {
      assert("problems" in result && result.problems[0]!.includes("without client keys"));
    }
    configOf(served(`host: 0.0.0.0\n${CLIENTS}${ROUTES}`));
  });
});

describe("changeOf()", () => {
  const running = configOf(served(`host: 127.0.0.1\nport: 1\n${ROUTES}`));

  it("takes everything over but host, port and connections", () => {
    const change = changeOf(served(`port: 1\nnotice: "off"\n${ROUTES}`), running);
    assert("config" in change);
    assertEquals([change.config.notice, change.needsRestart], ["off", []]);
  });

  it("keeps host and port, and says that they need a restart", () => {
    const change = changeOf(served(`host: 127.0.0.2\nport: 2\n${ROUTES}`), running);
    assert("config" in change);
    const { host, port } = change.config;
    assertEquals([host, port, change.needsRestart], ["127.0.0.1", 1, ["host", "port"]]);
  });

  it("keeps the connections as they are, and says that they need a restart", () => {
    const connections = { maxConnections: 5 };
    const change = changeOf({ config: { ...running, connections } }, running);
    assert("config" in change);
    assertEquals([change.config.connections, change.needsRestart], [{}, ["connections"]]);
  });

  it("refuses to take the client keys from a gateway that everybody can reach", () => {
    const open = configOf(served(`host: 0.0.0.0\n${CLIENTS}${ROUTES}`));
    const change = changeOf(served(ROUTES), open);
    assert("problems" in change && change.problems[0]!.includes("0.0.0.0"));
  });

  it("passes problems on", () => {
    assertEquals(changeOf({ problems: ["one"] }, running), { problems: ["one"] });
  });
});
