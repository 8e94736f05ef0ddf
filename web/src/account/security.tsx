/* How one logs in: passkeys, the app, what recovers them, the password; where one is written to;
 * where one is, and what happened. */
import { useState } from "react";
import { Link } from "react-router";
import { useSecurityQuery } from "../api/api";
import { Failed, Loading, useTitle } from "../ui/parts";
import { WorkDevicesSection } from "../devices/own";
import { ContactSection } from "./contact";
import { FactorSection } from "./factor";
import { PasskeySection } from "./passkeys";
import { PasswordSection } from "./password";
import { ActivitySection, DevicesSection, SessionsSection } from "./places";
import { RecoverySheet } from "./recovery";
import { RecoverySection } from "./recovery-section";

export function SecurityPage() {
  useTitle("Security");
  const { data, isLoading, refetch } = useSecurityQuery();
  /* Those that were made just now, shown this once. */
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <main className="mx-auto w-full max-w-2xl flex-1 space-y-3 overflow-auto py-3">
      <header className="flex items-baseline justify-between px-4 lg:px-0">
        <h1 className="text-base font-semibold">Security</h1>
        <Link to="/account" className="py-1 text-accent underline">
          Account
        </Link>
      </header>
      {isLoading && <Loading what="how you log in" />}
      {!isLoading && !data && <Failed what="How you log in" retry={() => void refetch()} />}
      {data && <PasskeySection security={data} onCodes={setCodes} />}
      {data && <FactorSection security={data} onCodes={setCodes} />}
      {data && (data.totp || data.passkeys > 0) && (
        <RecoverySection left={data.recovery_left} onCodes={setCodes} />
      )}
      <PasswordSection />
      <ContactSection />
      <WorkDevicesSection />
      <SessionsSection />
      <DevicesSection />
      <ActivitySection />
      {codes && <RecoverySheet codes={codes} onClose={() => setCodes(null)} />}
    </main>
  );
}
