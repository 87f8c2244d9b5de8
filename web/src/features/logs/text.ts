/** Escape sequences of terminals: colours, cursor moves, titles. Build tools print them; a page cannot follow them. */
// eslint-disable-next-line no-control-regex -- they are control characters
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** A line as text: without escape sequences, and of a progress line only what it ended with. */
export function plain(body: string): string {
  const text = body.replaceAll(ESCAPES, "").replace(/\r+$/, "");
  const rewritten = text.lastIndexOf("\r");
  return rewritten < 0 ? text : text.slice(rewritten + 1);
}

/** The words a search looks for, as the server reads them: words, "phrases", and -words that must not be there. */
export function searchedWords(query: string): string[] {
  return [...query.matchAll(/(-?)"([^"]*)"|(-?)(\S+)/g)]
    .filter((match) => match[1] !== "-" && match[3] !== "-")
    .map((match) => (match[2] ?? match[4] ?? "").trim())
    .filter((word) => word !== "");
}

export interface Piece { text: string; hit: boolean }

/** Cuts a text where searched words are. */
export function highlight(text: string, words: readonly string[]): Piece[] {
  if (words.length === 0) return [{ text, hit: false }];
  const pattern = new RegExp(`(${words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
  return text.split(pattern).flatMap((piece, index) => (piece === "" ? [] : [{ text: piece, hit: index % 2 === 1 }]));
}
