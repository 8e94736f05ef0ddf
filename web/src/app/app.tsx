/* Every address of the app, and who may see it. */
import { lazy, Suspense, type ReactNode } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { useMeQuery } from "../api/api";
import { apiError, NO_ANSWER } from "../api/errors";
import { DEVICE_READERS, MONEY_STAFF, STAFF, type Role } from "../api/types";
import { Proof } from "../account/proof";
import { Confirm } from "../auth/confirm";
import { Forgot } from "../auth/forgot";
import { Login } from "../auth/login";
import { Reset } from "../auth/reset";
import { SignUp } from "../auth/signup";
import { Undo } from "../auth/undo";
import { Loading } from "../ui/parts";
import { Toasts } from "../ui/toasts";
import { OfflineScreen } from "./offline-screen";
import { useAppSelector } from "./store";
import { UpdateBar } from "./update-bar";

/* What a client who only logs in never needs comes later. */
const Shell = lazy(() => import("./shell").then((m) => ({ default: m.Shell })));
const Home = lazy(() => import("./home").then((m) => ({ default: m.Home })));
const Account = lazy(() => import("../account/account").then((m) => ({ default: m.Account })));
const SecurityPage = lazy(() =>
  import("../account/security").then((m) => ({ default: m.SecurityPage })),
);
const Verify = lazy(() => import("../auth/verify").then((m) => ({ default: m.Verify })));
const FactorFirst = lazy(() =>
  import("../auth/factor-first").then((m) => ({ default: m.FactorFirst })),
);
const AppsPage = lazy(() => import("../apps/page").then((m) => ({ default: m.AppsPage })));
const Connect = lazy(() => import("../apps/connect").then((m) => ({ default: m.Connect })));
const PrivacyPage = lazy(() =>
  import("../account/privacy").then((m) => ({ default: m.PrivacyPage })),
);
const FundsPage = lazy(() => import("../funds/page").then((m) => ({ default: m.FundsPage })));
const Money = lazy(() => import("../admin/money").then((m) => ({ default: m.Money })));
const StatusPage = lazy(() => import("../admin/status").then((m) => ({ default: m.StatusPage })));
const AllOrders = lazy(() => import("../admin/all-orders").then((m) => ({ default: m.AllOrders })));
const Approvals = lazy(() => import("../admin/approvals").then((m) => ({ default: m.Approvals })));
const DevicesPage = lazy(() => import("../devices/page").then((m) => ({ default: m.DevicesPage })));
const Halts = lazy(() => import("../admin/halts").then((m) => ({ default: m.Halts })));

function LoggedIn({ children }: { children: ReactNode }) {
  const phase = useAppSelector((state) => state.session.phase);
  const location = useLocation();
  if (phase === "in") return children;
  return <Navigate to="/login" replace state={{ from: location.pathname + location.search }} />;
}

/* Who has not given the second factor that is demanded is led there, and gets nowhere else. */
function Proved({ children }: { children: ReactNode }) {
  const due = useAppSelector((state) => state.session.user?.factor_due);
  const location = useLocation();
  if (!due) return children;
  return <Navigate to="/factor" replace state={{ from: location.pathname + location.search }} />;
}

/* Who owes a phone number is led there first, and may look around before. */
function Verified({ children }: { children: ReactNode }) {
  const owes = useAppSelector((state) => state.session.user?.phone_due && !state.ui.phone_later);
  const location = useLocation();
  if (!owes) return children;
  return <Navigate to="/verify" replace state={{ from: location.pathname + location.search }} />;
}

function Only({ roles, children }: { roles: Role[]; children: ReactNode }) {
  const role = useAppSelector((state) => state.session.user?.role);
  return role && roles.includes(role) ? children : <Navigate to="/" replace />;
}

export function App() {
  const { isLoading, error, refetch } = useMeQuery();
  const phase = useAppSelector((state) => state.session.phase);
  if (phase === "unknown") {
    if (isLoading || !error) return <div className="boot">Bijli</div>;
    return <OfflineScreen away={apiError(error).code === NO_ANSWER} retry={() => void refetch()} />;
  }
  return (
    <>
      <UpdateBar />
      <Toasts />
      <Proof />
      <Suspense fallback={<Loading what="Bijli" />}>
        <Routes>
          <Route path="/login" element={<Login />} />
          <Route path="/signup" element={<SignUp />} />
          <Route path="/confirm" element={<Confirm />} />
          <Route path="/forgot" element={<Forgot />} />
          <Route path="/reset" element={<Reset />} />
          <Route path="/undo" element={<Undo />} />
          <Route
            path="/verify"
            element={
              <LoggedIn>
                <Proved>
                  <Verify />
                </Proved>
              </LoggedIn>
            }
          />
          <Route
            path="/factor"
            element={
              <LoggedIn>
                <FactorFirst />
              </LoggedIn>
            }
          />
          <Route
            path="/connect/login"
            element={
              <LoggedIn>
                <Proved>
                  <Connect />
                </Proved>
              </LoggedIn>
            }
          />
          <Route
            element={
              <LoggedIn>
                <Proved>
                  <Verified>
                    <Shell />
                  </Verified>
                </Proved>
              </LoggedIn>
            }
          >
            <Route path="/" element={<Home />} />
            <Route path="/i/:symbol" element={<Home />} />
            <Route path="/orders" element={<Home />} />
            <Route path="/positions" element={<Home />} />
            <Route path="/account" element={<Account />} />
            <Route path="/account/security" element={<SecurityPage />} />
            <Route path="/account/apps" element={<AppsPage />} />
            <Route path="/account/privacy" element={<PrivacyPage />} />
            <Route path="/funds" element={<FundsPage />} />
            <Route path="/status" element={<StatusPage />} />
            <Route
              path="/admin/money"
              element={
                <Only roles={MONEY_STAFF}>
                  <Money />
                </Only>
              }
            />
            <Route
              path="/admin/orders"
              element={
                <Only roles={["dealer", "risk", "compliance", "admin"]}>
                  <AllOrders />
                </Only>
              }
            />
            <Route
              path="/admin/approvals"
              element={
                <Only roles={STAFF}>
                  <Approvals />
                </Only>
              }
            />
            <Route
              path="/admin/devices"
              element={
                <Only roles={DEVICE_READERS}>
                  <DevicesPage />
                </Only>
              }
            />
            <Route
              path="/admin/halts"
              element={
                <Only roles={["admin"]}>
                  <Halts />
                </Only>
              }
            />
          </Route>
          <Route path="*" element={<Navigate to="/" replace />} />
        </Routes>
      </Suspense>
    </>
  );
}
