import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { TrafficShares } from "./traffic-shares";

const live = { id: "rel_8", number: 8, commit: { sha: "9f2c1ab04d3e77aa" }, digest: "", since: "2026-01-01T00:00:00Z" };

afterEach(cleanup);

describe("TrafficShares", () => {
  it("names the one release that has all of the traffic", () => {
    render(<TrafficShares service={{ live, traffic: [{ release_id: "rel_8", number: 8, weight_percent: 100 }] }} />);
    expect(screen.getByText("Release #8")).toBeTruthy();
    expect(screen.queryByRole("list", { name: "Traffic" })).toBeNull();
  });

  it("tells how several releases share it", () => {
    const traffic = [{ release_id: "rel_8", number: 8, weight_percent: 97.5 }, { release_id: "rel_9", number: 9, weight_percent: 2.5 }];
    render(<TrafficShares service={{ live, traffic }} />);
    const items = within(screen.getByRole("list", { name: "Traffic" })).getAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual(["#8 97.5 %", "#9 2.5 %"]);
  });

  it("says that nothing is live before the first deployment", () => {
    render(<TrafficShares service={{ traffic: [] }} />);
    expect(screen.getByText("No release yet")).toBeTruthy();
  });
});
