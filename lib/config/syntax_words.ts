/**
 * What YAML's parser finds wrong, in the words of somebody who mends a file rather than a parser.
 *
 * @module
 */

const UNEXPECTED = 'unexpected text: check the indentation, the ":" above, and the quotes';

/** By the parser's own words; those that are clear as they are do not stand here. */
const WORDS: Readonly<Record<string, string>> = {
  "bad indentation of a mapping entry": UNEXPECTED,
  "bad indentation of a sequence entry": UNEXPECTED,
  "end of the stream or a document separator is expected": UNEXPECTED,
  "cannot merge mappings; the provided source object is unacceptable":
    "<<: expected a mapping whose fields are taken over",
  "can not read a block mapping entry; a multiline key may not be an implicit key":
    'expected ":" behind the key',
  "deficient indentation": 'indented too little, or a quote, "[" or "{" above is not closed',
  "duplicated mapping key": "this key stands there twice",
  "missed comma between flow collection entries":
    'expected "," between entries; within [ ] and { } a ${NAME} needs quotes',
  "nesting exceeded maxDepth (100)": "too many lists and mappings in each other",
  "name of an alias node must contain at least one character": '"*" needs quotes',
  "object-based map does not support complex keys": "expected a key that is plain text",
  "tab characters must not be used in indentation": "indented by a tab: use spaces",
  "tag name cannot contain such characters": 'a text that begins with "!" needs quotes',
  "unexpected end of the stream within a double quoted scalar": 'a " is not closed',
  "unexpected end of the stream within a flow collection": 'a "[" or "{" is not closed',
  "unexpected end of the stream within a single quoted scalar": "a ' is not closed",
  "unidentified alias":
    'no "&" above names what this "*" stands for; a text that begins with "*" ' +
    "needs quotes",
};

/** The parser's reason, said plainly. */
export function plainSyntax(reason: string): string {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason]! : reason;
}
