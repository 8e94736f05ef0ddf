/* The last step of a sign-up: the code that went to the phone. */
import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { ContactAsk } from "../account/contact-ask";
import { ContactCode } from "../account/contact-code";
import { useContactQuery } from "../api/api";
import { useAppDispatch, useAppSelector } from "../app/store";
import { phoneLater } from "../app/ui-state";
import { Failed, Loading, useTitle } from "../ui/parts";
import { AuthCard } from "./card";
import { pathFrom } from "./from";

export function Verify() {
  useTitle("Verify your phone number");
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const back = pathFrom(useLocation().state);
  const due = useAppSelector((state) => state.session.user?.phone_due);
  const { data, isLoading, refetch } = useContactQuery();
  const [other, setOther] = useState(false);
  const wait = data?.phone.wait;
  /* Once /me says so too. */
  useEffect(() => {
    if (!due) void navigate(back, { replace: true });
  }, [due, back, navigate]);
  return (
    <AuthCard title="Verify your phone number">
      {isLoading && <Loading what="your number" />}
      {!isLoading && !data && <Failed what="Your number" retry={() => void refetch()} />}
      {data && wait && !other && (
        <>
          <p className="mb-3">
            We sent a code to <strong data-testid="verify-to">{wait.to}</strong>. Enter it here to
            trade.
          </p>
          <ContactCode kind="phone" wait={wait} />
        </>
      )}
      {data && (!wait || other) && (
        <ContactAsk
          kind="phone"
          onAsked={() => setOther(false)}
          {...(wait ? { onCancel: () => setOther(false) } : {})}
        />
      )}
      <div className="mt-4 flex flex-wrap justify-between gap-x-4">
        {wait && !other && (
          <button
            type="button"
            className="py-1 text-accent underline"
            onClick={() => setOther(true)}
            data-testid="verify-other"
          >
            Another number
          </button>
        )}
        <button
          type="button"
          className="py-1 text-accent underline"
          onClick={() => {
            dispatch(phoneLater());
            void navigate(back, { replace: true });
          }}
          data-testid="verify-later"
        >
          Look around first
        </button>
      </div>
    </AuthCard>
  );
}
