/** The longest slug the platform takes: two of them and a hyphen fit a DNS label. */
export const MAX_SLUG = 30;

/** A slug from whatever a person types. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, MAX_SLUG)
    .replace(/-+$/, "");
}

/** Why a slug is refused, or "". */
export function slugError(slug: string): string {
  if (slug === "") return "Give it a name.";
  if (slug.length > MAX_SLUG) return `Use at most ${MAX_SLUG} characters.`;
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(slug)) return "Use lower-case letters, digits and inner hyphens.";
  return "";
}
