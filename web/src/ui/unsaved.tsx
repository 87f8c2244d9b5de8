import { useBlocker } from "@tanstack/react-router";
import { Button } from "./button";
import { Dialog, DialogActions } from "./dialog";

/** Asks before a page with unsaved changes is left, by a link, by Back, or by closing the tab. */
export function UnsavedGuard({ unsaved, what }: { unsaved: boolean; what: string }) {
  const blocker = useBlocker({
    // A change of the address that stays on the page loses nothing.
    shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname,
    enableBeforeUnload: unsaved,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog open onOpenChange={blocker.reset} title="Leave without saving?" description={`You changed ${what} and have not saved it.`}>
      <DialogActions>
        <Button variant="danger" onClick={blocker.proceed}>Leave and lose changes</Button>
        <Button variant="primary" onClick={blocker.reset}>Stay</Button>
      </DialogActions>
    </Dialog>
  );
}
