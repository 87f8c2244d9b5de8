import { client, ok } from "@/api/client";
import type { Me, Offer } from "@/api/types";
import { Problem } from "@/api/problem";
import { sessionChanged } from "@/features/session/anew";
import { switchTo } from "@/features/organizations/queries";

export interface Invited {
  /** None where the invitation is not valid. */
  offer: Offer | null;
  me: Me | null;
}

const without = (status: number) => (error: unknown) => {
  if (error instanceof Problem && error.status === status) return null;
  throw error;
};

/** What an invitation offers, and who looks at it: nobody, where nobody is logged in. */
export async function openInvitation(token: string, signal?: AbortSignal): Promise<Invited> {
  const asked = signal ? { signal } : {};
  // Not through the query cache: being logged out is no failure here, and leads nowhere.
  const me = ok(client.GET("/me", asked)).catch(without(401));
  const offer = ok(client.GET("/invitations/{token}", { params: { path: { token } }, ...asked })).catch(without(404));
  const both = await Promise.all([offer, me]);
  return { offer: both[0], me: both[1] };
}

/** Joins as who is logged in, and goes there. */
export async function accept(token: string): Promise<void> {
  const joined = await ok(client.POST("/invitations/{token}/accept", { params: { path: { token } }, body: {} }));
  await switchTo(joined.id);
}

/** Joins with the account of the invitation's e-mail: a new one, or the one that there is. */
export async function register(token: string, account: { name?: string; password: string }): Promise<void> {
  await ok(client.POST("/invitations/{token}/register", { params: { path: { token } }, body: account }));
  sessionChanged();
}
