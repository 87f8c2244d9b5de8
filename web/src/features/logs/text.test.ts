import { describe, expect, it } from "vitest";
import { highlight, plain, searchedWords } from "./text";

describe("plain", () => {
  it.each([
    ["colours", "\u001b[1;32mok\u001b[0m done", "ok done"],
    ["a title", "\u001b]0;build\u0007compiling", "compiling"],
    ["cursor moves", "\u001b[2K\u001b[1Gready", "ready"],
    ["a progress line keeps what it ended with", "10%\r50%\r100%", "100%"],
    ["a line's own return", "windows\r", "windows"],
    ["plain text", "[info] {1m} ok", "[info] {1m} ok"],
  ])("%s", (_, body, expected) => {
    expect(plain(body)).toBe(expected);
  });
});

describe("searchedWords", () => {
  it("takes words and phrases, and leaves out what must not be there", () => {
    expect(searchedWords('timeout "bad gateway" -debug -"health check"')).toEqual(["timeout", "bad gateway"]);
    expect(searchedWords("  ")).toEqual([]);
  });
});

describe("highlight", () => {
  it("marks each hit in any case", () => {
    expect(highlight("Error: an error", ["error"])).toEqual([
      { text: "Error", hit: true },
      { text: ": an ", hit: false },
      { text: "error", hit: true },
    ]);
  });

  it("takes a word's signs as they stand", () => {
    expect(highlight("a.b axb", ["a.b"]).filter((piece) => piece.hit)).toEqual([{ text: "a.b", hit: true }]);
  });

  it("leaves a line alone that is not searched", () => {
    expect(highlight("x", [])).toEqual([{ text: "x", hit: false }]);
  });
});
