/* The market behind dev/mock.mjs: random prices, orders that trade when they cross, no rules
 * beyond that. */
const NAMES =
  "HDFCBANK:1333:72695 RELIANCE:2885:131600 ICICIBANK:4963:142000 INFY:1594:112100 " +
  "BHARTIARTL:10604:194600 SBIN:3045:104870 TCS:11536:305000 LT:11483:390010 " +
  "AXISBANK:5900:125040 ITC:1660:40255 MARUTI:10999:1612300 BAJFINANCE:317:98015 " +
  "SUNPHARMA:3351:175500 TATASTEEL:3499:17840 M&M:2031:362070 KOTAKBANK:1922:42150";
const STEP_MS = 250;
const CANDLE_SEED_CNT = 240;
/* Two shares that do not trade as usual, so that it can be looked at. */
const PHASES = { ITC: "auction", KOTAKBANK: "auction_limit" };

const iso = () => new Date().toISOString();
const isOpen = (order) => ["open", "trigger_pending"].includes(order.state);
const random = (below) => Math.floor(Math.random() * below);

export class Market {
  constructor(halted) {
    this.rows = NAMES.split(" ").map((text) => {
      const [symbol, token, close] = text.split(":");
      const prev = Number(close);
      return {
        symbol,
        token: Number(token),
        prev,
        last: prev,
        open: prev,
        high: prev,
        low: prev,
        volume: 10_000 + random(9e6),
        tick: prev > 100_000 ? 10 : 5,
        state: symbol === halted ? "halted" : (PHASES[symbol] ?? "open"),
      };
    });
    for (const row of this.rows) for (let i = 0; i < 40; i += 1) this.move(row);
    this.watchlist = this.rows.slice(0, 12).map((row) => row.symbol);
    [this.orders, this.trades, this.held, this.tickers, this.streams] = [
      [],
      [],
      new Map(),
      new Set(),
      new Set(),
    ];
    this.id = 1;
    this.degraded = [];
    setInterval(() => this.step(), STEP_MS);
  }

  find(symbol) {
    return this.rows.find((row) => row.symbol === decodeURIComponent(symbol));
  }

  move(row) {
    row.last = Math.max(row.tick, row.last + (random(5) - 2) * row.tick);
    row.high = Math.max(row.high, row.last);
    row.low = Math.min(row.low, row.last);
    row.volume += random(200);
  }

  step() {
    for (const row of this.rows) if (row.state === "open" && random(3) === 0) this.move(row);
    for (const order of this.orders.filter((one) => one.state === "trigger_pending"))
      this.wake(order);
    for (const order of this.orders.filter((one) => one.state === "open")) this.match(order);
    for (const ticker of this.tickers) this.sendTicks(ticker);
  }

  levels(row, way) {
    return Array.from({ length: 5 }, (_, i) => ({
      price_paise: row.last + way * (i + (way > 0 ? 1 : 0)) * row.tick,
      qty: 20 + ((row.last / row.tick + i * 37) % 900),
      orders: 1 + ((row.last + i) % 9),
    }));
  }

  instruments() {
    return this.rows.map((row) => ({
      token: row.token,
      symbol: row.symbol,
      tick_paise: row.tick,
      lot_qty: 1,
      prev_close_paise: row.prev,
      band_lo_paise: Math.ceil((row.prev * 0.9) / row.tick) * row.tick,
      band_hi_paise: Math.floor((row.prev * 1.1) / row.tick) * row.tick,
      freeze_qty: 50_000,
      state: row.state,
    }));
  }

  quotes() {
    return this.rows.map((row) => ({
      token: row.token,
      symbol: row.symbol,
      last_paise: row.last,
      last_qty: 5,
      bid_paise: row.last,
      bid_qty: 10,
      ask_paise: row.last + row.tick,
      ask_qty: 10,
      open_paise: row.open,
      high_paise: row.high,
      low_paise: row.low,
      prev_close_paise: row.prev,
      volume_qty: row.volume,
      time: iso(),
      stale: false,
    }));
  }

  book(symbol) {
    const row = this.find(symbol);
    return {
      symbol: row.symbol,
      bids: this.levels(row, -1),
      asks: this.levels(row, 1),
      stale: false,
    };
  }

  candles(symbol, interval) {
    const seconds = { "5s": 5, "15s": 15, "1m": 60, "5m": 300, "15m": 900 }[interval];
    const row = this.find(symbol);
    let close = row.last;
    const now = Math.floor(Date.now() / 1000 / seconds) * seconds;
    const candles = [];
    for (let i = 0; i < CANDLE_SEED_CNT; i += 1) {
      const open = close + (random(9) - 4) * row.tick;
      const [high, low] = [
        Math.max(open, close) + random(4) * row.tick,
        Math.min(open, close) - random(4) * row.tick,
      ];
      candles.unshift([now - i * seconds, open, high, low, close, random(5000)]);
      close = open;
    }
    return { candles };
  }

  status() {
    const up = (name, text) => ({ name, state: "up", text });
    return {
      ok: this.degraded.length === 0,
      venue: "internal",
      simulated: true,
      degraded: this.degraded,
      components: [
        up("dataplane", "60 instruments"),
        up("relay", "0 events behind"),
        up("edge", "1 client"),
        up("database", ""),
      ],
    };
  }

  tell(message) {
    for (const stream of this.streams) stream.send(JSON.stringify(message));
  }

  place(body) {
    const row = this.find(body.symbol);
    if (!row) return [404, { error: { code: "not_found", text: "no such instrument" } }];
    if (body.qty === 13) {
      const text = "order value is above the account's limit";
      return [422, { error: { code: "rejected", reason: "BJ_REJ_ORDER_VALUE", text } }];
    }
    const order = {
      order_id: String(this.id++),
      client_order_id: body.client_order_id,
      account_id: "1001",
      symbol: row.symbol,
      token: row.token,
      side: body.side,
      type: body.type,
      tif: body.tif,
      expiry: body.expiry ?? "",
      price_paise: body.price_paise ?? 0,
      trigger_price_paise: body.trigger_price_paise ?? 0,
      qty: body.qty,
      disclosed_qty: body.disclosed_qty ?? 0,
      filled_qty: 0,
      leaves_qty: body.qty,
      average_paise: 0,
      state: body.type.startsWith("SL") ? "trigger_pending" : "open",
      reason: "",
      reason_text: "",
      created: iso(),
      updated: iso(),
    };
    this.orders.unshift(order);
    if (order.state === "trigger_pending") this.wake(order);
    else if (row.state === "open") this.match(order);
    if (
      row.state === "open" &&
      order.state === "open" &&
      (order.tif === "IOC" || order.type === "MARKET")
    ) {
      this.end(order, "cancelled", "BJ_END_IOC", "rest of an immediate-or-cancel order");
    }
    return [201, { order }];
  }

  /* A stop whose trigger price the last price has reached. */
  wake(order) {
    const { last } = this.find(order.symbol);
    const { trigger_price_paise: trigger } = order;
    if (order.side === "BUY" ? last < trigger : last > trigger) return;
    Object.assign(order, { state: "open", updated: iso() });
    this.tell({ type: "order", order });
    this.match(order);
  }

  match(order) {
    const row = this.find(order.symbol);
    const buy = order.side === "BUY";
    const price = buy ? row.last + row.tick : row.last;
    if (order.price_paise > 0 && (buy ? order.price_paise < price : order.price_paise > price))
      return;
    const qty = order.leaves_qty;
    Object.assign(order, { filled_qty: order.qty, leaves_qty: 0, average_paise: price });
    const trade = {
      trade_id: String(this.id++),
      order_id: order.order_id,
      symbol: row.symbol,
      side: order.side,
      price_paise: price,
      qty,
      time: iso(),
      maker: false,
      auction: false,
    };
    this.trades.unshift(trade);
    const held = this.held.get(row.symbol) ?? {
      buy_qty: 0,
      buy_value_paise: 0,
      sell_qty: 0,
      sell_value_paise: 0,
    };
    held[buy ? "buy_qty" : "sell_qty"] += qty;
    held[buy ? "buy_value_paise" : "sell_value_paise"] += qty * price;
    this.held.set(row.symbol, held);
    this.end(order, "filled", "", "");
    this.tell({ type: "trade", trade });
    this.tell({ type: "portfolio" });
  }

  end(order, state, reason, reason_text) {
    Object.assign(order, { state, reason, reason_text, leaves_qty: 0, updated: iso() });
    this.tell({ type: "order", order });
  }

  modify(id, body) {
    const order = this.orders.find((one) => one.order_id === id && isOpen(one));
    if (!order)
      return [
        422,
        { error: { code: "rejected", reason: "BJ_REJ_ORDER_UNKNOWN", text: "no such open order" } },
      ];
    Object.assign(order, body, { updated: iso() });
    order.leaves_qty = order.qty - order.filled_qty;
    return [200, { order }];
  }

  cancel(id) {
    const order = this.orders.find((one) => one.order_id === id && isOpen(one));
    if (!order)
      return [
        422,
        { error: { code: "rejected", reason: "BJ_REJ_ORDER_UNKNOWN", text: "no such open order" } },
      ];
    this.end(order, "cancelled", "BJ_END_USER", "cancelled on request");
    return [200, { order }];
  }

  halt(symbol, action) {
    const row = this.find(symbol);
    row.state = action === "halt" ? "halted" : "open";
    return [200, { symbol: row.symbol, state: row.state }];
  }

  positions() {
    return [...this.held].map(([symbol, held]) => {
      const row = this.find(symbol);
      const qty = held.buy_qty - held.sell_qty;
      const pnl = held.sell_value_paise - held.buy_value_paise + qty * row.last;
      const average =
        qty > 0
          ? held.buy_value_paise / held.buy_qty
          : held.sell_value_paise / Math.max(1, held.sell_qty);
      return {
        symbol,
        token: row.token,
        qty,
        ...held,
        average_paise: qty === 0 ? 0 : Math.round(average),
        last_paise: row.last,
        realised_paise: qty === 0 ? pnl : 0,
        unrealised_paise: qty === 0 ? 0 : pnl,
      };
    });
  }

  addStream(ws) {
    this.streams.add(ws);
    ws.on("close", () => this.streams.delete(ws));
    ws.send(JSON.stringify({ type: "hello" }));
  }

  addTicker(ws) {
    const ticker = { ws, modes: new Map() };
    this.tickers.add(ticker);
    ws.on("close", () => this.tickers.delete(ticker));
    ws.on("message", (text) => {
      const { a, v } = JSON.parse(text);
      if (a === "subscribe") for (const token of v) ticker.modes.set(token, "quote");
      if (a === "unsubscribe") for (const token of v) ticker.modes.delete(token);
      if (a === "mode") for (const token of v[1]) ticker.modes.set(token, v[0]);
    });
  }

  sendTicks({ ws, modes }) {
    const packets = [...modes].map(([token, mode]) => this.packet(token, mode)).filter(Boolean);
    if (packets.length === 0) return ws.send(Buffer.from([0]));
    const head = Buffer.alloc(2);
    head.writeUInt16BE(packets.length);
    const framed = packets.flatMap((packet) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(packet.length);
      return [length, packet];
    });
    return ws.send(Buffer.concat([head, ...framed]));
  }

  packet(wire, mode) {
    const row = this.rows.find((one) => one.token * 256 + 1 === wire);
    if (!row) return null;
    const bytes = Buffer.alloc(mode === "full" ? 184 : 44);
    const words = [
      wire,
      row.last,
      5,
      row.last,
      row.volume,
      0,
      0,
      row.open,
      row.high,
      row.low,
      row.prev,
    ];
    words.forEach((word, i) => bytes.writeUInt32BE(word, i * 4));
    if (mode !== "full") return bytes;
    bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 60);
    [...this.levels(row, -1), ...this.levels(row, 1)].forEach((level, i) => {
      bytes.writeUInt32BE(level.qty, 64 + i * 12);
      bytes.writeUInt32BE(level.price_paise, 68 + i * 12);
      bytes.writeUInt16BE(level.orders, 72 + i * 12);
    });
    return bytes;
  }
}
