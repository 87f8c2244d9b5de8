import { createFileRoute, redirect } from "@tanstack/react-router";
import { need } from "@/api/load";
import { Problem } from "@/api/problem";
import { meQuery } from "@/features/session/session";
import { Shell } from "@/features/shell/shell";

/** Everything behind the login. */
export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ location }) => {
    try {
      await need(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.unauthorized) {
        throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
      }
      throw error;
    }
  },
  component: Shell,
});
