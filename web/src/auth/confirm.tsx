import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useConfirmMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";
import { useLinkParams } from "./link-token";

export function Confirm() {
  useTitle("Confirm your address");
  const token = useLinkParams().get("token") ?? "";
  const [confirm, { isSuccess, isError, error }] = useConfirmMutation();
  const sent = useRef("");
  useEffect(() => {
    /* A token works once: never send it twice. */
    if (token === "" || sent.current === token) return;
    sent.current = token;
    void confirm({ token });
  }, [confirm, token]);

  const bad =
    token === "" ? "This link is not complete." : isError ? apiError(error).text : undefined;
  return (
    <AuthCard title={isSuccess ? "Address confirmed" : "Confirm your address"}>
      {isSuccess && (
        <p data-testid="confirm-done">
          Your account is ready. A code is on its way to your phone: log in and enter it.
        </p>
      )}
      {!isSuccess && !bad && <p role="status">One moment.</p>}
      <FormError text={bad} />
      <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
        Go to log in
      </Link>
    </AuthCard>
  );
}
