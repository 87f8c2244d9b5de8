import { Outlet } from "@tanstack/react-router";
import { Suspense, lazy, useEffect, useMemo, useState } from "react";
import { live } from "@/features/live/live";
import { useOneOrganization } from "@/features/session/use-one-organization";
import { Rail } from "./rail";
import { ShortcutsHelp } from "./shortcuts-help";
import { useShortcuts } from "./shortcuts";
import { TopBar } from "./top-bar";

const Palette = lazy(() => import("@/features/palette/palette"));

/** What is around every page. */
export function Shell() {
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const open = useMemo(() => ({ palette: () => setPalette(true), help: () => setHelp(true) }), []);
  useShortcuts(open);
  useOneOrganization();
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, []);
  return (
    <div className="flex min-h-dvh">
      <a href="#content" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2">
        Skip to content
      </a>
      <Rail />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onPalette={open.palette} onShortcuts={open.help} />
        <main id="content" className="min-w-0 flex-1"><Outlet /></main>
      </div>
      {palette && <Suspense fallback={null}><Palette close={() => setPalette(false)} showShortcuts={open.help} /></Suspense>}
      <ShortcutsHelp open={help} onOpenChange={setHelp} />
    </div>
  );
}
