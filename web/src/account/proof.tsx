/* Asks for the factor or the password again before something that cannot be taken back. */
import { useState, type FormEvent } from "react";
import { useProveMutation, useSecurityQuery } from "../api/api";
import { apiError } from "../api/errors";
import { useProveChallengeMutation } from "../api/passkeys";
import type { Security } from "../api/types";
import { settleProof } from "../app/step-up";
import { useAppDispatch, useAppSelector } from "../app/store";
import { FormError } from "../auth/card";
import { FactorForm } from "../auth/factor-form";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Loading } from "../ui/parts";
import { Sheet } from "../ui/sheet";

const SUBMIT = { text: "Go on", busy: "Checking", testId: "proof-submit" };

function PasswordProof({ onProved }: { onProved: () => void }) {
  const email = useAppSelector((state) => state.session.user?.email ?? "");
  const [password, setPassword] = useState("");
  const [prove, { isLoading, error }] = useProveMutation();
  const problem = error ? apiError(error) : undefined;
  const atField = problem?.field === "password" ? problem.text : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading || password === "") return;
    const answer = await prove({ password });
    if (answer.data) onProved();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
      <input type="hidden" autoComplete="username" value={email} readOnly />
      <Field
        label="Password"
        type="password"
        autoComplete="current-password"
        autoFocus
        required
        value={password}
        error={atField}
        onChange={(event) => setPassword(event.target.value)}
        data-testid="proof-password"
      />
      <FormError text={atField ? undefined : problem?.text} />
      <Button
        type="submit"
        look="primary"
        size="lg"
        disabled={isLoading}
        data-testid={SUBMIT.testId}
      >
        {isLoading ? SUBMIT.busy : SUBMIT.text}
      </Button>
    </form>
  );
}

export function FactorProof({ security, onProved }: { security: Security; onProved: () => void }) {
  const demanded = useAppSelector((state) => state.session.user?.factor_demanded);
  /* Then the app's codes do not do; a recovery code does. */
  const passkeyOnly = demanded === "passkey" && security.passkeys > 0;
  const [challenge] = useProveChallengeMutation();
  const [prove, { isLoading, error }] = useProveMutation();
  const byCode = async (code: string) => {
    const answer = await prove({ code });
    if (answer.data) onProved();
  };
  return (
    <FactorForm
      byCode={security.totp && !passkeyOnly}
      byPasskey={security.passkeys > 0}
      steps={{
        ask: () => challenge().unwrap(),
        send: async (assertion) => {
          await prove(assertion).unwrap();
          onProved();
        },
      }}
      onCode={(code) => void byCode(code)}
      sending={isLoading}
      problem={error && apiError(error).field !== "passkey" ? apiError(error) : undefined}
      submit={SUBMIT}
    />
  );
}

function ProofForm({ security, onProved }: { security: Security; onProved: () => void }) {
  const hasFactor = security.totp || security.passkeys > 0;
  return (
    <>
      <p className="mb-3">You can do this for a while after you have shown who you are.</p>
      {hasFactor ? (
        <FactorProof security={security} onProved={onProved} />
      ) : (
        <PasswordProof onProved={onProved} />
      )}
    </>
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
      {!isFetching && data && <ProofForm security={data} onProved={() => settle(true)} />}
      <FormError text={!isFetching && !data && error ? apiError(error).text : undefined} />
    </Sheet>
  );
}

export function Proof() {
  const asked = useAppSelector((state) => state.ui.proof && state.session.phase === "in");
  return asked ? <ProofSheet /> : null;
}
