/**
 * Peers as their users get them: packages from npm, in a cache outside of this folder.
 *
 * @module
 */
import { finished, isInstalled } from "../tools.ts";

/** A peer on npm. */
export interface PeerPackage {
  name: string;
  version: string;
  /** Versions of what it depends on, where the newest ones break it. */
  overrides?: Readonly<Record<string, string>>;
}

/** An installed peer. */
export interface Installed {
  /** The folder of its own package. */
  folder: string;
  /** The program that runs JavaScript. */
  node: string;
}

/** One Node.js for every peer and machine. */
const NODE_VERSION = "24";
const INSTALL_DEADLINE_MS = 240_000;
/** Scripts of packages stay unrun. */
const QUIETLY = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Installs a peer, unless it is there.
 *
 * @throws {Error} When that fails, with what npm said.
 */
export async function install(peer: PeerPackage, cache: string): Promise<Installed> {
  if (!isInstalled("npm")) throw new Error("npm is not installed");
  const folder = `${cache}/${peer.name.replace("/", "-")}-${peer.version}`;
  const node = `node-linux-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;
  const installed = {
    folder: `${folder}/node_modules/${peer.name}`,
    node: `${folder}/node_modules/${node}/bin/node`,
  };
  if (isThere(installed)) return installed;
  await Deno.mkdir(folder, { recursive: true });
  const manifest = { private: true, overrides: peer.overrides ?? {} };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest));
  const packages = [`${peer.name}@${peer.version}`, `${node}@${NODE_VERSION}`];
  await finished("npm", ["install", ...QUIETLY, ...packages], {
    cwd: folder,
    signal: AbortSignal.timeout(INSTALL_DEADLINE_MS),
  });
  return installed;
}

function isThere({ folder, node }: Installed): boolean {
  try {
    return Deno.statSync(`${folder}/package.json`).isFile && Deno.statSync(node).isFile;
  } catch {
    return false; // Not there, or only in part: installing again mends both.
  }
}
