/* A person's API apps, and other people's that act for this person. */
import { useState } from "react";
import { Link } from "react-router";
import { Section } from "../account/account";
import { Button } from "../ui/button";
import { Failed, Loading, useTitle } from "../ui/parts";
import { useAppsQuery, type AppRow, type AppSecret } from "./apps-api";
import { CreateSheet } from "./create";
import { Row } from "./row";
import { SecretSheet } from "./secret";

interface ListProps {
  apps: AppRow[];
  none: string;
  onSecret: (made: AppSecret) => void;
}

function List({ apps, none, onSecret }: ListProps) {
  if (apps.length === 0) return <p className="text-muted">{none}</p>;
  return (
    <ul>
      {apps.map((app) => (
        <Row key={app.api_key} app={app} onSecret={onSecret} />
      ))}
    </ul>
  );
}

const KEY_DEMANDED =
  " Every access token is bound to a key of the app’s own (DPoP); Kite Connect’s libraries have none.";

export function AppsPage() {
  useTitle("API apps");
  const { data, isLoading, refetch } = useAppsQuery();
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<AppSecret | null>(null);
  const apps = data?.apps ?? [];
  return (
    <main className="mx-auto w-full max-w-2xl flex-1 space-y-3 overflow-auto py-3">
      <header className="flex items-baseline justify-between px-4 lg:px-0">
        <h1 className="text-base font-semibold">API apps</h1>
        <Link to="/account" className="py-1 text-accent underline">
          Account
        </Link>
      </header>
      {isLoading && <Loading what="your apps" />}
      {!isLoading && !data && <Failed what="Your apps" retry={() => void refetch()} />}
      {data && (
        <>
          <Section title="Yours">
            <p className="mb-3 text-muted">
              Programs that trade for you or for others.{" "}
              {data.bound_demanded ? "They" : "Clients of Kite Connect v3"} log in at{" "}
              <code className="wrap-anywhere text-text">{data.url}</code>; what they ask beyond that
              goes to this site&rsquo;s own API for now.
              {data.bound_demanded && KEY_DEMANDED}
            </p>
            <List apps={apps.filter((app) => app.own)} none="None yet." onSecret={setMade} />
            <Button
              look="primary"
              className="mt-3"
              onClick={() => setCreating(true)}
              data-testid="app-new"
            >
              New app
            </Button>
          </Section>
          <Section title="Of others, connected to your account">
            <List apps={apps.filter((app) => !app.own)} none="None today." onSecret={setMade} />
          </Section>
        </>
      )}
      {creating && (
        <CreateSheet
          library={!data?.bound_demanded}
          onClose={() => setCreating(false)}
          onDone={(secret) => {
            setCreating(false);
            setMade(secret);
          }}
        />
      )}
      {made && <SecretSheet made={made} onClose={() => setMade(null)} />}
    </main>
  );
}
