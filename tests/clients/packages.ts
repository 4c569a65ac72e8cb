/**
 * The clients as their users get them: the current packages from npm, in a cache outside of this
 * folder.
 *
 * @module
 */

/** A folder with an installed client. */
export interface Installed {
  /** The folder that holds the packages. */
  modules: string;
  /** The version of the client. */
  version: string;
  /** The program that runs JavaScript. */
  node: string;
}

/** The line of Node.js that every client runs on. */
const NODE_LINE = 24;
const INSTALL_DEADLINE_MS = 300_000;

/** Where clients are kept when nobody says where. */
export function defaultCache(): string {
  const temporary = Deno.env.get("TMPDIR") ?? Deno.env.get("TEMP") ?? "/tmp";
  return `${temporary}/openclaw-autoproxy-clients`;
}

/**
 * Installs the current version of a package, and a Node.js beside it, unless they are there.
 *
 * @param name The package of the client.
 * @param cache The folder that holds an installation of each client.
 * @param beside Packages that are wanted together with it.
 */
export async function install(
  name: string,
  cache: string,
  beside: readonly string[] = [],
): Promise<Installed> {
  const folder = `${cache}/${name.replace("/", "-")}`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ private: true }));
  const node = nodePackage();
  // Tags, not ranges: for a range npm takes an old version that suits the tester's own Node.js.
  const wanted = [name, ...beside].map((one) => `${one}@latest`);
  await run("npm", ["install", ...QUIETLY, ...wanted, `${node}@${NODE_LINE}`], folder);
  const modules = `${folder}/node_modules`;
  const { version } = JSON.parse(await Deno.readTextFile(`${modules}/${name}/package.json`));
  return { modules, version, node: `${modules}/${node}/bin/node` };
}

/** Scripts of packages stay unrun; a client that needs one runs it itself. */
const QUIETLY = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** The package that holds Node.js for this system. */
function nodePackage(): string {
  const { os, arch } = Deno.build;
  const system = os === "windows" ? "win" : os;
  return `node-${system}-${arch === "aarch64" ? "arm64" : "x64"}`;
}

/** Runs a program of an installation to its end. */
export async function run(
  program: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: folder,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(INSTALL_DEADLINE_MS),
  }).output();
  if (code === 0) return;
  const said = new TextDecoder().decode(stderr);
  throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${said}`);
}
