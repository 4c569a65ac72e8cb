/**
 * The endpoint of a request as one of a few words, whatever path a client makes up.
 *
 * @module
 */
import { OTHER } from "./series_map.ts";

/** First segments of OpenAI's and Anthropic's paths. */
const KINDS: ReadonlySet<string> = new Set([
  "assistants",
  "audio",
  "batches",
  "chat",
  "completions",
  "containers",
  "conversations",
  "embeddings",
  "evals",
  "files",
  "fine_tuning",
  "images",
  "messages",
  "models",
  "moderations",
  "organizations",
  "realtime",
  "rerank",
  "responses",
  "skills",
  "threads",
  "uploads",
  "vector_stores",
  "videos",
]);

/** The kind of a path below the version segment: `chat` for `/chat/completions`. */
export function endpointKind(path: string | undefined): string {
  if (path === undefined) return OTHER;
  const end = path.indexOf("/", 1);
  const first = end === -1 ? path.slice(1) : path.slice(1, end);
  return KINDS.has(first) ? first : OTHER;
}
