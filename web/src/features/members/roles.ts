import { type Role, roleAllows } from "@/features/session/session";

/** The roles, the weakest first, and what each may do. */
export const ROLES: { value: Role; label: string }[] = [
  { value: "guest", label: "Guest: single projects only" },
  { value: "viewer", label: "Viewer: looks" },
  { value: "developer", label: "Developer: deploys and configures" },
  { value: "admin", label: "Admin: servers, members and deletions too" },
  { value: "owner", label: "Owner: everything" },
];

/** The roles that somebody with a role can give. */
export function rolesUpTo(role: string): { value: Role; label: string }[] {
  return ROLES.filter((each) => roleAllows(role, each.value));
}

/** The role as a word. */
export function roleWord(role: string): string {
  return role.slice(0, 1).toUpperCase() + role.slice(1);
}

/** What a person is called: name and e-mail, as far as they are known. An erased account has only its id. */
export function nameOf({ id, name, email }: { id: string; name: string; email: string }): string {
  if (name && email) return `${name} (${email})`;
  return name || email || `account gone (…${id.slice(-6)})`;
}
