import { useStatusQuery } from "../api/api";
import { Badge, Failed, Loading, Panel, useTitle } from "../ui/parts";

const TONE = { up: "good", degraded: "warn", down: "bad" } as const;
const POLL_MS = 3_000;

export function StatusPage() {
  useTitle("Status");
  const { data, isError, refetch } = useStatusQuery(undefined, { pollingInterval: POLL_MS });
  if (!data) {
    return isError ? (
      <Failed what="Status" retry={() => void refetch()} />
    ) : (
      <Loading what="status" />
    );
  }
  return (
    <main className="mx-auto w-full max-w-3xl flex-1 overflow-auto py-3">
      <Panel className="border-y lg:border">
        <h1 className="flex items-center gap-3 border-b border-line px-4 py-3 font-semibold">
          Status
          {isError ? (
            <Badge tone="bad">no answer: this is old</Badge>
          ) : (
            <Badge tone={data.ok ? "good" : "warn"}>
              {data.ok ? "all parts up" : "not fully available"}
            </Badge>
          )}
        </h1>
        <ul>
          {data.components.map((part) => (
            <li
              key={part.name}
              data-testid={`status-${part.name}`}
              className="border-b border-line px-4 py-2 last:border-0"
            >
              <p className="flex items-center gap-3">
                <span className="font-medium">{part.name}</span>
                <span className="min-w-0 flex-1 truncate text-muted">{part.text}</span>
                <Badge tone={TONE[part.state]}>{part.state}</Badge>
              </p>
              {part.figures && (
                <p className="mt-1 flex flex-wrap gap-x-4 text-xs text-muted">
                  {Object.entries(part.figures).map(([name, value]) => (
                    <span key={name}>
                      {name} <span className="text-text">{value}</span>
                    </span>
                  ))}
                </p>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </main>
  );
}
