/* The second factor that is demanded: added here, or proved by.  Until then one can see to one's
 * sessions and enter codes for address and number, here too, and nothing else. */
import { useState } from "react";
import { Navigate, useLocation } from "react-router";
import { useLogout } from "../account/account";
import { ContactSection } from "../account/contact";
import { FactorSection } from "../account/factor";
import { PasskeySection } from "../account/passkeys";
import { SessionsSection } from "../account/places";
import { FactorProof } from "../account/proof";
import { RecoverySheet } from "../account/recovery";
import { useMeQuery, useSecurityQuery } from "../api/api";
import type { Security } from "../api/types";
import { useAppSelector } from "../app/store";
import { Button } from "../ui/button";
import { Failed, Loading, useTitle } from "../ui/parts";
import { pathFrom } from "./from";

interface Props {
  security: Security;
  passkeyOnly: boolean;
  onCodes: (codes: string[]) => void;
}

function Enrol({ security, passkeyOnly, onCodes }: Props) {
  return (
    <>
      <p className="px-4 lg:px-0" data-testid="factor-why">
        {passkeyOnly
          ? "Your role needs a passkey. Add one to go on: your device asks for your finger, face or PIN."
          : "Your account needs a second thing beside the password. Add a passkey or an authenticator app to go on."}
      </p>
      <PasskeySection security={security} onCodes={onCodes} />
      {!passkeyOnly && <FactorSection security={security} onCodes={onCodes} />}
    </>
  );
}

/* A session from before the factor came, or before it was demanded. */
function Prove({
  security,
  passkeyOnly,
  refetch,
}: Omit<Props, "onCodes"> & { refetch: () => void }) {
  return (
    <div className="mx-4 max-w-sm rounded-xl border border-line bg-panel p-5 lg:mx-0">
      <p className="mb-3" data-testid="factor-why">
        {passkeyOnly
          ? "Show that it is you, by your passkey."
          : "Show that it is you, by your second factor."}
      </p>
      <FactorProof security={security} onProved={refetch} />
    </div>
  );
}

/* Whoever sees a device that is not theirs need not wait for a factor. */
function Meanwhile() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className="px-4 lg:px-0">
        <button
          type="button"
          className="py-1 text-accent underline"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="factor-meanwhile"
        >
          Where you are logged in, address and phone
        </button>
      </div>
      {open && (
        <>
          <SessionsSection />
          <ContactSection codesOnly />
        </>
      )}
    </>
  );
}

export function FactorFirst() {
  useTitle("A second factor");
  const user = useAppSelector((state) => state.session.user);
  const { refetch: askMe, isFetching } = useMeQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  const { data, isLoading: reading, refetch } = useSecurityQuery();
  const { run: logOut, isLoading: leaving } = useLogout();
  const location = useLocation();
  /* Shown this once: so the page stays until they have been kept. */
  const [codes, setCodes] = useState<string[] | null>(null);
  /* Once it is known what is due, the page stays as it is while it asks again. */
  const isLoading = reading || (isFetching && !user?.factor_demanded);
  const passkeyOnly = user?.factor_demanded === "passkey";
  const close = () => {
    setCodes(null);
    void askMe();
  };
  if (!user?.factor_due && !codes) return <Navigate to={pathFrom(location.state)} replace />;
  return (
    <main
      className="mx-auto w-full max-w-2xl flex-1 space-y-3 overflow-auto py-3"
      data-testid="factor-first"
    >
      <header className="flex items-baseline justify-between px-4 lg:px-0">
        <h1 className="text-base font-semibold">One more step</h1>
        <Button size="sm" disabled={leaving} onClick={() => void logOut()} data-testid="logout">
          Log out
        </Button>
      </header>
      {isLoading && <Loading what="how you log in" />}
      {!isLoading && !data && <Failed what="How you log in" retry={() => void refetch()} />}
      {data && !isLoading && user?.factor_due !== "prove" && (
        <Enrol security={data} passkeyOnly={passkeyOnly} onCodes={setCodes} />
      )}
      {data && !isLoading && user?.factor_due === "prove" && (
        <Prove security={data} passkeyOnly={passkeyOnly} refetch={() => void askMe()} />
      )}
      {user?.factor_due && <Meanwhile />}
      {codes && <RecoverySheet codes={codes} onClose={close} />}
    </main>
  );
}
