import { useState } from "react";
import { useAdminOrdersQuery } from "../api/api";
import { useUniverse } from "../app/market";
import { OrderRows } from "../orders/rows";
import { Empty, Failed, Loading, Panel, useTitle } from "../ui/parts";
import { Segmented } from "../ui/segmented";

const POLL_MS = 3_000;
const FILTERS = [
  { value: "open", label: "Open", testId: "admin-orders-open" },
  { value: "all", label: "All", testId: "admin-orders-all" },
] as const;

export function AllOrders() {
  useTitle("All orders");
  const [state, setState] = useState<"open" | "all">("all");
  const [symbol, setSymbol] = useState("");
  const { list } = useUniverse();
  const { data, isError, refetch } = useAdminOrdersQuery(
    { state, symbol },
    { pollingInterval: POLL_MS, refetchOnMountOrArgChange: true },
  );
  return (
    <main className="min-h-0 w-full flex-1 overflow-auto lg:p-2">
      <Panel className="border-y lg:border">
        <div className="flex flex-wrap items-center gap-3 border-b border-line px-3 py-2">
          <h1 className="font-semibold">Orders of all accounts</h1>
          <Segmented
            small
            label="Which orders"
            value={state}
            choices={FILTERS}
            onChange={setState}
          />
          <select
            aria-label="Symbol"
            value={symbol}
            onChange={(event) => setSymbol(event.target.value)}
            className="h-8 rounded-md border border-line bg-bg px-2"
            data-testid="admin-orders-symbol"
          >
            <option value="">All symbols</option>
            {list.map((row) => (
              <option key={row.symbol}>{row.symbol}</option>
            ))}
          </select>
        </div>
        {!data &&
          (isError ? (
            <Failed what="Orders" retry={() => void refetch()} />
          ) : (
            <Loading what="orders" />
          ))}
        {data?.length === 0 && <Empty title="No orders" />}
        {data && data.length > 0 && <OrderRows orders={data} ofAll />}
      </Panel>
    </main>
  );
}
