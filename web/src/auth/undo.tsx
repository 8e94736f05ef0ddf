import { Link } from "react-router";
import { useUndoMutation } from "../api/api";
import { apiError } from "../api/errors";
import { Button } from "../ui/button";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";
import { useLinkParams } from "./link-token";

/* Where the mail about a change leads whoever has not made it.  What was said to one link is not said
 * to the next one in the same tab. */
export function Undo() {
  useTitle("Take a change back");
  const params = useLinkParams();
  const token = params.get("token") ?? "";
  return <Ask key={token} token={token} ofFactors={params.get("what") === "factors"} />;
}

function Ask({ token, ofFactors }: { token: string; ofFactors: boolean }) {
  const [undo, { isLoading, data, error }] = useUndoMutation();
  if (data?.back === "factors") {
    return (
      <AuthCard title="Nothing is taken away">
        <p data-testid="undo-done">
          Your second factors and your password stay as they are. Log in again: every device was
          logged out. Somebody asked our support in your name; tell us what you know.
        </p>
        <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
          Go to log in
        </Link>
      </AuthCard>
    );
  }
  if (data) {
    return (
      <AuthCard title="The change is taken back">
        <p data-testid="undo-done">
          Your old {data.back === "email" ? "e-mail address" : "phone number"} counts again, every
          device is logged out, and the password works no more. Set a new one now.
        </p>
        <Link to="/forgot" className="mt-4 inline-block py-1 text-accent underline">
          Set a new password
        </Link>
      </AuthCard>
    );
  }
  return (
    <AuthCard title="Was it not you?">
      {token === "" ? (
        <FormError text="This link is not complete." />
      ) : (
        <div className="flex flex-col gap-3">
          <p>
            {ofFactors
              ? "Our support was asked to take the second factors of your account away. Say no, and everything stays as it is."
              : "Somebody changed the e-mail address or the phone number of your account. Take it back: the old one counts again, every device is logged out, and you set a new password."}
          </p>
          <FormError text={error ? apiError(error).text : undefined} />
          <Button
            look="primary"
            size="lg"
            disabled={isLoading}
            /* A press: whatever looks into mails and follows links must not do it. */
            onClick={() => void undo({ token })}
            data-testid="undo-submit"
          >
            {ofFactors ? "Say no" : isLoading ? "Taking it back" : "Take it back"}
          </Button>
        </div>
      )}
      <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
        Go to log in
      </Link>
    </AuthCard>
  );
}
