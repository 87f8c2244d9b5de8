import { createFileRoute, useRouter } from "@tanstack/react-router";
import { LoginForm } from "@/features/session/login-form";
import { useTitle } from "@/lib/title";

export const Route = createFileRoute("/login")({
  validateSearch: (search: Record<string, unknown>): { next?: string } => (typeof search.next === "string" ? { next: search.next } : {}),
  component: Login,
});

function Login() {
  useTitle("Log in");
  const router = useRouter();
  const { next } = Route.useSearch();
  // Only a path of this site: an address from the URL must not lead elsewhere.
  const target = next && /^\/(?![/\\])/.test(next) ? next : "/";
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <div className="w-full max-w-xs">
        <img src="/favicon.svg" alt="" className="mb-5 size-9" />
        <h1 className="text-xl font-semibold tracking-tight">Log in to Syntra</h1>
        <p className="mt-1 mb-6 text-muted">The first start of the platform prints the login in its terminal.</p>
        <LoginForm onDone={() => router.history.push(target)} />
      </div>
    </main>
  );
}
