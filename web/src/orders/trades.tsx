import { useTradesQuery } from "../api/api";
import { useDesktop } from "../app/media";
import { formatPaise, formatQty } from "../money/format";
import { Empty, Failed, Loading } from "../ui/parts";
import { formatTime } from "../ui/time";
import { Td, Th } from "./rows";
import { SideMark } from "./state";

export function TradeList() {
  const { data, isError, refetch } = useTradesQuery();
  const desktop = useDesktop();
  if (!data) {
    return isError ? (
      <Failed what="Trades" retry={() => void refetch()} />
    ) : (
      <Loading what="trades" />
    );
  }
  if (data.length === 0) return <Empty title="No trades yet" />;
  return (
    <table className="w-full" data-testid="trades">
      <thead>
        <tr>
          <Th>Time</Th>
          <Th>Side</Th>
          <Th>Symbol</Th>
          <Th right>Qty</Th>
          <Th right>Price</Th>
          {desktop && <Th right>Value</Th>}
          {desktop && <Th>Order</Th>}
        </tr>
      </thead>
      <tbody>
        {data.map((trade) => (
          <tr
            key={trade.trade_id}
            data-testid={`trades-row-${trade.trade_id}`}
            className="border-t border-line"
          >
            <Td>{formatTime(trade.time)}</Td>
            <Td>
              <SideMark side={trade.side} />
            </Td>
            <Td>{trade.symbol}</Td>
            <Td right>{formatQty(trade.qty)}</Td>
            <Td right>{formatPaise(trade.price_paise)}</Td>
            {desktop && <Td right>{formatPaise(trade.price_paise * trade.qty)}</Td>}
            {desktop && <Td>{trade.order_id}</Td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
