/* API apps: docs/protocols/api.md, "API apps". */
import { api } from "../api/api";

export const SCOPES = {
  profile: "See your name, e-mail and client id",
  "orders.read": "See your orders and trades",
  "orders.write": "Place, change and cancel your orders",
  "portfolio.read": "See your positions",
  "market.read": "See prices and depth",
} as const;
export type Scope = keyof typeof SCOPES;
export const ALL_SCOPES = Object.keys(SCOPES) as Scope[];

export interface AppRow {
  api_key: string;
  name: string;
  user_id: string;
  own: boolean;
  redirect_url: string;
  scopes: Scope[];
  ips: string[];
  ips_for_all: boolean;
  /* Made with one of Kite's libraries, which know no PKCE. */
  kite_library: boolean;
  /* Its tokens are bound to a key of its own (DPoP). */
  bound: boolean;
  created: string;
  secret_set: string;
  ips_set: string | null;
  revoked: string | null;
  connected: boolean;
  /* While it is connected: what of `scopes` it may for who asks. */
  granted: Scope[];
}

export interface NewApp {
  name: string;
  redirect_url: string;
  scopes: Scope[];
  ips: string[];
  kite_library: boolean;
}

export interface AppSecret {
  api_key: string;
  api_secret: string;
}

export interface AsksApp {
  api_key: string;
  name: string;
  redirect_url: string;
  scopes: Scope[];
  /* What was said yes to the last time; none: never. */
  granted: Scope[];
}

/* PKCE, as the app's link has it. */
export interface Challenge {
  code_challenge?: string;
  code_challenge_method?: string;
}

export interface Yes extends Challenge {
  api_key: string;
  scopes: Scope[];
  redirect_params?: string;
}

const at = (key: string) => `/apps/${encodeURIComponent(key)}`;

const appsApi = api.enhanceEndpoints({ addTagTypes: ["App"] }).injectEndpoints({
  endpoints: (build) => ({
    /* bound_demanded: every token is bound to a key, and none goes to a library of Kite's. */
    apps: build.query<{ apps: AppRow[]; url: string; bound_demanded: boolean }, void>({
      query: () => "/apps",
      providesTags: ["App"],
    }),
    createApp: build.mutation<AppSecret, NewApp>({
      query: (body) => ({ url: "/apps", method: "POST", body }),
      transformResponse: (answer: { app: AppRow; api_secret: string }) => ({
        api_key: answer.app.api_key,
        api_secret: answer.api_secret,
      }),
      invalidatesTags: ["App"],
    }),
    renewSecret: build.mutation<AppSecret, string>({
      query: (key) => ({ url: `${at(key)}/secret`, method: "POST" }),
      invalidatesTags: ["App"],
    }),
    setAddresses: build.mutation<null, { key: string; ips: string[]; ips_for_all: boolean }>({
      query: ({ key, ...body }) => ({ url: `${at(key)}/addresses`, method: "PUT", body }),
      invalidatesTags: ["App"],
    }),
    endApp: build.mutation<null, string>({
      query: (key) => ({ url: at(key), method: "DELETE" }),
      invalidatesTags: ["App"],
    }),
    disconnectApp: build.mutation<null, string>({
      query: (key) => ({ url: `${at(key)}/grant`, method: "DELETE" }),
      invalidatesTags: ["App"],
    }),
    narrowApp: build.mutation<null, { key: string; scopes: Scope[] }>({
      query: ({ key, scopes }) => ({ url: `${at(key)}/grant`, method: "PUT", body: { scopes } }),
      invalidatesTags: ["App"],
    }),
    setProofs: build.mutation<null, { key: string; kite_library: boolean; bound: boolean }>({
      query: ({ key, ...body }) => ({ url: `${at(key)}/library`, method: "PUT", body }),
      invalidatesTags: ["App"],
    }),
    asksApp: build.query<AsksApp, { api_key: string } & Challenge>({
      query: (params) => ({ url: "/connect", params }),
      transformResponse: (answer: { app: AsksApp }) => answer.app,
      keepUnusedDataFor: 0,
    }),
    sayYes: build.mutation<{ redirect: string }, Yes>({
      query: (body) => ({ url: "/connect", method: "POST", body }),
      invalidatesTags: ["App"],
    }),
  }),
});

export const {
  useAppsQuery,
  useCreateAppMutation,
  useRenewSecretMutation,
  useSetAddressesMutation,
  useEndAppMutation,
  useDisconnectAppMutation,
  useNarrowAppMutation,
  useSetProofsMutation,
  useAsksAppQuery,
  useSayYesMutation,
} = appsApi;
