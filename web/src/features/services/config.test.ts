import { describe, expect, it } from "vitest";
import type { Config } from "@/api/types";
import { hostError, trimConfig } from "./config";

const config = (change: Partial<Config> = {}): Config => ({ source: { kind: "upload" }, build: {}, run: {}, health: {}, rollout: {}, ...change });

describe("trimConfig", () => {
  it("leaves out what means the default, so that an untouched form is no change", () => {
    const touched = config({ build: { dockerfile: "", secrets: [] }, run: { port: 0 }, health: { path: "" }, domains: [] });
    expect(trimConfig(touched)).toEqual(trimConfig(config()));
  });

  it("forgets the repository of a source that is none any more", () => {
    const source = { kind: "upload" as const, repository: "https://x/y", branch: "main", token_name: "T", directory: " apps/web " };
    expect(trimConfig(config({ source })).source).toEqual({ kind: "upload", directory: "apps/web" });
  });

  it("keeps what was set", () => {
    const set = config({ run: { replicas: 3, memory_mb: 512 }, domains: ["Shop.Example.com", " "] });
    expect(trimConfig(set)).toMatchObject({ run: { replicas: 3, memory_mb: 512 }, domains: ["shop.example.com"] });
  });
});

describe("hostError", () => {
  it.each(["app.example.com", "a-b.co"])("takes %s", (host) => expect(hostError(host)).toBe(""));
  it.each(["https://app.example.com", "app.example.com:80", "localhost", "*.example.com", "-a.com"])("refuses %s", (host) => expect(hostError(host)).not.toBe(""));
});
