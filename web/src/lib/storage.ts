/** What this browser remembers, where it may remember at all. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`syntra.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`syntra.${key}`);
    else localStorage.setItem(`syntra.${key}`, value);
  } catch {
    // A private window may forbid it: then the choice lasts as long as the page.
  }
}
