import { Outlet, createRootRoute } from "@tanstack/react-router";
import { Toasts } from "@/ui/toast";

export const Route = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
});
