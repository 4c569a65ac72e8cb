/**
 * The bytes that stand between the values of JSON (RFC 8259, section 2).
 *
 * @module
 */

/** Begins and ends a string. */
export const QUOTE = 0x22;
/** Begins an escape within a string. */
export const BACKSLASH = 0x5c;
/** `{` */
export const OPEN_OBJECT = 0x7b;
/** `}` */
export const CLOSE_OBJECT = 0x7d;
/** `[` */
export const OPEN_ARRAY = 0x5b;
/** `]` */
export const CLOSE_ARRAY = 0x5d;
/** Stands between a key and its value. */
export const COLON = 0x3a;
/** Stands between members and between elements. */
export const COMMA = 0x2c;
