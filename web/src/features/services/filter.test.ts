import { describe, expect, it } from "vitest";
import type { Server, Service } from "@/api/types";
import { filterServices, readServiceFilter } from "./filter";

const service = (slug: string, change: Partial<Service> = {}) => ({
  id: `svc_${slug}`, slug, name: "", project_id: "prj_shop", project_slug: "shop", host: `${slug}.localhost`, url: "", state: "running",
  replicas: 1, placement: [{ kind: "server", id: "srv_1" }], config: { domains: [] }, traffic: [], warm: [], ...change,
}) as unknown as Service;
const servers = [{ id: "srv_1", name: "box", live: { instances: [] } }] as unknown as Server[];
const slugs = (found: Service[]) => found.map((each) => each.slug);

describe("the list of services", () => {
  const all = [
    service("web", { config: { domains: ["shop.example.com"] } as unknown as Service["config"] }),
    service("api", { project_id: "prj_bank", project_slug: "bank", placement: [] as unknown as Service["placement"] }),
    service("jobs", { state: "stopped" }),
  ];

  it("is found by name, project, address and domain, every word", () => {
    expect(slugs(filterServices(all, servers, { q: "shop" }))).toEqual(["web", "jobs"]);
    expect(slugs(filterServices(all, servers, { q: "SHOP.example" }))).toEqual(["web"]);
    expect(slugs(filterServices(all, servers, { q: "shop bank" }))).toEqual([]);
  });

  it("is narrowed by project, server and state", () => {
    expect(slugs(filterServices(all, servers, { project: "prj_bank" }))).toEqual(["api"]);
    expect(slugs(filterServices(all, servers, { server: "srv_1" }))).toEqual(["web", "jobs"]);
    expect(slugs(filterServices(all, servers, { state: "stopped" }))).toEqual(["jobs"]);
    expect(slugs(filterServices(all, servers, { state: "attention" })), "it should run, and none of its replicas does").toContain("web");
  });

  it("reads its filter from an address, and passes over what is none", () => {
    expect(readServiceFilter({ q: 42, state: "running", project: "", other: "x" })).toEqual({ q: "42", state: "running" });
    expect(readServiceFilter({ state: "gone" })).toEqual({});
  });
});
