/* The four addresses of trading: one desk on a wide screen, a page each on a phone. */
import { useLocation, useParams } from "react-router";
import { InstrumentPage } from "../instrument/page";
import { OrdersPage } from "../orders/page";
import { PositionsPage } from "../positions/page";
import { WatchPage } from "../watch/page";
import { Desk } from "./desk";
import { useDesktop } from "./media";

export function Home() {
  const desktop = useDesktop();
  const { symbol } = useParams();
  const { pathname } = useLocation();
  if (desktop)
    return <Desk symbol={symbol} tab={pathname === "/positions" ? "positions" : "orders"} />;
  if (symbol) return <InstrumentPage symbol={symbol} key={symbol} />;
  if (pathname === "/orders") return <OrdersPage />;
  if (pathname === "/positions") return <PositionsPage />;
  return <WatchPage />;
}
