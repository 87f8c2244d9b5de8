import { useEffect, useState } from "react";
import { startAnew } from "./anew";
import { useMe } from "./session";

/** Watches that a page stays in the organization it was opened for. The cookie may come to be for another, elsewhere. */
export function useOneOrganization(): void {
  const { organization } = useMe();
  const [opened] = useState(organization.id);
  const moved = organization.id !== opened;
  useEffect(() => {
    if (moved) startAnew();
  }, [moved]);
}
