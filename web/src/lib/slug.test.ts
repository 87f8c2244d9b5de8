import { describe, expect, it } from "vitest";
import { slugError, slugOf } from "./slug";

describe("slugOf", () => {
  it.each([["Shop", "shop"], ["  My Café! ", "my-cafe"], ["a--b__c", "a-b-c"], ["-x-", "x"], ["…", ""], ["a".repeat(29) + " b", "a".repeat(29)]])("%j becomes %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
    if (slug) expect(slugError(slug)).toBe("");
  });
});

describe("slugError", () => {
  it.each(["", "Shop", "a_b", "-a", "a-", "a".repeat(31)])("refuses %j", (slug) => {
    expect(slugError(slug)).not.toBe("");
  });
});
