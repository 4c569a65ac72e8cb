/**
 * A gateway that is told to stop: it finishes what it can, and breaks nothing off in silence.
 *
 * Over raw sockets, as upstreams wait in the middle of an answer for the test to let them go on.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PROTOCOLS } from "../../../lib/base/protocol.ts";
import { eventually } from "../eventually.ts";
import { type GatewayProcess, startGateway } from "../gateway_process.ts";
import { answerTo, ask, type Seen } from "./client_view.ts";
import { type FaultUpstream, faultUpstream } from "./fault_upstream.ts";
import { Meetings, WORD } from "./scene.ts";

const DRAIN_MS = 10_000;

interface Scene {
  gateway: GatewayProcess;
  upstream: FaultUpstream;
  /** Lets the answers of the route "slow" go on. */
  goOn: Meetings;
  ask(route: string, isStream: boolean, onFirstBytes?: () => void): Promise<Seen>;
}

/** A gateway before an upstream whose answers wait in their middle, or for ever. */
async function withGateway(test: (scene: Scene) => Promise<void>): Promise<void> {
  const goOn = new Meetings();
  await using upstream = await faultUpstream({
    slow: async (exchange) => {
      const events = exchange.events();
      if (exchange.isStream) await exchange.write(exchange.head() + events.slice(0, 7).join(""));
      await Promise.race([goOn.wait("slow"), exchange.left]);
      if (exchange.isStream) await exchange.write(events.slice(7).join(""));
      else await exchange.send(exchange.whole());
    },
    stuck: async (exchange) => {
      if (exchange.isStream) {
        await exchange.write(exchange.head() + exchange.unfinished().join(""));
      }
      await exchange.left;
    },
    mute: (exchange) => exchange.left,
  });
  const routes = ["slow", "stuck", "mute"].flatMap((name) =>
    PROTOCOLS.map((protocol) => ({
      name: `${name}-${WORD[protocol]}`,
      model: `${name}-${WORD[protocol]}`,
      protocol: WORD[protocol],
      url: `${upstream.origin}/${name}/${WORD[protocol]}/v1`,
    }))
  );
  await using gateway = await startGateway({ config: { routes } });
  const asked = (model: string, isStream: boolean, onFirstBytes = () => {}) => {
    const protocol = PROTOCOLS.find((one) => model.endsWith(WORD[one]))!;
    return ask(gateway.address, { protocol, model, isStream, text: "hello", onFirstBytes });
  };
  await test({ gateway, upstream, goOn, ask: asked });
}

/** A new request to a gateway that stops: what becomes of it. */
async function newRequest(gateway: GatewayProcess): Promise<string> {
  try {
    const response = await gateway.fetch("/health");
    await response.text();
    return String(response.status);
  } catch {
    return "refused";
  }
}

function isTurnedAway(how: string): boolean {
  return how === "refused" || how === "503";
}

describe("The first signal", () => {
  it("lets running answers finish, refuses new requests, and ends with 0", async () => {
    await withGateway(async (scene) => {
      const { gateway, upstream, goOn } = scene;
      const begun = new Meetings();
      const streams = PROTOCOLS.map((protocol) =>
        scene.ask(`slow-${WORD[protocol]}`, true, () => begun.meet(protocol))
      );
      const wholes = PROTOCOLS.map((protocol) => scene.ask(`slow-${WORD[protocol]}`, false));
      await Promise.all(PROTOCOLS.map((protocol) => begun.wait(protocol)));
      await eventually("all to be asked", () => upstream.runningCount === 6);
      gateway.signal("SIGTERM");
      await eventually(
        "new requests to be turned away",
        async () => isTurnedAway(await newRequest(gateway)),
      );
      goOn.meet("slow");
      for (const { status, text, isFinished } of await Promise.all([...streams, ...wholes])) {
        assertEquals([status, text, isFinished], [200, answerTo("hello"), true]);
      }
      const started = performance.now();
      assertEquals(await gateway.exitCode(), 0);
      assert(performance.now() - started < 2_000, "it waits for nobody who is done");
    });
  });

  it("ends what is not finished after ten seconds with an error in its protocol", async () => {
    await withGateway(async (scene) => {
      const { gateway, upstream } = scene;
      const begun = new Meetings();
      const streams = PROTOCOLS.map((protocol) =>
        scene.ask(`stuck-${WORD[protocol]}`, true, () => begun.meet(protocol))
      );
      const searches = PROTOCOLS.flatMap((protocol) =>
        [true, false].map((isStream) => scene.ask(`mute-${WORD[protocol]}`, isStream))
      );
      await Promise.all(PROTOCOLS.map((protocol) => begun.wait(protocol)));
      await eventually("all to be asked", () => upstream.runningCount === 9);
      const started = performance.now();
      gateway.signal("SIGTERM");
      for (const { status, hasFinish, isBroken, error } of await Promise.all(streams)) {
        assertEquals([status, hasFinish, isBroken], [200, false, false]);
        assert(error.message);
      }
      for (const { status, error } of await Promise.all(searches)) {
        assertEquals(status, 503);
        assert(error.message);
      }
      const ms = performance.now() - started;
      assert(ms > DRAIN_MS - 500 && ms < DRAIN_MS + 2_000, `${ms} ms`);
      assertEquals(await gateway.exitCode(), 0);
      // Nobody's upstream has failed: the gateway left it.
      assertEquals(gateway.logLines("event=upstream_error"), []);
    });
  });
});

describe("The second signal", () => {
  it("ends the gateway at once", async () => {
    await withGateway(async (scene) => {
      const { gateway } = scene;
      const begun = new Meetings();
      const stream = scene.ask("stuck-openai", true, () => begun.meet("it"));
      await begun.wait("it");
      gateway.signal("SIGTERM");
      await eventually(
        "new requests to be turned away",
        async () => isTurnedAway(await newRequest(gateway)),
      );
      const started = performance.now();
      gateway.signal("SIGTERM");
      await gateway.exitCode();
      assert(performance.now() - started < 2_000);
      const { isBroken, hasFinish } = await stream;
      assertEquals([isBroken, hasFinish], [true, false]);
    });
  });
});
