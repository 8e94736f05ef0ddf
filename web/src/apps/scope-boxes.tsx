/* What an app may, each of it to be ticked. */
import { SCOPES, type Scope } from "./apps-api";

interface Props {
  offered: readonly Scope[];
  chosen: Scope[];
  onChange: (chosen: Scope[]) => void;
  listId?: string;
}

export function ScopeBoxes({ offered, chosen, onChange, listId }: Props) {
  const toggle = (scope: Scope) =>
    onChange(offered.filter((s) => (s === scope ? !chosen.includes(s) : chosen.includes(s))));
  return (
    <ul data-testid={listId}>
      {offered.map((scope) => (
        <li key={scope}>
          <label className="flex items-start gap-2 py-1">
            <input
              type="checkbox"
              className="mt-1 size-4 shrink-0 accent-accent"
              checked={chosen.includes(scope)}
              onChange={() => toggle(scope)}
              data-testid={`scope-${scope}`}
            />
            <span>{SCOPES[scope]}</span>
          </label>
        </li>
      ))}
    </ul>
  );
}
