/* Asks for the code or the password again before something that cannot be taken back. */
import { useState, type FormEvent } from "react";
import { useProveMutation, useSecurityQuery } from "../api/api";
import { apiError } from "../api/errors";
import { settleProof } from "../app/step-up";
import { useAppDispatch, useAppSelector } from "../app/store";
import { FormError } from "../auth/card";
import { CodeField } from "../auth/code-field";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Loading } from "../ui/parts";
import { Sheet } from "../ui/sheet";

function ProofForm({ byCode, onProved }: { byCode: boolean; onProved: () => void }) {
  const email = useAppSelector((state) => state.session.user?.email ?? "");
  const [given, setGiven] = useState("");
  const [prove, { isLoading, error }] = useProveMutation();
  const problem = error ? apiError(error) : undefined;
  const atField = problem?.field === (byCode ? "code" : "password") ? problem.text : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading || given.trim() === "") return;
    const answer = await prove(byCode ? { code: given.trim() } : { password: given });
    if (answer.data) onProved();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
      <p>You can do this for a while after you have shown who you are.</p>
      {byCode ? (
        <CodeField value={given} onChange={setGiven} error={atField} />
      ) : (
        <>
          <input type="hidden" autoComplete="username" value={email} readOnly />
          <Field
            label="Password"
            type="password"
            autoComplete="current-password"
            autoFocus
            required
            value={given}
            error={atField}
            onChange={(event) => setGiven(event.target.value)}
            data-testid="proof-password"
          />
        </>
      )}
      <FormError text={atField ? undefined : problem?.text} />
      <Button
        type="submit"
        look="primary"
        size="lg"
        disabled={isLoading}
        data-testid="proof-submit"
      >
        {isLoading ? "Checking" : "Go on"}
      </Button>
    </form>
  );
}

function ProofSheet() {
  const dispatch = useAppDispatch();
  /* It may have been switched on or off on another device. */
  const { data, isFetching, error } = useSecurityQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  const settle = (proved: boolean) => settleProof({ dispatch }, proved);
  return (
    <Sheet title="Is it you?" onClose={() => settle(false)}>
      {isFetching && <Loading what="how you prove it" />}
      {!isFetching && data && <ProofForm byCode={data.totp} onProved={() => settle(true)} />}
      <FormError text={!isFetching && !data && error ? apiError(error).text : undefined} />
    </Sheet>
  );
}

export function Proof() {
  const asked = useAppSelector((state) => state.ui.proof && state.session.phase === "in");
  return asked ? <ProofSheet /> : null;
}
