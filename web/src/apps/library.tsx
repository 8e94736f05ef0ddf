/* Whether an app is made with one of Kite Connect's libraries: those know neither PKCE nor a proof
 * at the end of a token, so less is asked of them. */
import { useState } from "react";
import { apiError } from "../api/errors";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Sheet } from "../ui/sheet";
import { useSetLibraryMutation, type AppRow } from "./apps-api";

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
  const [set, { isLoading, error }] = useSetLibraryMutation();
  const keep = async () => {
    const answer = await set({ key: app.api_key, kite_library: kite });
    if (!answer.error) onClose();
  };
  return (
    <Sheet title={`Log-in of ${app.name}`} onClose={onClose}>
      <LibraryBox checked={kite} onChange={setKite} />
      <p className="my-3 text-muted">
        It counts from the next log-in; what is connected goes on. Without a library the app ends
        them by POST /session/revoke.
      </p>
      <FormError text={error ? apiError(error).text : undefined} />
      <Button
        look="primary"
        size="lg"
        className="w-full"
        disabled={isLoading || kite === app.kite_library}
        onClick={() => void keep()}
        data-testid="library-set"
      >
        {isLoading ? "Keeping it" : "Keep this"}
      </Button>
    </Sheet>
  );
}
