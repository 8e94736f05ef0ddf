/* What an app has to prove.  Those made with one of Kite Connect's libraries, which know neither PKCE
 * nor a proof at the end of a token nor a key, less than others. */
import { useState } from "react";
import { apiError } from "../api/errors";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Sheet } from "../ui/sheet";
import { useSetProofsMutation, type AppRow } from "./apps-api";

export function LibraryBox(props: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className="flex items-start gap-2">
      <input
        type="checkbox"
        className="mt-1 size-4 shrink-0 accent-accent"
        checked={props.checked}
        onChange={() => props.onChange(!props.checked)}
        data-testid="app-kite"
      />
      <span>
        It uses a Kite Connect library
        <span className="block text-xs text-muted">
          Those cannot prove who began a log-in. Otherwise the app has to: code_challenge with S256.
        </span>
      </span>
    </label>
  );
}

export function LibrarySheet({ app, onClose }: { app: AppRow; onClose: () => void }) {
  const [kite, setKite] = useState(app.kite_library);
  const [bound, setBound] = useState(app.bound);
  const [set, { isLoading, error }] = useSetProofsMutation();
  const now = bound && !kite;
  const keep = async () => {
    const answer = await set({ key: app.api_key, kite_library: kite, bound: now });
    if (!answer.error) onClose();
  };
  return (
    <Sheet title={`Log-in of ${app.name}`} onClose={onClose}>
      <LibraryBox checked={kite} onChange={setKite} />
      {!kite && (
        <label className="mt-3 flex items-start gap-2">
          <input
            type="checkbox"
            className="mt-1 size-4 shrink-0 accent-accent"
            checked={bound}
            onChange={() => setBound(!bound)}
            data-testid="app-bound"
          />
          <span>
            Its tokens are bound to a key of its own
            <span className="block text-xs text-muted">
              A stolen token opens nothing: each request comes with a proof (DPoP). Its connections
              end when you set this.
            </span>
          </span>
        </label>
      )}
      <p className="my-3 text-muted">
        It counts from the next log-in. Without a library the app ends its tokens by POST
        /session/revoke.
      </p>
      <FormError text={error ? apiError(error).text : undefined} />
      <Button
        look="primary"
        size="lg"
        className="w-full"
        disabled={isLoading || (kite === app.kite_library && now === app.bound)}
        onClick={() => void keep()}
        data-testid="library-set"
      >
        {isLoading ? "Keeping it" : "Keep this"}
      </Button>
    </Sheet>
  );
}
