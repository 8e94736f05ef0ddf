/* An app asks to act for whoever is logged in: what it wants, and yes or no.  Its own page sent the
 * browser here, /connect/login?v=3&api_key=...; where it goes back to the server alone knows. */
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { apiError } from "../api/errors";
import { useAppSelector } from "../app/store";
import { AuthCard, FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Loading, useTitle } from "../ui/parts";
import { useAsksAppQuery, useSayYesMutation, type AsksApp, type Challenge } from "./apps-api";
import { ScopeBoxes } from "./scope-boxes";

/* The host is what a person can judge; the rest of an address only looks like one. */
const hostOf = (url: string) => new URL(url).host;

interface AskProps {
  app: AsksApp;
  params: string | null;
  challenge: Challenge;
  leave: (url: string) => void;
}

function Ask({ app, params, challenge, leave }: AskProps) {
  const email = useAppSelector((state) => state.session.user?.email ?? "");
  // What was taken away from it stays away until somebody ticks it again.
  const [scopes, setScopes] = useState(app.granted.length > 0 ? app.granted : app.scopes);
  const [sayYes, { isLoading, isSuccess, error }] = useSayYesMutation();
  const send = async () => {
    const answer = await sayYes({
      api_key: app.api_key,
      scopes,
      ...challenge,
      ...(params ? { redirect_params: params } : {}),
    });
    if (answer.data) leave(answer.data.redirect);
  };
  return (
    <>
      <p className="mb-3">
        <strong className="break-words" data-testid="connect-name">
          {app.name}
        </strong>{" "}
        wants to act for <span className="break-words">{email}</span> until 6 in the morning:
      </p>
      <div className="mb-3 rounded-md border border-line bg-bg px-3 py-2">
        <ScopeBoxes
          offered={app.scopes}
          chosen={scopes}
          onChange={setScopes}
          listId="connect-scopes"
        />
      </div>
      <p className="mb-4 text-muted">
        You go on to <span className="break-words text-text">{hostOf(app.redirect_url)}</span>. Say
        yes only if you came from there. Untick what it need not do. You can change it and end it
        any time under Account, API apps.
      </p>
      <FormError text={error ? apiError(error).text : undefined} />
      <div className="mt-3 flex gap-2">
        <Link
          to="/"
          className={
            "inline-flex h-11 flex-1 items-center justify-center rounded-md border border-line " +
            "bg-raised px-4 text-base font-medium hover:border-muted"
          }
          data-testid="connect-no"
        >
          No
        </Link>
        <Button
          look="primary"
          size="lg"
          className="flex-1"
          disabled={isLoading || isSuccess || scopes.length === 0}
          onClick={() => void send()}
          data-testid="connect-yes"
        >
          {isLoading || isSuccess ? "One moment" : "Yes, allow it"}
        </Button>
      </div>
    </>
  );
}

function challengeOf(params: URLSearchParams): Challenge {
  const code_challenge = params.get("code_challenge");
  const code_challenge_method = params.get("code_challenge_method");
  return {
    ...(code_challenge === null ? {} : { code_challenge }),
    ...(code_challenge_method === null ? {} : { code_challenge_method }),
  };
}

export function Connect({ leave }: { leave?: (url: string) => void }) {
  useTitle("Allow an app");
  const [params] = useSearchParams();
  const key = params.get("api_key") ?? "";
  const whole = key !== "" && (params.get("v") ?? "3") === "3";
  const challenge = challengeOf(params);
  const { data, isFetching, error } = useAsksAppQuery(
    { api_key: key, ...challenge },
    { skip: !whole },
  );
  const wrong = !whole
    ? "This link is not complete: the app has to send api_key and v=3."
    : error
      ? apiError(error).text
      : undefined;
  return (
    <AuthCard title="Allow an app">
      {isFetching && <Loading what="the app" />}
      <FormError text={wrong} />
      {!wrong && data && (
        <Ask
          app={data}
          params={params.get("redirect_params")}
          challenge={challenge}
          leave={leave ?? ((url) => window.location.assign(url))}
        />
      )}
      {wrong && (
        <Link to="/" className="mt-4 inline-block py-1 text-accent underline">
          Go to Bijli
        </Link>
      )}
    </AuthCard>
  );
}
