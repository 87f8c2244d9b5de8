import { describe, expect, it } from "vitest";
import { bytes, count, duration, percent, relative, sentence, short, words } from "./format";

describe("bytes", () => {
  it.each([[0, "0 B"], [512, "512 B"], [1024, "1.00 KB"], [1536, "1.50 KB"], [52_428_800, "50.0 MB"], [2 ** 30 * 212, "212 GB"], [-1, "0 B"], [NaN, "0 B"]])("%d is %s", (value, text) => {
    expect(bytes(value)).toBe(text);
  });
});

describe("duration", () => {
  it.each([
    [0, "0ms"],
    [820, "820ms"],
    [4210, "4.2s"],
    [59_940, "59.9s"],
    [59_990, "1m 00s"],
    [63_400, "1m 03s"],
    [3_599_400, "59m 59s"],
    [7_500_000, "2h 05m"],
    [200_000_000, "2d 8h"],
    [-5, "–"],
  ])("%d ms is %s", (millis, text) => {
    expect(duration(millis)).toBe(text);
  });
});

describe("relative", () => {
  const now = 1_000_000_000_000;
  it.each([
    [1000, "just now"],
    [12_000, "12s ago"],
    [3 * 60_000 + 59_000, "3m ago"],
    [5 * 3_600_000, "5h ago"],
    [3 * 86_400_000, "3d ago"],
    [70 * 86_400_000, "2mo ago"],
    [800 * 86_400_000, "2y ago"],
    [-2 * 86_400_000, "in 2d"],
  ])("%d ms before now is %s", (before, text) => {
    expect(relative(now - before, now)).toBe(text);
  });
});

it("percent shows a digit only where it matters", () => {
  expect([0, 0.42, 9.94, 9.96, 42.4, NaN].map(percent)).toEqual(["0%", "0.4%", "9.9%", "10%", "42%", "–"]);
});

it("words for people", () => {
  expect(count(1, "service")).toBe("1 service");
  expect(count(3, "service")).toBe("3 services");
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(sentence)).toEqual(["", "a", "a and b", "a, b and c"]);
  expect(words("port_closed")).toBe("Port closed");
  expect(short("sha256:9f2c1ab04d3e77aa")).toBe("9f2c1ab04d3e");
});
