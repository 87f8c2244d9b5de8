import { Link, type LinkProps } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Activity, Box, Boxes, type LucideIcon, PanelLeft, Rocket, Server, Settings, SquareActivity } from "lucide-react";
import { useState } from "react";
import { remember, remembered } from "@/lib/storage";
import { IconButton } from "@/ui/button";

export const SECTIONS: { label: string; to: LinkProps["to"]; icon: LucideIcon; key: string }[] = [
  { label: "Overview", to: "/", icon: SquareActivity, key: "o" },
  { label: "Projects", to: "/projects", icon: Boxes, key: "p" },
  { label: "Services", to: "/services", icon: Box, key: "v" },
  { label: "Servers", to: "/servers", icon: Server, key: "s" },
  { label: "Deployments", to: "/deployments", icon: Rocket, key: "d" },
  { label: "Activity", to: "/activity", icon: Activity, key: "a" },
  { label: "Settings", to: "/settings", icon: Settings, key: "," },
];

/** The sections, at the left; icons only where there is little room or where so chosen. */
export function Rail() {
  const [folded, setFolded] = useState(() => remembered("rail") === "folded");
  const toggle = () => {
    remember("rail", folded ? null : "folded");
    setFolded(!folded);
  };
  const wide = folded ? "hidden" : "hidden lg:inline";
  return (
    <aside className={clsx("sticky top-0 flex h-dvh shrink-0 flex-col border-r border-line bg-rail px-2 py-2.5", folded ? "w-[53px]" : "w-[53px] lg:w-52")}>
      <Link to="/" aria-label="Syntra: overview" className="mb-3 flex h-8 items-center gap-2.5 rounded-md px-1.5">
        <img src="/favicon.svg" alt="" className="size-6 shrink-0" />
        <span className={clsx("text-base font-semibold tracking-tight", wide)}>Syntra</span>
      </Link>
      <nav aria-label="Sections" className="flex flex-1 flex-col gap-0.5">
        {SECTIONS.map(({ label, to, icon: Icon }) => (
          <Link
            key={label}
            to={to}
            title={label}
            aria-label={label}
            activeOptions={{ exact: to === "/" }}
            className="flex h-8 items-center gap-2.5 rounded-md px-2.5 text-muted motion hover:bg-hover hover:text-text data-[status=active]:bg-hover data-[status=active]:text-text"
          >
            <Icon aria-hidden className="size-4 shrink-0" />
            <span className={wide}>{label}</span>
          </Link>
        ))}
      </nav>
      <IconButton label={folded ? "Expand sidebar" : "Collapse sidebar"} className="ml-1 max-lg:hidden" aria-expanded={!folded} onClick={toggle}>
        <PanelLeft />
      </IconButton>
    </aside>
  );
}
