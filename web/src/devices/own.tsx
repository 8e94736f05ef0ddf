/* The computers that one may work with: of staff, in the security centre. */
import { useAppSelector } from "../app/store";
import { Section } from "../account/account";
import { Badge, Failed, Loading } from "../ui/parts";
import { useOwnWorkDevicesQuery } from "./devices-api";
import { factsWord, STATE } from "./words";

function List() {
  const { data, isLoading, refetch } = useOwnWorkDevicesQuery();
  if (isLoading) return <Loading what="your work computers" />;
  if (!data) return <Failed what="Your work computers" retry={() => void refetch()} />;
  if (data.length === 0) return <p>None yet: ask your support for one.</p>;
  return (
    <ul>
      {data.map((row) => (
        <li
          key={row.id}
          className="border-t border-line py-2 first:border-t-0"
          data-testid="work-device"
        >
          <p className="break-words">
            {row.name} <Badge tone={STATE[row.state].tone}>{STATE[row.state].word}</Badge>
          </p>
          <p className="text-xs text-muted">{factsWord(row)}</p>
        </li>
      ))}
    </ul>
  );
}

export function WorkDevicesSection() {
  const role = useAppSelector((state) => state.session.user?.role);
  if (!role || role === "client") return null;
  return (
    <Section title="Computers that you may work with">
      <p className="mb-2 text-muted">
        Somebody asks for one, somebody else gives it. Is one lost? Have it revoked: its sessions
        end at once.
      </p>
      <List />
    </Section>
  );
}
