/**
 * What shells need to complete command lines: scripts made from the list of verbs.
 *
 * @module
 */
import { type Flag, type Operand, PROGRAM, type Verb } from "./verb.ts";

/** The shells that scripts are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of them. */
export type Shell = typeof SHELLS[number];

/** The script of a shell. */
export function completionScript(shell: Shell, verbs: readonly Verb[]): string {
  return SCRIPTS[shell](verbs.map((verb) => linesOf(verb, verbs)));
}

/** What may be completed at a place: some words, files or folders; nothing when neither is known. */
interface Expected {
  words: readonly string[];
  paths?: "file" | "folder" | undefined;
}

/** What a verb's lines may hold. */
interface VerbLines {
  name: string;
  summary: string;
  flags: { flag: Flag; expected: Expected }[];
  operands: { operand: Operand; expected: Expected }[];
}

/** Flags that stand everywhere. */
const EVERYWHERE: readonly Flag[] = [{ name: "help", alias: "h", doc: "show the verb's help" }];

function linesOf(verb: Verb, verbs: readonly Verb[]): VerbLines {
  const { name, summary, flags, operands = [] } = verb;
  const names = verbs.map((one) => one.name);
  return {
    name,
    summary,
    flags: [...flags, ...EVERYWHERE]
      .map((flag) => ({ flag, expected: expectedAt(flag.value ?? "", flag.words) })),
    operands: operands.map((operand) => ({
      operand,
      expected: expectedAt(operand.name, operand.name === "VERB" ? names : operand.words),
    })),
  };
}

/** Help's word for a value says what kind of thing it is. */
function expectedAt(word: string, words: readonly string[] = []): Expected {
  if (words.length > 0) return { words };
  if (/^(DIR|FOLDER)/.test(word)) return { words, paths: "folder" };
  return /^(FILE|SCENARIO)/.test(word) ? { words, paths: "file" } : { words };
}

/** What may stand at an operand's place: one that may be absent leaves it to the next as well. */
function expectedFrom(at: number, operands: VerbLines["operands"]): Expected {
  const here = operands[at];
  if (here === undefined) return { words: [] };
  if (here.operand.isRequired) return here.expected;
  const next = expectedFrom(at + 1, operands);
  return {
    words: [...here.expected.words, ...next.words],
    paths: here.expected.paths ?? next.paths,
  };
}

/** The flag as it is typed, under each of its names. */
function spellings({ name, alias }: Flag): string[] {
  return [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])];
}

function takesValue({ value }: Flag): boolean {
  return value !== undefined;
}

const FUNCTION = `_${PROGRAM.replaceAll("-", "_")}`;

const SCRIPTS: Readonly<Record<Shell, (verbs: readonly VerbLines[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(verbs: readonly VerbLines[]): string {
  const names = verbs.map(({ name }) => name);
  const reply = ({ words, paths }: Expected) => {
    const options = [
      ...(paths === undefined ? [] : [paths === "file" ? "-f" : "-d"]),
      ...(words.length === 0 ? [] : [`-W '${words.join(" ")}'`]),
    ];
    return options.length === 0 ? ":" : `compgen ${options.join(" ")}`;
  };
  const values = verbs.flatMap(({ name, flags }) =>
    flags.filter(({ flag }) => takesValue(flag)).map(({ flag, expected }) => {
      const patterns = spellings(flag).map((spelling) => `${name}${spelling}`);
      return `    ${patterns.join("|")}) source="${reply(expected)}"; isValue=1 ;;`;
    })
  );
  const words = verbs.map(({ name, flags, operands }) => {
    const flagWords = flags.flatMap(({ flag }) => spellings(flag)).join(" ");
    const source = reply(expectedFrom(0, operands));
    return `    ${name}) flags='${flagWords}'; source="${source}" ;;`;
  });
  return `# Completes the command lines of ${PROGRAM} in bash:
#   ${PROGRAM} completions bash > ~/.local/share/bash-completion/completions/${PROGRAM}
${FUNCTION}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb="" flags="" source=":" isValue="" at
  # A value behind "=" is a word of its own, and so is the "=".
  if [ "$previous" = "=" ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [ "$word" = "=" ]; then word=""; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
    --) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${names.join("|")}) if [ -z "$verb" ]; then verb="\${COMP_WORDS[at]}"; fi ;;
    esac
  done
  case "\${verb:-${names[0]}}$previous" in
${values.join("\n")}
  esac
  if [ -z "$isValue" ]; then
    case "\${verb:-${names[0]}}" in
${words.join("\n")}
    esac
    if [ -z "$verb" ]; then source="compgen -W '${names.join(" ")}'"; fi
    if [[ $word == -* ]]; then source="compgen -W '$flags'"; fi
  fi
  local IFS=$'\\n'
  COMPREPLY=($(IFS=' '; eval "$source -- \\"\\$word\\""))
}
complete -o filenames -F ${FUNCTION} ${PROGRAM}
`;
}

function zshScript(verbs: readonly VerbLines[]): string {
  const action = ({ words, paths }: Expected) => {
    const files = paths === "folder" ? "_files -/" : "_files";
    if (words.length === 0) return paths === undefined ? " " : files;
    const list = words.join(" ");
    return paths === undefined ? `(${list})` : `{compadd ${list}; ${files}}`;
  };
  const flagSpec = ({ flag, expected }: VerbLines["flags"][number]) => {
    const names = spellings(flag);
    const value = takesValue(flag) ? `:${zshWord(flag.value!)}:${action(expected)}` : "";
    const rest = quoted(`[${zshWord(flag.doc)}]${value}`);
    const many = flag.isMany ? "*" : "";
    if (names.length === 1) return quoted(many + names[0]!) + rest;
    const without = flag.isMany ? quoted("*") : quoted(`(${names.join(" ")})`);
    return `${without}{${names.join(",")}}${rest}`;
  };
  const specs = ({ flags, operands }: VerbLines) => [
    ...flags.map(flagSpec),
    ...operands.map(({ operand }, at) => {
      const expected = action(expectedFrom(at, operands));
      return quoted(`${operand.isMany ? "*" : ""}:${zshWord(operand.name)}:${expected}`);
    }),
  ];
  const cases = verbs.map((verb) =>
    `      ${verb.name}) _arguments ${specs(verb).join(" \\\n        ")} ;;`
  );
  return `#compdef ${PROGRAM}
# Completes the command lines of ${PROGRAM} in zsh:
#   ${PROGRAM} completions zsh > "\${fpath[1]}/${FUNCTION}"
${FUNCTION}() {
  local curcontext="$curcontext" state line
  local -a verbs
  verbs=(
${verbs.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  _arguments -C ${verbs[0]!.flags.map(flagSpec).join(" \\\n    ")} \\
    '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe -t verbs verb verbs ;;
    rest)
      case $line[1] in
${cases.join("\n")}
      esac ;;
  esac
}
if [ "\${funcstack[1]}" = ${FUNCTION} ]; then
  ${FUNCTION} "$@"
else
  compdef ${FUNCTION} ${PROGRAM}
fi
`;
}

/** A text within a specification of `_arguments`, where these characters mean something. */
function zshWord(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

/** A word that a POSIX shell, and fish, take as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishScript(verbs: readonly VerbLines[]): string {
  const offer = ({ words, paths }: Expected) => {
    if (words.length > 0) return ` -a ${quoted(words.join(" "))}`;
    if (paths === undefined) return "";
    return paths === "file" ? " -F" : ` -a ${quoted("(__fish_complete_directories)")}`;
  };
  const flagLine = (condition: string) => ({ flag, expected }: VerbLines["flags"][number]) => {
    const short = flag.alias === undefined ? "" : ` -s ${flag.alias}`;
    // A value that is no file must be said to be none, or fish offers files beside it.
    const isFile = expected.paths === "file";
    const value = takesValue(flag) ? ` ${isFile ? "-r" : "-x"}${offer(expected)}` : "";
    return `${condition} -l ${flag.name}${short}${value} -d ${quoted(flag.doc)}`;
  };
  const command = `complete -c ${PROGRAM}`;
  const none = `${command} -n __fish_use_subcommand`;
  const lines = verbs.flatMap(({ name, flags, operands }) => {
    const condition = `${command} -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      ...flags.map(flagLine(condition)),
      ...operands.filter(({ expected }) => offer(expected) !== "").map(({ operand, expected }) => {
        // What a place takes is no description of one of its words, unless it is the only one.
        const isList = expected.words.length > 1;
        return `${condition}${offer(expected)}${isList ? "" : ` -d ${quoted(operand.doc)}`}`;
      }),
    ];
  });
  return [
    `# Completes the command lines of ${PROGRAM} in fish:`,
    `#   ${PROGRAM} completions fish > ~/.config/fish/completions/${PROGRAM}.fish`,
    `${command} -f`,
    ...verbs.map(({ name, summary }) => `${none} -a ${name} -d ${quoted(summary)}`),
    ...verbs[0]!.flags.map(flagLine(none)),
    ...lines,
    "",
  ].join("\n");
}
