import { describe, expect, it } from "vitest";
import { parseEnv } from "./dotenv";

describe("parseEnv", () => {
  it.each([
    ["a plain value", "A=1", { A: "1" }],
    ["an equals sign in the value", "URL=postgres://u:p@h/db?x=y", { URL: "postgres://u:p@h/db?x=y" }],
    ["export, comments and empty lines", "# a\nexport A=1\n\nB=2 # two\n", { A: "1", B: "2" }],
    ["a hash inside a value", "COLOR=#fff", { COLOR: "#fff" }],
    ["single quotes take all as it stands", "A='x # \\n y'", { A: "x # \\n y" }],
    ["double quotes know escapes", 'A="x\\ny" # note', { A: "x\ny" }],
    ["double quotes over several lines", 'KEY="-----BEGIN\nabc\n-----END"\nB=1', { KEY: "-----BEGIN\nabc\n-----END", B: "1" }],
    ["an empty value", "A=", { A: "" }],
    ["Windows line ends", "A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ])("%s", (_, text, expected) => {
    const { set, errors } = parseEnv(text);
    expect(errors).toEqual([]);
    expect(Object.fromEntries(set.map((line) => [line.name, line.value]))).toEqual(expected);
  });

  it.each([
    ["no equals sign", "JUST_A_NAME", /Line 1 has no "="/],
    ["a name no shell could hold", "A=1\n2B=1", /Line 2, 2B:/],
    ["a name that Syntra sets", "PORT=80", /set by Syntra/],
  ])("refuses %s", (_, text, error) => {
    expect(parseEnv(text).errors[0]).toMatch(error);
  });
});
