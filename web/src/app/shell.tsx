/* The frame around every page of a logged-in client. */
import clsx from "clsx";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { useStatusQuery } from "../api/api";
import { DEVICE_READERS, MONEY_STAFF, ROLES, STAFF, type Role } from "../api/types";
import { Bolt, Icon, type IconName } from "../ui/icons";
import { Badge } from "../ui/parts";
import { useConnection, useLiveLinks, type Connection } from "./connection";
import { useDesktop } from "./media";
import { useAppSelector } from "./store";
import { isPaper, venueTitle } from "./venue";

const CONNECTION: Record<Connection, { word: string; dot: string; title: string }> = {
  live: { word: "Live", dot: "bg-up", title: "Prices and order updates arrive as they happen" },
  delayed: { word: "Delayed", dot: "bg-accent", title: "Prices or order updates may be late" },
  offline: { word: "Offline", dot: "bg-down", title: "Bijli cannot be reached" },
};

function ConnectionMark() {
  const connection = useConnection();
  const { word, dot, title } = CONNECTION[connection];
  return (
    <span
      role="status"
      data-testid="connection"
      data-state={connection}
      title={title}
      className="inline-flex items-center gap-1.5 text-xs"
    >
      <span className={clsx("size-2 rounded-full", dot)} aria-hidden="true" />
      {word}
    </span>
  );
}

/* Where orders go must never be in doubt. */
function VenueBadge({ short }: { short: boolean }) {
  const { data } = useStatusQuery();
  if (!data) return null;
  if (!isPaper(data)) return <Badge tone="good">{data.venue.toUpperCase()}</Badge>;
  return (
    <span data-testid="venue" title={venueTitle(data)}>
      <Badge tone="warn">{short ? "Paper market" : "Paper market \u00b7 simulated NSE feed"}</Badge>
    </span>
  );
}

function DegradedBanner() {
  const degraded = useAppSelector((state) => state.ui.degraded);
  const unfit = useAppSelector((state) => state.session.unfit);
  const connection = useConnection();
  const text =
    connection === "offline" && !unfit
      ? "Offline. What you see is old; orders cannot be sent."
      : degraded.length > 0
        ? `Not fully available: ${degraded.join(", ")}. What depends on it may be late.`
        : "";
  return (
    <div role="status" aria-live="polite">
      {text && (
        <p data-testid="degraded" className="bg-warn-bg px-3 py-1.5 text-center text-warn">
          {text}
        </p>
      )}
    </div>
  );
}

function PhoneBanner() {
  const due = useAppSelector((state) => state.session.user?.phone_due);
  if (!due) return null;
  return (
    <p data-testid="phone-due" className="bg-warn-bg px-3 py-1.5 text-center text-warn">
      Orders need a verified phone number.{" "}
      <Link to="/verify" className="inline-block py-1 underline">
        Verify it
      </Link>
    </p>
  );
}

const UNFIT = {
  device_required:
    "Staff works by an enrolled computer: this one shows no certificate of yours, or you logged in " +
    "without it. Log out and in again with it, or ask your support.",
  browser_too_old: "This browser is too old, or none that staff works with. Update it.",
};

function UnfitBanner() {
  const unfit = useAppSelector((state) => state.session.unfit);
  if (!unfit) return null;
  return (
    <p role="alert" data-testid="unfit" className="bg-warn-bg px-3 py-1.5 text-center text-warn">
      {UNFIT[unfit]}
    </p>
  );
}

interface Place {
  to: string;
  label: string;
  icon: IconName;
}

const PHONE_PLACES: Place[] = [
  { to: "/", label: "Watchlist", icon: "list" },
  { to: "/orders", label: "Orders", icon: "orders" },
  { to: "/positions", label: "Positions", icon: "positions" },
  { to: "/account", label: "Account", icon: "account" },
];

function PhoneTabs() {
  return (
    <nav
      aria-label="Main"
      className={
        "fixed inset-x-0 bottom-0 z-20 border-t border-line bg-panel " +
        "pb-[env(safe-area-inset-bottom)]"
      }
    >
      <ul className="flex">
        {PHONE_PLACES.map(({ to, label, icon }) => (
          <li key={to} className="flex-1">
            <NavLink
              to={to}
              end={to === "/"}
              data-testid={`tab-${label.toLowerCase()}`}
              className={({ isActive }) =>
                clsx(
                  "flex h-14 flex-col items-center justify-center gap-0.5 text-[11px]",
                  isActive ? "font-semibold text-accent" : "text-muted",
                )
              }
            >
              <Icon name={icon} size={20} />
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const DESK_PLACES: { to: string; label: string; roles: Role[] }[] = [
  { to: "/", label: "Trade", roles: ["client", "dealer", "admin"] },
  { to: "/funds", label: "Funds", roles: ["client", "dealer"] },
  { to: "/admin/orders", label: "All orders", roles: ["dealer", "risk", "compliance", "admin"] },
  { to: "/admin/halts", label: "Halts", roles: ["admin"] },
  { to: "/admin/approvals", label: "Approvals", roles: STAFF },
  { to: "/admin/devices", label: "Computers", roles: DEVICE_READERS },
  { to: "/admin/money", label: "Money", roles: MONEY_STAFF },
  { to: "/status", label: "Status", roles: [...ROLES] },
  { to: "/account", label: "Account", roles: [...ROLES] },
];

function DeskPlaces() {
  const role = useAppSelector((state) => state.session.user?.role);
  const { pathname } = useLocation();
  const trading = /^\/($|i\/|orders|positions)/.test(pathname);
  return (
    <nav aria-label="Main" className="flex gap-1">
      {DESK_PLACES.filter((place) => role && place.roles.includes(role)).map(({ to, label }) => {
        const here = to === "/" ? trading : pathname === to;
        return (
          <Link
            key={to}
            to={to}
            aria-current={here ? "page" : undefined}
            className={clsx(
              "rounded-md px-2.5 py-1.5",
              here ? "bg-raised text-text" : "text-muted hover:text-text",
            )}
          >
            {label}
          </Link>
        );
      })}
    </nav>
  );
}

export function Shell() {
  useLiveLinks();
  const desktop = useDesktop();
  const name = useAppSelector((state) => state.session.user?.name);
  return (
    <div className={clsx("flex flex-col", desktop ? "h-dvh" : "min-h-dvh pb-16")}>
      <header
        className={clsx(
          "z-20 flex h-12 shrink-0 items-center gap-3 border-b border-line bg-panel px-3",
          !desktop && "sticky top-0",
        )}
      >
        <span className="flex items-center gap-2 text-base font-semibold">
          <Bolt /> Bijli
        </span>
        {desktop && <DeskPlaces />}
        <span className="ml-auto flex items-center gap-3">
          <VenueBadge short={!desktop} />
          <ConnectionMark />
          {desktop && <span className="max-w-40 truncate text-muted">{name}</span>}
        </span>
      </header>
      <DegradedBanner />
      <PhoneBanner />
      <UnfitBanner />
      <Outlet />
      {!desktop && <PhoneTabs />}
    </div>
  );
}
