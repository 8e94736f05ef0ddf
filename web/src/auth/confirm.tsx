import { useEffect, useRef } from "react";
import { Link, useSearchParams } from "react-router";
import { useConfirmMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";

export function Confirm() {
  useTitle("Confirm your address");
  const [params] = useSearchParams();
  const token = params.get("token") ?? "";
  const [confirm, { isSuccess, isError, error }] = useConfirmMutation();
  const sent = useRef(false);
  useEffect(() => {
    /* A token works once: never send it twice. */
    if (token === "" || sent.current) return;
    sent.current = true;
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
