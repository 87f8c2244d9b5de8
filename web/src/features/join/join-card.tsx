import type { ReactNode } from "react";
import type { Offer } from "@/api/types";
import { roleWord } from "@/features/members/roles";
import { Due } from "@/ui/time";

/** The frame of a page that is not behind the login. */
export function JoinFrame({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <img src="/favicon.svg" alt="" className="mb-5 size-9" />
        {children}
      </div>
    </main>
  );
}

/** What an invitation offers. */
export function OfferText({ offer }: { offer: Offer }) {
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight break-words">Join {offer.organization.name}</h1>
      <p className="mt-1 text-muted">
        {offer.invited_by || "A member"} invites {offer.email} to the organization <code className="font-mono text-xs">{offer.organization.slug}</code> as <strong className="font-medium text-text">{roleWord(offer.role)}</strong>.
      </p>
      {offer.projects.length > 0 && (
        <ul aria-label="Roles in projects" className="mt-2 list-disc pl-5 text-muted">
          {offer.projects.map((each) => <li key={each.name}>{roleWord(each.role)} in {each.name}</li>)}
        </ul>
      )}
      <p className="mt-1 mb-6 text-xs text-muted">The invitation ends <Due at={offer.expires_at} />.</p>
    </>
  );
}
