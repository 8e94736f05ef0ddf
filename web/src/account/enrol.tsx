/* Setting up an authenticator app: its secret as a picture and as text, then a code to prove that
 * the app has it. */
import { useEffect, useRef, useState, type FormEvent } from "react";
import { useConfirmTotpMutation, useEnrolTotpMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { Enrolment } from "../api/types";
import { FormError } from "../auth/card";
import { CodeField } from "../auth/code-field";
import { Button } from "../ui/button";
import { Loading } from "../ui/parts";
import { Sheet } from "../ui/sheet";

/* "ABCD EFGH ...": a person may have to type it. */
const inFours = (secret: string) => secret.replace(/(.{4})(?=.)/g, "$1 ");

function Secret({ enrolment }: { enrolment: Enrolment }) {
  return (
    <>
      <p className="mb-3">Scan this with the app, or type the key into it.</p>
      <img
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr_svg)}`}
        alt="QR code of the key below"
        className="mx-auto mb-3 size-52 rounded-md"
        data-testid="totp-qr"
      />
      <p
        className="mb-4 rounded-md border border-line bg-bg p-2 text-center font-mono break-words"
        data-testid="totp-secret"
      >
        {inFours(enrolment.secret)}
      </p>
    </>
  );
}

interface Props {
  onClose: () => void;
  onDone: (recoveryCodes: string[]) => void;
}

export function EnrolSheet({ onClose, onDone }: Props) {
  const [code, setCode] = useState("");
  const [enrol, enrolled] = useEnrolTotpMutation();
  const [confirm, { isLoading, error }] = useConfirmTotpMutation();
  const begun = useRef(false);
  useEffect(() => {
    /* Each call makes another secret: once. */
    if (begun.current) return;
    begun.current = true;
    void enrol();
  }, [enrol]);

  const problem = error ? apiError(error) : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading || code.trim() === "") return;
    const answer = await confirm({ code: code.trim() });
    if (answer.data) onDone(answer.data);
  };
  return (
    <Sheet title="Set up an authenticator app" onClose={onClose}>
      {enrolled.isLoading && <Loading what="a key" />}
      <FormError text={enrolled.error ? apiError(enrolled.error).text : undefined} />
      {enrolled.data && (
        <>
          <Secret enrolment={enrolled.data} />
          <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
            <CodeField
              appOnly
              value={code}
              onChange={setCode}
              error={problem?.field === "code" ? problem.text : undefined}
            />
            <FormError text={problem?.field === "code" ? undefined : problem?.text} />
            <Button
              type="submit"
              look="primary"
              size="lg"
              disabled={isLoading}
              data-testid="totp-confirm"
            >
              {isLoading ? "Checking" : "Turn it on"}
            </Button>
          </form>
        </>
      )}
    </Sheet>
  );
}
