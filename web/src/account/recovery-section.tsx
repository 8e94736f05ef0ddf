/* How many recovery codes are left, and new ones. */
import { useRenewRecoveryMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Badge } from "../ui/parts";
import { Section } from "./account";

interface Props {
  left: number;
  onCodes: (codes: string[]) => void;
}

export function RecoverySection({ left, onCodes }: Props) {
  const dispatch = useAppDispatch();
  const [renew, { isLoading }] = useRenewRecoveryMutation();
  const send = async () => {
    try {
      onCodes(await renew().unwrap());
    } catch (cause) {
      const { text } = apiError(cause);
      dispatch(toastShown({ kind: "bad", title: "No new codes", text }));
    }
  };
  return (
    <Section title="Recovery codes">
      <p data-testid="recovery-left">
        {left === 1 ? "1 recovery code is left." : `${left} recovery codes are left.`}{" "}
        {left < 3 && <Badge tone="warn">Make new ones</Badge>}
      </p>
      <p className="mb-2 text-muted">
        Each lets you in once, with your password, when app or passkey is lost. New ones end these.
      </p>
      <Button disabled={isLoading} onClick={() => void send()} data-testid="recovery-renew">
        Make new recovery codes
      </Button>
    </Section>
  );
}
