import type { ReactNode } from "react";
import { Link } from "react-router";
import { useLogoutMutation } from "../api/api";
import { DEVICE_READERS, MONEY_STAFF, ROLES, STAFF, type Role } from "../api/types";
import { useInstallOffer } from "../app/install";
import { useAppDispatch, useAppSelector } from "../app/store";
import { sessionEnded } from "../app/session";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Panel, useTitle } from "../ui/parts";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Panel className="border-y p-4 lg:border">
      <h2 className="mb-3 font-semibold">{title}</h2>
      {children}
    </Panel>
  );
}

export function useLogout() {
  const dispatch = useAppDispatch();
  const [logout, { isLoading }] = useLogoutMutation();
  const run = async () => {
    try {
      await logout().unwrap();
      dispatch(sessionEnded());
    } catch {
      const text = "You are still logged in on this device. Try again.";
      dispatch(toastShown({ kind: "bad", title: "Could not log out", text }));
    }
  };
  return { run, isLoading };
}

function Install() {
  const install = useInstallOffer();
  if (install) {
    return (
      <Button look="primary" onClick={install} data-testid="install">
        Install Bijli on this device
      </Button>
    );
  }
  return (
    <p className="text-muted">
      Bijli runs as an app: choose &ldquo;Install&rdquo; or &ldquo;Add to home screen&rdquo; in your
      browser&rsquo;s menu.
    </p>
  );
}

const LINKS: { to: string; label: string; roles: Role[] }[] = [
  { to: "/funds", label: "Funds: your money and bank accounts", roles: ["client", "dealer"] },
  { to: "/account/security", label: "Security: how you log in", roles: [...ROLES] },
  { to: "/account/apps", label: "API apps: programs that act for you", roles: [...ROLES] },
  { to: "/account/privacy", label: "Privacy: what we hold of you", roles: [...ROLES] },
  { to: "/status", label: "Status of Bijli", roles: [...ROLES] },
  {
    to: "/admin/orders",
    label: "Orders of all accounts",
    roles: ["dealer", "risk", "compliance", "admin"],
  },
  { to: "/admin/approvals", label: "Approvals: rights for a while", roles: STAFF },
  { to: "/admin/devices", label: "Computers that staff works with", roles: DEVICE_READERS },
  { to: "/admin/money", label: "Money: payouts, bank accounts", roles: MONEY_STAFF },
  { to: "/admin/halts", label: "Halt and resume shares", roles: ["admin"] },
];

export function Account() {
  useTitle("Account");
  const user = useAppSelector((state) => state.session.user);
  const logout = useLogout();
  if (!user) return null;
  const rows = [
    ["Name", user.name],
    ["E-mail", user.email],
    ["Role", user.role],
    ["Account", user.account_id],
  ] as const;
  return (
    <main className="mx-auto w-full max-w-2xl flex-1 space-y-3 overflow-auto py-3">
      <h1 className="sr-only">Account</h1>
      <Section title="You">
        <dl className="grid grid-cols-[6rem_1fr] gap-y-1.5">
          {rows.map(([name, text]) => (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="truncate" data-testid={`account-${name.toLowerCase()}`}>
                {text}
              </dd>
            </div>
          ))}
        </dl>
        <Button
          className="mt-4"
          disabled={logout.isLoading}
          onClick={() => void logout.run()}
          data-testid="logout"
        >
          Log out
        </Button>
      </Section>
      <Section title="More">
        <ul>
          {LINKS.filter(({ roles }) => roles.includes(user.role)).map(({ to, label }) => (
            <li key={to}>
              <Link to={to} className="block py-1.5 text-accent underline">
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="On this device">
        <Install />
      </Section>
      <Section title="About">
        <p className="text-muted">
          Bijli, licensed under Apache-2.0. Charts by{" "}
          <a
            className="text-accent underline"
            href="https://www.tradingview.com/"
            rel="noreferrer noopener"
            target="_blank"
          >
            TradingView Lightweight Charts
          </a>
          , Copyright TradingView, Inc., Apache-2.0.
        </p>
      </Section>
    </main>
  );
}
