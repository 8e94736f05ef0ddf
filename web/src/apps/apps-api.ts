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
  created: string;
  secret_set: string;
  ips_set: string | null;
  revoked: string | null;
  connected: boolean;
}

export interface NewApp {
  name: string;
  redirect_url: string;
  scopes: Scope[];
  ips: string[];
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
}

const at = (key: string) => `/apps/${encodeURIComponent(key)}`;

const appsApi = api.enhanceEndpoints({ addTagTypes: ["App"] }).injectEndpoints({
  endpoints: (build) => ({
    apps: build.query<{ apps: AppRow[]; url: string }, void>({
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
    asksApp: build.query<AsksApp, string>({
      query: (api_key) => ({ url: "/connect", params: { api_key } }),
      transformResponse: (answer: { app: AsksApp }) => answer.app,
      keepUnusedDataFor: 0,
    }),
    sayYes: build.mutation<{ redirect: string }, { api_key: string; redirect_params?: string }>({
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
  useAsksAppQuery,
  useSayYesMutation,
} = appsApi;
