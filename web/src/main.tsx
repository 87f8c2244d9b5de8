import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient, session } from "@/api/query";
import { forgetEverything } from "@/features/session/session";
import { router } from "./router";
import "./styles.css";

session.onEnded = () => {
  const { pathname, href } = router.state.location;
  if (pathname === "/login" || pathname.startsWith("/join/")) return;
  forgetEverything();
  void router.navigate({ to: "/login", search: { next: href }, replace: true });
};

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
// It has begun: what public/boot.js counted is settled.
try {
  sessionStorage.removeItem("syntra.reloads");
} catch {
  // Nothing was counted where nothing can be stored.
}
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
