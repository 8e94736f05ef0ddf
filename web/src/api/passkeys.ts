/* Passkeys: one's own, and what they are asked for. */
import { api, beginSession } from "./api";
import type {
  Assertion,
  Passkey,
  PasskeyAdded,
  PasskeyChallenge,
  PasskeyCreation,
  PasskeyMade,
  Session,
} from "./types";

const passkeys = api.injectEndpoints({
  endpoints: (build) => ({
    loginChallenge: build.mutation<PasskeyChallenge, void>({
      query: () => ({ url: "/auth/login/passkey/challenge", method: "POST" }),
    }),
    loginPasskey: build.mutation<Session, Assertion>({
      query: (body) => ({ url: "/auth/login/passkey", method: "POST", body }),
      onQueryStarted: beginSession,
    }),
    factorChallenge: build.mutation<PasskeyChallenge, { pending: string }>({
      query: (body) => ({ url: "/auth/login/factor/challenge", method: "POST", body }),
    }),
    factorPasskey: build.mutation<Session, Assertion & { pending: string }>({
      query: (body) => ({ url: "/auth/login/factor/passkey", method: "POST", body }),
      onQueryStarted: beginSession,
    }),
    proveChallenge: build.mutation<PasskeyChallenge, void>({
      query: () => ({ url: "/auth/prove/challenge", method: "POST" }),
    }),
    passkeys: build.query<Passkey[], void>({
      query: () => "/auth/passkeys",
      transformResponse: (answer: { passkeys: Passkey[] }) => answer.passkeys,
      providesTags: ["Security"],
    }),
    addChallenge: build.mutation<PasskeyCreation, void>({
      query: () => ({ url: "/auth/passkeys/challenge", method: "POST" }),
    }),
    addPasskey: build.mutation<PasskeyAdded, PasskeyMade & { name: string }>({
      query: (body) => ({ url: "/auth/passkeys", method: "POST", body }),
      invalidatesTags: (answer) => (answer ? ["Security", "Me"] : []),
    }),
    namePasskey: build.mutation<{ id: string; name: string }, { id: string; name: string }>({
      query: ({ id, name }) => ({ url: `/auth/passkeys/${id}`, method: "PATCH", body: { name } }),
      invalidatesTags: ["Security"],
    }),
    removePasskey: build.mutation<null, string>({
      query: (id) => ({ url: `/auth/passkeys/${id}`, method: "DELETE" }),
      invalidatesTags: ["Security"],
    }),
  }),
});

export const {
  useLoginChallengeMutation,
  useLoginPasskeyMutation,
  useFactorChallengeMutation,
  useFactorPasskeyMutation,
  useProveChallengeMutation,
  usePasskeysQuery,
  useAddChallengeMutation,
  useAddPasskeyMutation,
  useNamePasskeyMutation,
  useRemovePasskeyMutation,
} = passkeys;
