/* Profit and loss of positions at live prices. */
import type { Position } from "../api/types";

export interface Pnl {
  realised_paise: number;
  unrealised_paise: number;
  total_paise: number;
}

/* The server's realised figure stands.  What is open is valued exactly: the server's own unrealised
 * figure plus quantity times the move since the price it used, so that the rounding of the average
 * price never enters.  Without a live price the server's figure stands alone. */
export function livePnl(position: Position, lastPaise: number): Pnl {
  const known = lastPaise > 0 && position.last_paise > 0;
  const move = known ? position.qty * (lastPaise - position.last_paise) : 0;
  const unrealised = position.unrealised_paise + move;
  return {
    realised_paise: position.realised_paise,
    unrealised_paise: unrealised,
    total_paise: position.realised_paise + unrealised,
  };
}

export function sumPnl(rows: Pnl[]): Pnl {
  const sum: Pnl = { realised_paise: 0, unrealised_paise: 0, total_paise: 0 };
  for (const row of rows) {
    sum.realised_paise += row.realised_paise;
    sum.unrealised_paise += row.unrealised_paise;
    sum.total_paise += row.total_paise;
  }
  return sum;
}
