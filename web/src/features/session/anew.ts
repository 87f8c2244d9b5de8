import { live } from "@/features/live/live";
import { forgetEverything } from "./session";

/** Loads a page as a browser does, so that nothing that was read before is in memory. Tests look at it. */
export const browser = { load: (path: string) => window.location.assign(path) };

/** Leaves one organization's page for another's: no socket, no cached row and no component stays. */
export function startAnew(path = "/"): void {
  live.stop();
  forgetEverything();
  browser.load(path);
}

/** The other tabs of this browser share the cookie: what they show is of an organization that it is no longer for. */
const others = new BroadcastChannel("syntra.session");
others.onmessage = () => startAnew();

/** The cookie is for another organization now: here and in the other tabs everything starts anew. */
export function sessionChanged(path = "/"): void {
  others.postMessage("changed");
  startAnew(path);
}
