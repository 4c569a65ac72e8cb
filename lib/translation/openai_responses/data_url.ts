/**
 * Base64 data URLs, the form in which this protocol carries bytes.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc2397}
 * @module
 */

const SCHEME = "data:";
const BASE64 = ";base64,";

/**
 * The parts of a data URL such as `data:image/png;base64,iVBO…`.
 *
 * @returns `undefined` for any other URL, also for a data URL with parameters: it is only passed on.
 */
export function readDataUrl(url: string): { mediaType: string; data: string } | undefined {
  if (!url.startsWith(SCHEME)) return undefined;
  const comma = url.indexOf(",");
  const headEnd = comma + 1 - BASE64.length;
  if (headEnd <= SCHEME.length || !url.startsWith(BASE64, headEnd)) return undefined;
  const mediaType = url.slice(SCHEME.length, headEnd);
  return mediaType.includes(";") ? undefined : { mediaType, data: url.slice(comma + 1) };
}

/** The data URL of `data`, which is base64. */
export function dataUrl({ mediaType, data }: { mediaType: string; data: string }): string {
  return `${SCHEME}${mediaType}${BASE64}${data}`;
}
