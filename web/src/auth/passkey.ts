/* The browser's side of WebAuthn: bytes travel as base64url without padding (docs/protocols/api.md,
 * CHALLENGE and ASSERTION). */
import type { Assertion, PasskeyChallenge, PasskeyCreation, PasskeyMade } from "../api/types";

export const passkeysWork = (): boolean => typeof globalThis.PublicKeyCredential === "function";

export function toText(data: ArrayBuffer): string {
  const raw = String.fromCharCode(...new Uint8Array(data));
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

const named = (id: string): PublicKeyCredentialDescriptor => ({
  type: "public-key",
  id: toBytes(id),
});

/* Nothing of the kind that was asked for: no browser does that. */
function odd(): never {
  throw new Error("the browser gave another kind of credential");
}

export async function makePasskey(asked: PasskeyCreation): Promise<PasskeyMade> {
  const { user } = asked;
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: toBytes(asked.challenge),
      rp: { id: asked.rp_id, name: "Bijli" },
      user: { id: toBytes(user.id), name: user.name, displayName: user.display_name },
      pubKeyCredParams: asked.algs.map((alg) => ({ type: "public-key", alg })),
      timeout: asked.timeout_ms,
      excludeCredentials: asked.exclude.map(named),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  });
  if (!(made instanceof PublicKeyCredential)) odd();
  const { response } = made;
  if (!(response instanceof AuthenticatorAttestationResponse)) odd();
  return {
    client_data: toText(response.clientDataJSON),
    authenticator_data: toText(response.getAuthenticatorData()),
  };
}

export async function askPasskey(asked: PasskeyChallenge): Promise<Assertion> {
  const given = await navigator.credentials.get({
    publicKey: {
      challenge: toBytes(asked.challenge),
      rpId: asked.rp_id,
      timeout: asked.timeout_ms,
      allowCredentials: asked.allow.map(named),
      userVerification: "required",
    },
  });
  if (!(given instanceof PublicKeyCredential)) odd();
  const { response } = given;
  if (!(response instanceof AuthenticatorAssertionResponse)) odd();
  const { userHandle } = response;
  return {
    credential: toText(given.rawId),
    client_data: toText(response.clientDataJSON),
    authenticator_data: toText(response.authenticatorData),
    signature: toText(response.signature),
    ...(userHandle && userHandle.byteLength > 0 && { user_handle: toText(userHandle) }),
  };
}

const PROBLEMS: Record<string, string> = {
  NotAllowedError: "Nothing was chosen, or it took too long.",
  AbortError: "Nothing was chosen, or it took too long.",
  InvalidStateError: "This device has a passkey of yours already.",
  NotSupportedError: "This device cannot make a passkey that Bijli takes.",
  SecurityError: "Passkeys do not work at this address.",
};

/* What the browser said, in words; undefined: it was not the browser. */
export function browserProblem(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return PROBLEMS[cause.name] ?? "The browser could not do that.";
}
