import clsx from "clsx";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { usePricesStale } from "../app/connection";
import { useUniverse, useWatched, WATCH_MAX } from "../app/market";
import { Button } from "../ui/button";
import { Icon } from "../ui/icons";
import { Empty, Failed, Loading } from "../ui/parts";
import { WatchRow } from "./row";

const RESULT_MAX = 8;

/* Symbols that start with the query before those that only contain it. */
export function searchSymbols(symbols: string[], query: string): string[] {
  const wanted = query.trim().toUpperCase();
  if (wanted === "") return [];
  const starts = symbols.filter((symbol) => symbol.startsWith(wanted));
  const contains = symbols.filter(
    (symbol) => !symbol.startsWith(wanted) && symbol.includes(wanted),
  );
  return [...starts, ...contains].slice(0, RESULT_MAX);
}

interface SearchProps {
  symbols: string[];
  watched: string[];
  onAdd: (symbol: string) => void;
  onOpen: (symbol: string) => void;
}

function Search({ symbols, watched, onAdd, onOpen }: SearchProps) {
  const [query, setQuery] = useState("");
  const found = useMemo(() => searchSymbols(symbols, query), [symbols, query]);
  const box = useRef<HTMLInputElement>(null);
  const open = (symbol: string) => {
    setQuery("");
    onOpen(symbol);
  };
  return (
    <div className="flex-1">
      <div className="flex h-10 items-center gap-2 px-3 text-muted lg:h-9">
        <Icon name="search" size={16} />
        <input
          ref={box}
          type="search"
          aria-label="Search and add symbols"
          placeholder="Search and add"
          autoComplete="off"
          spellCheck={false}
          value={query}
          data-testid="watch-search"
          className={
            "h-full min-w-0 flex-1 bg-transparent text-text outline-none " +
            "placeholder:text-muted"
          }
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setQuery("");
            if (event.key === "Enter" && found[0]) open(found[0]);
          }}
        />
      </div>
      {query.trim() !== "" && (
        <ul className="absolute inset-x-0 top-full z-30 border-y border-line bg-raised shadow-xl">
          {found.length === 0 && <li className="px-3 py-3 text-muted">Nothing by that name</li>}
          {found.map((symbol) => (
            <li key={symbol} className="flex items-center border-b border-line last:border-0">
              <button
                type="button"
                className="h-11 flex-1 px-3 text-left font-medium hover:bg-panel lg:h-9"
                onClick={() => open(symbol)}
              >
                {symbol}
              </button>
              {watched.includes(symbol) ? (
                <span className="px-3 text-xs text-muted">in list</span>
              ) : (
                <Button
                  look="bare"
                  aria-label={`Add ${symbol}`}
                  data-testid={`watch-add-${symbol}`}
                  disabled={watched.length >= WATCH_MAX}
                  onClick={() => {
                    onAdd(symbol);
                    setQuery("");
                    box.current?.focus();
                  }}
                >
                  <Icon name="plus" />
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function Watchlist({ chosen }: { chosen?: string | undefined }) {
  const navigate = useNavigate();
  const { list, bySymbol } = useUniverse();
  const watched = useWatched();
  const [editing, setEditing] = useState(false);
  const stale = usePricesStale();
  const symbols = useMemo(() => list.map((row) => row.symbol), [list]);
  const open = (symbol: string) => void navigate(`/i/${encodeURIComponent(symbol)}`);

  return (
    <>
      <div className="relative flex items-center border-b border-line pr-1.5">
        <Search symbols={symbols} watched={watched.symbols} onAdd={watched.add} onOpen={open} />
        <Button
          size="sm"
          look="bare"
          aria-pressed={editing}
          data-testid="watch-edit"
          onClick={() => setEditing(!editing)}
        >
          {editing ? "Done" : "Edit"}
        </Button>
      </div>
      {watched.saveFailed && (
        <p role="alert" className="px-3 py-1.5 text-xs text-down">
          The change could not be saved.
        </p>
      )}
      {watched.isError && <Failed what="Your watchlist" retry={() => void watched.refetch()} />}
      {!watched.loaded && !watched.isError && <Loading what="your watchlist" />}
      {watched.loaded && watched.symbols.length === 0 && (
        <Empty title="Nothing to watch yet">Search for a symbol and add it.</Empty>
      )}
      <ul className={clsx("min-h-0 flex-1 overflow-auto", stale && "grayscale")}>
        {watched.symbols.map((symbol) => (
          <WatchRow
            key={symbol}
            symbol={symbol}
            instrument={bySymbol.get(symbol)}
            chosen={symbol === chosen}
            stale={stale}
            onRemove={editing ? watched.remove : undefined}
          />
        ))}
      </ul>
    </>
  );
}
