/* How one logs in: the second factor and what recovers it, the password. */
import { Link } from "react-router";
import { useSecurityQuery } from "../api/api";
import { Failed, Loading, useTitle } from "../ui/parts";
import { FactorSection } from "./factor";
import { PasswordSection } from "./password";

export function SecurityPage() {
  useTitle("Security");
  const { data, isLoading, refetch } = useSecurityQuery();
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
      {data && <FactorSection security={data} />}
      <PasswordSection />
    </main>
  );
}
