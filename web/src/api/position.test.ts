import { describe, expect, it } from "vitest";
import { Position, isAfter } from "./position";

describe("isAfter", () => {
  it.each([
    ["2", "1", true],
    ["10", "9", true],
    ["1", "1", false],
    ["1", null, true],
    // Beyond what a double can tell apart.
    ["9007199254740993", "9007199254740992", true],
    ["", "1", false],
    ["not a number", null, false],
    ["-5", null, false],
  ])("%s after %s is %s", (a, b, expected) => {
    expect(isAfter(a, b)).toBe(expected);
  });
});

describe("Position", () => {
  it("keeps the highest it was told, whatever comes later", () => {
    const position = new Position();
    for (const each of ["5", "12", "7", null, undefined, "junk"]) position.remember(each);
    expect(position.current).toBe("12");
  });

  it("starts anew after forgetting, for another login may be on another log", () => {
    const position = new Position();
    position.remember("12");
    position.forget();
    expect(position.current).toBeNull();
    position.remember("3");
    expect(position.current).toBe("3");
  });
});
