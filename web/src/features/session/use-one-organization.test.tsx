import { act, cleanup, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import { need } from "@/api/load";
import { queryClient } from "@/api/query";
import { me, platform, show } from "@/lib/testing";
import { browser } from "./anew";
import { meQuery } from "./session";
import { useOneOrganization } from "./use-one-organization";

afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function Watched() {
  useOneOrganization();
  return <p>here</p>;
}

it("starts anew once the cookie turns out to be for another organization", async () => {
  const load = vi.spyOn(browser, "load").mockImplementation(() => undefined);
  platform({ "GET /me": me() });
  await need(meQuery);
  const page = show(<Watched />);
  await page.findByText("here");
  act(() => void queryClient.setQueryData(keys.me, me({ role: "viewer" })));
  expect(load).not.toHaveBeenCalled();
  queryClient.setQueryData(keys.services(), { items: ["old"] });
  act(() => void queryClient.setQueryData(keys.me, me({ organization: { id: "org_2", slug: "beta", name: "Beta" } })));
  await waitFor(() => expect(load).toHaveBeenCalledWith("/"));
  expect(queryClient.getQueryData(keys.services())).toBeUndefined();
});
