import { createFileRoute } from "@tanstack/react-router";
import { NotFound } from "@/features/shell/page-error";

/** Every address that no page has. */
export const Route = createFileRoute("/_app/$")({ component: NotFound });
