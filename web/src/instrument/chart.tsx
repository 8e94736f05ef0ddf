/* Candles: history by HTTP, the newest one from ticks.  The library loads with this file only. */
import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import { useCandlesQuery } from "../api/api";
import type { CandleRow, Instrument, Interval } from "../api/types";
import { useAppSelector } from "../app/store";
import { ticks } from "../live/ticks";
import { formatPaise } from "../money/format";
import { Empty, Failed, Loading } from "../ui/parts";
import { candleOf, foldPrice, INTERVAL_S, type Candle } from "./candles";

/* The library draws UTC; shifting by India's offset makes its axis show exchange time. */
const IST_S = 19_800;
const OFFLINE_POLL_MS = 5_000;

interface Drawing {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
}

function colours(element: HTMLElement) {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return { up: of("--up"), down: of("--down"), muted: of("--muted"), line: of("--line") };
}

function paint({ chart, candles }: Drawing, element: HTMLElement): void {
  const { up, down, muted, line } = colours(element);
  chart.applyOptions({
    layout: { textColor: muted, background: { type: ColorType.Solid, color: "transparent" } },
    grid: { vertLines: { color: line }, horzLines: { color: line } },
    timeScale: { borderColor: line },
    rightPriceScale: { borderColor: line },
  });
  candles.applyOptions({
    upColor: up,
    downColor: down,
    wickUpColor: up,
    wickDownColor: down,
    borderVisible: false,
  });
}

function draw(element: HTMLElement, tickPaise: number): Drawing {
  const chart = createChart(element, {
    autoSize: true,
    /* The library's logo uses innerHTML, which Trusted Types refuse; the Account page names it. */
    layout: { attributionLogo: false, fontSize: 11, fontFamily: "inherit" },
    timeScale: { timeVisible: true, secondsVisible: true, rightOffset: 3 },
    rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.22 } },
  });
  const candles = chart.addSeries(CandlestickSeries, {
    priceFormat: {
      type: "custom",
      formatter: (paise: number) => formatPaise(Math.round(paise)),
      minMove: tickPaise,
    },
  });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  const drawing = { chart, candles, volume };
  paint(drawing, element);
  return drawing;
}

const timeOf = (start_s: number) => (start_s + IST_S) as UTCTimestamp;

function barOf(candle: Candle) {
  return {
    time: timeOf(candle.start_s),
    open: candle.open_paise,
    high: candle.high_paise,
    low: candle.low_paise,
    close: candle.close_paise,
  };
}

function fill({ candles, volume }: Drawing, rows: CandleRow[], element: HTMLElement): void {
  const { up, down } = colours(element);
  candles.setData(rows.map((row) => barOf(candleOf(row))));
  volume.setData(
    rows.map(([start_s, open, , , close, qty]) => ({
      time: timeOf(start_s),
      value: qty,
      color: `${close >= open ? up : down}55`,
    })),
  );
}

interface Props {
  instrument: Instrument;
  interval: Interval;
}

export function Chart({ instrument, interval }: Props) {
  const { token, symbol, tick_paise } = instrument;
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const live = useAppSelector((state) => state.ui.links.ticks);
  const { data, isError, refetch } = useCandlesQuery(
    { symbol, interval },
    { pollingInterval: live ? 60_000 : OFFLINE_POLL_MS, refetchOnMountOrArgChange: true },
  );

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const made = draw(element, tick_paise);
    drawing.current = made;
    const scheme = window.matchMedia("(prefers-color-scheme: light)");
    const repaint = () => paint(made, element);
    scheme.addEventListener("change", repaint);
    return () => {
      scheme.removeEventListener("change", repaint);
      drawing.current = null;
      made.chart.remove();
    };
  }, [tick_paise]);

  useEffect(() => {
    const made = drawing.current;
    if (!data || !made || !box.current) return undefined;
    fill(made, data, box.current);
    const row = data.at(-1);
    let newest = row ? candleOf(row) : null;
    return ticks.subscribe(token, () => {
      const tick = ticks.get(token);
      const time_s = tick?.depth?.exchange_s || Math.floor(Date.now() / 1000);
      const next = foldPrice(newest, tick?.last_paise ?? 0, time_s, INTERVAL_S[interval]);
      if (!next || !drawing.current) return;
      newest = next;
      drawing.current.candles.update(barOf(next));
    });
  }, [data, token, interval]);

  return (
    <>
      <div ref={box} data-testid="chart" className="absolute inset-0" />
      <div className="pointer-events-none absolute inset-0 flex items-center justify-center">
        {isError && !data && (
          <div className="pointer-events-auto">
            <Failed what="The chart" retry={() => void refetch()} />
          </div>
        )}
        {!isError && !data && <Loading what="candles" />}
        {data?.length === 0 && <Empty title="No trades yet">The first one starts the chart.</Empty>}
      </div>
    </>
  );
}
