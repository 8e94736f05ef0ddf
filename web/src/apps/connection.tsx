/* An app that acts for who looks: less of what it may, or all of it, is taken back here. */
import { useState } from "react";
import { apiError } from "../api/errors";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Badge } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { useDisconnectAppMutation, useNarrowAppMutation, type AppRow } from "./apps-api";
import { ScopeBoxes } from "./scope-boxes";
import { useTold } from "./told";

function GrantSheet({ app, onClose }: { app: AppRow; onClose: () => void }) {
  const [chosen, setChosen] = useState(app.granted);
  const [narrow, { isLoading, error }] = useNarrowAppMutation();
  const keep = async () => {
    const answer = await narrow({ key: app.api_key, scopes: chosen });
    if (!answer.error) onClose();
  };
  return (
    <Sheet title={`What ${app.name} may`} onClose={onClose}>
      <ScopeBoxes offered={app.granted} chosen={chosen} onChange={setChosen} listId="grant" />
      <p className="my-3 text-muted">
        What you untick it may no more, at once. To allow more, log in from the app again.
      </p>
      {chosen.length === 0 && (
        <p className="mb-3">Nothing would be left: disconnect the app instead.</p>
      )}
      <FormError text={error ? apiError(error).text : undefined} />
      <Button
        look="primary"
        size="lg"
        className="w-full"
        disabled={isLoading || chosen.length === 0 || chosen.length === app.granted.length}
        onClick={() => void keep()}
        data-testid="grant-set"
      >
        {isLoading ? "Keeping it" : "Keep this"}
      </Button>
    </Sheet>
  );
}

export function Connection({ app }: { app: AppRow }) {
  const [open, setOpen] = useState(false);
  const [disconnect, { isLoading }] = useDisconnectAppMutation();
  const told = useTold();
  return (
    <div className="mt-2">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone="good">Connected</Badge>
        <span className="text-muted">It acts for you until 6 in the morning.</span>
      </p>
      <p className="mt-2 flex flex-wrap gap-2">
        <Button size="sm" onClick={() => setOpen(true)} data-testid="app-change">
          Change what it may
        </Button>
        <Button
          size="sm"
          disabled={isLoading}
          onClick={() => void told("Still connected", () => disconnect(app.api_key).unwrap())}
          data-testid="app-disconnect"
        >
          Disconnect
        </Button>
      </p>
      {open && <GrantSheet app={app} onClose={() => setOpen(false)} />}
    </div>
  );
}
