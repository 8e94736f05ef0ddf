/* Logging in without a password: the browser says whose passkey it is. */
import { useLoginChallengeMutation, useLoginPasskeyMutation } from "../api/passkeys";
import { Button } from "../ui/button";
import { FormError } from "./card";
import { passkeysWork } from "./passkey";
import { usePasskey } from "./use-passkey";

export function PasskeyLogin() {
  const [challenge] = useLoginChallengeMutation();
  const [login] = useLoginPasskeyMutation();
  const { busy, problem, run } = usePasskey({
    ask: () => challenge().unwrap(),
    send: (assertion) => login(assertion).unwrap(),
  });
  if (!passkeysWork()) return null;
  return (
    <div className="mt-3 flex flex-col gap-3 border-t border-line pt-3">
      <Button size="lg" disabled={busy} onClick={() => void run()} data-testid="login-passkey">
        {busy ? "Waiting for your device" : "Log in with a passkey"}
      </Button>
      <FormError text={problem?.text} />
    </div>
  );
}
