/* Where one is logged in, which browsers are known, and what happened with the account. */
import type { ReactNode } from "react";
import {
  useActivityQuery,
  useDevicesQuery,
  useEndOthersMutation,
  useEndSessionMutation,
  useForgetDeviceMutation,
  useSessionsQuery,
} from "../api/api";
import { apiError } from "../api/errors";
import type { Activity } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Badge, Failed, Loading } from "../ui/parts";
import { formatTime } from "../ui/time";
import { Section } from "./account";
import { actText, browserText, suspectText } from "./words";

/* Sends, and says so when it did not work; who closed the sheet that asked for a proof knows. */
function useSend(failed: string) {
  const dispatch = useAppDispatch();
  return async (send: () => Promise<unknown>) => {
    try {
      await send();
    } catch (cause) {
      const { code, text } = apiError(cause);
      if (code === "step_up_required") return;
      dispatch(toastShown({ kind: "bad", title: failed, text }));
    }
  };
}

interface RowProps {
  title: ReactNode;
  facts: string;
  action?: ReactNode;
  testid: string;
}

function Row({ title, facts, action, testid }: RowProps) {
  return (
    <li
      className="flex items-center justify-between gap-3 border-t border-line py-2 first:border-t-0"
      data-testid={testid}
    >
      <div className="min-w-0">
        <p className="truncate">{title}</p>
        <p className="truncate text-xs text-muted">{facts}</p>
      </div>
      {action}
    </li>
  );
}

interface Asked {
  isLoading: boolean;
  data?: unknown;
  refetch: () => unknown;
}

/* Loading, or failed, or the list. */
function Asking({ of, what, children }: { of: Asked; what: string; children: ReactNode }) {
  if (of.isLoading) return <Loading what={what.toLowerCase()} />;
  if (!of.data) return <Failed what={what} retry={() => void of.refetch()} />;
  return children;
}

export function SessionsSection() {
  const sessions = useSessionsQuery();
  const [end, ending] = useEndSessionMutation();
  const [endOthers, endingOthers] = useEndOthersMutation();
  const send = useSend("Not logged out");
  const list = sessions.data ?? [];
  const busy = ending.isLoading || endingOthers.isLoading;
  return (
    <Section title="Where you are logged in">
      <Asking of={sessions} what="Your sessions">
        <ul>
          {list.map((one) => (
            <Row
              key={one.id}
              testid="session-row"
              title={
                <>
                  {one.name || browserText(one.user_agent)}{" "}
                  {one.current && <Badge tone="good">This one</Badge>}
                </>
              }
              facts={`${one.address}, seen ${formatTime(one.seen)}`}
              action={
                !one.current && (
                  <Button
                    size="sm"
                    disabled={busy}
                    onClick={() => void send(() => end(one.id).unwrap())}
                    data-testid="session-end"
                  >
                    Log out
                  </Button>
                )
              }
            />
          ))}
        </ul>
        {list.length > 1 && (
          <Button
            className="mt-3"
            disabled={busy}
            onClick={() => void send(() => endOthers().unwrap())}
            data-testid="sessions-end-others"
          >
            Log out everywhere else
          </Button>
        )}
      </Asking>
    </Section>
  );
}

export function DevicesSection() {
  const devices = useDevicesQuery();
  const [forget, { isLoading }] = useForgetDeviceMutation();
  const send = useSend("Not forgotten");
  return (
    <Section title="Browsers we know">
      <p className="mb-2 text-muted">
        A log-in from any other is told to you by mail. Forgetting one does not log it out.
      </p>
      <Asking of={devices} what="Your browsers">
        <ul>
          {devices.data?.map((one) => (
            <Row
              key={one.id}
              testid="device-row"
              title={
                <>
                  {browserText(one.user_agent)} {one.current && <Badge tone="good">This one</Badge>}
                </>
              }
              facts={`first from ${one.address || "unknown"}, seen ${formatTime(one.seen)}`}
              action={
                <Button
                  size="sm"
                  disabled={isLoading}
                  onClick={() => void send(() => forget(one.id).unwrap())}
                  data-testid="device-forget"
                >
                  Forget
                </Button>
              }
            />
          ))}
        </ul>
      </Asking>
    </Section>
  );
}

const BY = { you: "", staff: "by Bijli's staff", server: "by Bijli", unknown: "by somebody" };

function activityFacts(entry: Activity): string {
  return [formatTime(entry.time), BY[entry.by], entry.address && `from ${entry.address}`]
    .concat(entry.outcome === "done" ? [] : [entry.reason ?? ""])
    .filter(Boolean)
    .join(", ");
}

export function ActivitySection() {
  const activity = useActivityQuery();
  return (
    <Section title="What happened">
      <Asking of={activity} what="What happened">
        <ul className="max-h-96 overflow-auto" tabIndex={0} aria-label="What happened">
          {activity.data?.map((entry, i) => (
            <Row
              key={`${entry.time} ${i}`}
              testid="activity-row"
              title={
                <>
                  {actText(entry.act)}{" "}
                  {entry.outcome === "refused" && <Badge tone="bad">Refused</Badge>}{" "}
                  {entry.suspect && <Badge tone="warn">{suspectText(entry.suspect)}</Badge>}
                </>
              }
              facts={activityFacts(entry)}
            />
          ))}
        </ul>
      </Asking>
    </Section>
  );
}
