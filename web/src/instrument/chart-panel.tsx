import { lazy, Suspense, useState } from "react";
import type { Instrument, Interval } from "../api/types";
import { Loading } from "../ui/parts";
import { Segmented } from "../ui/segmented";

const Chart = lazy(() => import("./chart").then((m) => ({ default: m.Chart })));

const CHOICES = (["5s", "15s", "1m", "5m"] as const).map((value) => ({
  value,
  label: value,
  testId: `chart-${value}`,
}));

export function ChartPanel({ instrument }: { instrument: Instrument }) {
  const [interval, setInterval] = useState<Interval>("15s");
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center px-2 py-1.5">
        <Segmented
          small
          label="Candle interval"
          value={interval}
          choices={CHOICES}
          onChange={setInterval}
        />
        <span className="ml-auto text-xs text-muted">India time</span>
      </div>
      <div className="relative min-h-60 flex-1">
        <Suspense fallback={<Loading what="chart" />}>
          <Chart instrument={instrument} interval={interval} key={interval} />
        </Suspense>
      </div>
    </div>
  );
}
