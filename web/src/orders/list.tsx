import { useState } from "react";
import { useOrdersQuery } from "../api/api";
import { Empty, Failed, Loading } from "../ui/parts";
import { Segmented } from "../ui/segmented";
import { OrderRows } from "./rows";
import { isOpen } from "./terms";

const FILTERS = [
  { value: "open", label: "Open", testId: "orders-open" },
  { value: "all", label: "All", testId: "orders-all" },
] as const;

export function OrderList() {
  const { data, isError, refetch } = useOrdersQuery();
  const [filter, setFilter] = useState<"open" | "all">("all");
  if (!data) {
    return isError ? (
      <Failed what="Orders" retry={() => void refetch()} />
    ) : (
      <Loading what="orders" />
    );
  }
  const open = data.filter(isOpen);
  const shown = filter === "open" ? open : data;
  return (
    <div data-testid="orders">
      <div className="flex items-center gap-3 px-3 py-2">
        <Segmented
          small
          label="Which orders"
          value={filter}
          choices={FILTERS}
          onChange={setFilter}
        />
        <span className="text-xs text-muted">{open.length} open</span>
      </div>
      {shown.length === 0 ? (
        <Empty title={filter === "open" ? "No open orders" : "No orders yet"}>
          Orders you place appear here at once.
        </Empty>
      ) : (
        <OrderRows orders={shown} />
      )}
    </div>
  );
}
