/* One list of orders in two shapes: a table where there is room, cards where there is not. */
import clsx from "clsx";
import type { ReactNode } from "react";
import type { Order } from "../api/types";
import { useDesktop } from "../app/media";
import { formatPaise, formatQty } from "../money/format";
import { formatTime } from "../ui/time";
import { OrderActions } from "./actions";
import { filledWord, OrderStateBadge, SideMark } from "./state";
import { appWord, isPlain, kindWord, placedTitle, priceWord, triggerWord } from "./terms";

export interface ListProps {
  orders: Order[];
  /* Orders of others: shows the account, offers no buttons. */
  ofAll?: boolean;
}

export function Th({ children, right }: { children?: ReactNode; right?: boolean }) {
  return (
    <th
      scope="col"
      className={clsx(
        "sticky top-0 bg-panel px-2 py-1.5 text-xs font-normal text-muted first:pl-3 last:pr-3",
        right ? "text-right" : "text-left",
      )}
    >
      {children}
    </th>
  );
}

export function Td({
  children,
  right,
  testId,
}: {
  children?: ReactNode;
  right?: boolean;
  testId?: string;
}) {
  return (
    <td
      className={`px-2 py-1.5 whitespace-nowrap first:pl-3 last:pr-3 ${right ? "text-right" : ""}`}
      data-testid={testId}
    >
      {children}
    </td>
  );
}

function shownWord(order: Order): string | null {
  return order.disclosed_qty > 0 ? `shows ${formatQty(order.disclosed_qty)}` : null;
}

/* Under a figure of the table, where there is more to say of it. */
function Small({ text }: { text: string | null }) {
  return text ? <span className="block text-xs text-muted">{text}</span> : null;
}

function smallPrint(order: Order): string[] {
  const average = order.average_paise > 0 ? `average ${formatPaise(order.average_paise)}` : null;
  const terms = [triggerWord(order), shownWord(order)].filter((text) => text !== null).join(", ");
  return [terms, average ?? "", appWord(order) ?? "", order.reason_text].filter(
    (text) => text !== "",
  );
}

function OrderTable({ orders, ofAll }: ListProps) {
  return (
    <table className="w-full">
      <thead>
        <tr>
          <Th>Time</Th>
          {ofAll && <Th>Account</Th>}
          <Th>Side</Th>
          <Th>Symbol</Th>
          <Th right>Filled</Th>
          <Th right>Price</Th>
          <Th right>Average</Th>
          <Th>State</Th>
          <Th>Reason</Th>
          {!ofAll && (
            <Th>
              <span className="sr-only">Change</span>
            </Th>
          )}
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr
            key={order.order_id}
            data-testid={`orders-row-${order.order_id}`}
            className="border-t border-line"
          >
            <Td>
              <span title={placedTitle(order, ofAll)}>{formatTime(order.created)}</span>
            </Td>
            {ofAll && <Td>{order.account_id}</Td>}
            <Td>
              <SideMark side={order.side} />
            </Td>
            <Td>
              <span className="font-medium">{order.symbol}</span>
              {/* A longer word would push the buttons out of the table. */}
              {isPlain(order) ? (
                <span className="text-xs text-muted"> {kindWord(order)}</span>
              ) : (
                <Small text={kindWord(order)} />
              )}
              {order.app && (
                <span
                  className="block max-w-40 truncate text-xs text-muted"
                  title={placedTitle(order, ofAll)}
                >
                  {appWord(order)}
                </span>
              )}
            </Td>
            <Td right>
              {filledWord(order)}
              <Small text={shownWord(order)} />
            </Td>
            <Td right>
              {priceWord(order)}
              <Small text={triggerWord(order)} />
            </Td>
            <Td right>{order.average_paise > 0 ? formatPaise(order.average_paise) : "-"}</Td>
            <Td>
              <OrderStateBadge order={order} />
            </Td>
            <td
              className="w-full max-w-0 truncate px-2 py-1.5 text-muted"
              title={order.reason_text}
            >
              {order.reason_text}
            </td>
            {!ofAll && (
              <Td right>
                <span className="flex justify-end">
                  <OrderActions order={order} />
                </span>
              </Td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function OrderCards({ orders, ofAll }: ListProps) {
  return (
    <ul>
      {orders.map((order) => (
        <li
          key={order.order_id}
          data-testid={`orders-row-${order.order_id}`}
          className="border-b border-line px-3 py-2.5"
        >
          <p className="flex items-center gap-2">
            <SideMark side={order.side} />
            <span className="font-medium">{order.symbol}</span>
            <span className="text-xs text-muted" title={placedTitle(order, ofAll)}>
              {formatTime(order.created)}
            </span>
            <span className="ml-auto">
              <OrderStateBadge order={order} />
            </span>
          </p>
          <p className="mt-1 flex items-center gap-2">
            <span className="text-muted">{filledWord(order)}</span>
            <span>at {priceWord(order)}</span>
            <span className="text-xs text-muted">{kindWord(order)}</span>
            {ofAll && <span className="text-xs text-muted">account {order.account_id}</span>}
            <span className="ml-auto">{!ofAll && <OrderActions order={order} />}</span>
          </p>
          {smallPrint(order).map((text) => (
            <p key={text} className="mt-0.5 text-xs text-muted">
              {text}
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}

export function OrderRows(props: ListProps) {
  return useDesktop() ? <OrderTable {...props} /> : <OrderCards {...props} />;
}
