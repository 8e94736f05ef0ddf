/* What a mail's link says: behind the #, which a browser sends nowhere, so that no server, proxy or
 * log has it.  Links of before had it in the query, and live for a few days. */
import { useEffect, useState } from "react";
import { useLocation } from "react-router";

export function linkParams(location: { hash: string; search: string }): URLSearchParams {
  const hash = new URLSearchParams(location.hash.slice(1));
  return hash.has("token") ? hash : new URLSearchParams(location.search);
}

/* As it was when the page opened; then out of the address, and so out of the history and of what
 * somebody else sees there.  A second link in the same tab loads no page anew: it is heard of here. */
export function useLinkParams(): URLSearchParams {
  const location = useLocation();
  const [params, setParams] = useState(() => linkParams(location));
  useEffect(() => {
    const now = linkParams(location);
    if (!now.has("token")) return;
    setParams(now);
    history.replaceState(history.state, "", window.location.pathname);
  }, [location]);
  return params;
}
