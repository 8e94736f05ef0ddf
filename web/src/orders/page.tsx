import { useState } from "react";
import { useTitle } from "../ui/parts";
import { Segmented } from "../ui/segmented";
import { OrderList } from "./list";
import { TradeList } from "./trades";

const PAGES = [
  { value: "orders", label: "Orders", testId: "page-orders" },
  { value: "trades", label: "Trades", testId: "page-trades" },
] as const;

export function OrdersPage() {
  useTitle("Orders");
  const [page, setPage] = useState<"orders" | "trades">("orders");
  return (
    <main className="flex-1 bg-panel">
      <h1 className="sr-only">Orders and trades</h1>
      <div className="px-3 pt-3">
        <Segmented label="Orders or trades" value={page} choices={PAGES} onChange={setPage} />
      </div>
      {page === "orders" ? <OrderList /> : <TradeList />}
    </main>
  );
}
