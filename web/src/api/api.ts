/* The server's HTTP interface (docs/protocols/api.md) as RTK Query endpoints. */
import {
  createApi,
  fetchBaseQuery,
  type BaseQueryFn,
  type FetchArgs,
  type FetchBaseQueryError,
} from "@reduxjs/toolkit/query/react";
import { apiError } from "./errors";
import { mergeOrders, putOrder } from "../live/patch";
import { askProof, settleProof } from "../app/step-up";
import {
  factorWanted,
  sessionBegan,
  sessionEnded,
  unfitFound,
  type SessionState,
} from "../app/session";
import type {
  Activity,
  Assertion,
  Book,
  CandleRow,
  Contact,
  ContactKind,
  Device,
  Elevation,
  ElevationAsk,
  Elevations,
  Enrolment,
  ExportAnswer,
  ExportFormat,
  FactorAsked,
  Instrument,
  Interval,
  LoggedIn,
  NewOrder,
  Order,
  OrderChange,
  Position,
  Privacy,
  QuoteRow,
  ResetAnswer,
  Security,
  Session,
  Status,
  TickTicket,
  Told,
  Trade,
} from "./types";

const ORDER_LIMIT = 200;
const CANDLE_LIMIT = 300;
/* Longer than the server waits for the engine before it says unknown_outcome. */
const TIMEOUT_MS = 12_000;

const send = fetchBaseQuery({
  baseUrl: "/api/v1",
  credentials: "same-origin",
  timeout: TIMEOUT_MS,
  prepareHeaders(headers, { getState }) {
    const { csrf } = (getState() as { session: SessionState }).session;
    if (csrf) headers.set("X-CSRF-Token", csrf);
    return headers;
  },
});

function wants(error: FetchBaseQueryError | undefined, code: string): boolean {
  return error?.status === 403 && apiError(error).code === code;
}

type Send = BaseQueryFn<string | FetchArgs, unknown, FetchBaseQueryError>;

/* The session's cookie is another after each step-up and the like, in whichever tab that was: what
 * was on its way with the old one is refused, undone, and is right a moment later. */
const ANOTHER_COOKIE_MS = [150, 450];

const sendKeyed: Send = async (args, store, extra) => {
  let answer = await send(args, store, extra);
  for (const pause_ms of ANOTHER_COOKIE_MS) {
    const { phase } = (store.getState() as { session: SessionState }).session;
    if (answer.error?.status !== 401 || phase !== "in") break;
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
    answer = await send(args, store, extra);
  }
  return answer;
};

/* A 401 that stays means that the session is over; the router then shows the log-in page.  A request
 * that wants a fresh proof is sent again once there is one; one that wants the factor leads there. */
const sendWatched: Send = async (args, store, extra) => {
  let answer = await sendKeyed(args, store, extra);
  if (wants(answer.error, "step_up_required") && (await askProof(store))) {
    answer = await sendKeyed(args, store, extra);
  }
  if (answer.error?.status === 401) {
    store.dispatch(sessionEnded());
    settleProof(store, false);
  }
  if (wants(answer.error, "factor_required")) store.dispatch(factorWanted());
  for (const code of ["device_required", "browser_too_old"] as const) {
    if (wants(answer.error, code)) store.dispatch(unfitFound(code));
  }
  return answer;
};

export interface SignUpForm {
  name: string;
  email: string;
  phone: string;
  password: string;
}

/* An answer about an order goes into the list at once, without waiting for the stream. */
interface OrderAnswer {
  dispatch: (action: unknown) => unknown;
  queryFulfilled: Promise<{ data: Order }>;
}

async function keepOrder(_arg: unknown, { dispatch, queryFulfilled }: OrderAnswer): Promise<void> {
  try {
    const { data } = await queryFulfilled;
    dispatch(api.util.updateQueryData("orders", undefined, (list) => putOrder(list, data)));
  } catch {
    /* Whoever sent it says so; the list must not guess. */
    dispatch(api.util.invalidateTags(["Order"]));
  }
}

/* A session begins with whichever step of the log-in is the last one. */
interface LoginStep {
  dispatch: (action: unknown) => unknown;
  queryFulfilled: Promise<{ data: Session | FactorAsked }>;
}

export async function beginSession(
  _arg: unknown,
  { dispatch, queryFulfilled }: LoginStep,
): Promise<void> {
  try {
    const { data } = await queryFulfilled;
    if ("user" in data) dispatch(sessionBegan(data));
  } catch {
    /* The form shows it. */
  }
}

export const api = createApi({
  baseQuery: sendWatched,
  tagTypes: [
    "Order",
    "Trade",
    "Position",
    "Watchlist",
    "Instrument",
    "AdminOrder",
    "Elevation",
    "Security",
    "Place",
    "Privacy",
    "Contact",
    "Me",
    "WorkDevice",
  ],
  refetchOnReconnect: true,
  endpoints: (build) => ({
    me: build.query<Session, void>({
      query: () => "/me",
      providesTags: ["Me"],
      async onQueryStarted(_arg, { dispatch, queryFulfilled }) {
        try {
          dispatch(sessionBegan((await queryFulfilled).data));
        } catch {
          /* 401 has been handled; anything else is shown by whoever asked. */
        }
      },
    }),
    login: build.mutation<Session | FactorAsked, { email: string; password: string }>({
      query: (body) => ({ url: "/auth/login", method: "POST", body }),
      onQueryStarted: beginSession,
    }),
    loginFactor: build.mutation<Session, { pending: string; code: string }>({
      query: (body) => ({ url: "/auth/login/factor", method: "POST", body }),
      onQueryStarted: beginSession,
    }),
    register: build.mutation<{ next: string }, SignUpForm>({
      query: (body) => ({ url: "/auth/register", method: "POST", body }),
    }),
    confirm: build.mutation<{ ok: boolean }, { token: string }>({
      query: (body) => ({ url: "/auth/confirm", method: "POST", body }),
    }),
    logout: build.mutation<null, void>({
      query: () => ({ url: "/auth/logout", method: "POST" }),
    }),

    prove: build.mutation<{ fresh_s: number }, { code: string } | { password: string } | Assertion>(
      {
        query: (body) => ({ url: "/auth/prove", method: "POST", body }),
      },
    ),
    security: build.query<Security, void>({
      query: () => "/auth/security",
      providesTags: ["Security"],
    }),
    changePassword: build.mutation<null, { old: string; password: string }>({
      query: (body) => ({ url: "/auth/password", method: "POST", body }),
    }),
    forgot: build.mutation<{ next: string }, { email: string }>({
      query: (body) => ({ url: "/auth/forgot", method: "POST", body }),
    }),
    reset: build.mutation<ResetAnswer, { token: string; password: string; code?: string }>({
      query: (body) => ({ url: "/auth/reset", method: "POST", body }),
    }),
    undo: build.mutation<{ back: ContactKind | "factors" }, { token: string }>({
      query: (body) => ({ url: "/auth/undo", method: "POST", body }),
    }),
    contact: build.query<Contact, void>({
      query: () => "/me/contact",
      providesTags: ["Contact"],
      keepUnusedDataFor: 0,
    }),
    askContact: build.mutation<{ next: string }, { kind: ContactKind; to: string }>({
      query: ({ kind, to }) => ({
        url: `/me/contact/${kind}`,
        method: "POST",
        body: { [kind]: to },
      }),
      invalidatesTags: ["Contact"],
    }),
    contactCode: build.mutation<{ next: string }, ContactKind>({
      query: (kind) => ({ url: `/me/contact/${kind}/code`, method: "POST" }),
      invalidatesTags: ["Contact"],
    }),
    confirmContact: build.mutation<{ ok: boolean }, { kind: ContactKind; code: string }>({
      query: ({ kind, code }) => ({
        url: `/me/contact/${kind}/confirm`,
        method: "POST",
        body: { code },
      }),
      /* Who one is has changed, and whether one may trade. */
      invalidatesTags: (answer) => (answer ? ["Contact", "Me", "Place"] : []),
    }),
    dropContact: build.mutation<null, ContactKind>({
      query: (kind) => ({ url: `/me/contact/${kind}`, method: "DELETE" }),
      invalidatesTags: ["Contact"],
    }),
    enrolTotp: build.mutation<Enrolment, void>({
      query: () => ({ url: "/auth/totp", method: "POST" }),
    }),
    /* Answers with the recovery codes, this once. */
    confirmTotp: build.mutation<string[], { code: string }>({
      query: (body) => ({ url: "/auth/totp/confirm", method: "POST", body }),
      transformResponse: (answer: { recovery_codes: string[] }) => answer.recovery_codes,
      invalidatesTags: (answer) => (answer ? ["Security", "Me"] : []),
    }),
    removeTotp: build.mutation<null, void>({
      query: () => ({ url: "/auth/totp", method: "DELETE" }),
      invalidatesTags: ["Security"],
    }),
    renewRecovery: build.mutation<string[], void>({
      query: () => ({ url: "/auth/recovery", method: "POST" }),
      transformResponse: (answer: { recovery_codes: string[] }) => answer.recovery_codes,
      invalidatesTags: ["Security"],
    }),

    sessions: build.query<LoggedIn[], void>({
      query: () => "/me/sessions",
      transformResponse: (answer: { sessions: LoggedIn[] }) => answer.sessions,
      providesTags: ["Place"],
      keepUnusedDataFor: 0,
    }),
    endSession: build.mutation<null, string>({
      query: (id) => ({ url: `/me/sessions/${id}`, method: "DELETE" }),
      invalidatesTags: ["Place"],
    }),
    endOthers: build.mutation<{ ended: number }, void>({
      query: () => ({ url: "/me/sessions", method: "DELETE" }),
      invalidatesTags: ["Place"],
    }),
    devices: build.query<Device[], void>({
      query: () => "/me/devices",
      transformResponse: (answer: { devices: Device[] }) => answer.devices,
      providesTags: ["Place"],
      keepUnusedDataFor: 0,
    }),
    forgetDevice: build.mutation<null, string>({
      query: (id) => ({ url: `/me/devices/${id}`, method: "DELETE" }),
      invalidatesTags: ["Place"],
    }),
    activity: build.query<Activity[], void>({
      query: () => "/me/activity",
      transformResponse: (answer: { activity: Activity[] }) => answer.activity,
      providesTags: ["Place", "Security"],
      keepUnusedDataFor: 0,
    }),

    privacy: build.query<Privacy, void>({
      query: () => "/me/privacy",
      providesTags: ["Privacy"],
    }),
    export: build.mutation<ExportAnswer, ExportFormat>({
      query: (format) => ({ url: "/me/export", method: "POST", body: { format } }),
    }),
    consent: build.mutation<
      { purpose: string; given: boolean },
      { purpose: string; version: number; given: boolean }
    >({
      query: (body) => ({ url: "/me/consents", method: "POST", body }),
      invalidatesTags: ["Privacy"],
    }),
    askErasure: build.mutation<{ erasure: Privacy["erasure"] }, void>({
      query: () => ({ url: "/me/erasure", method: "POST" }),
      invalidatesTags: ["Privacy"],
    }),
    withdrawErasure: build.mutation<null, void>({
      query: () => ({ url: "/me/erasure", method: "DELETE" }),
      invalidatesTags: ["Privacy"],
    }),

    instruments: build.query<Instrument[], void>({
      query: () => "/instruments",
      transformResponse: (answer: { instruments: Instrument[] }) => answer.instruments,
      providesTags: ["Instrument"],
    }),
    quotes: build.query<QuoteRow[], void>({
      query: () => "/market/quotes",
      transformResponse: (answer: { quotes: QuoteRow[] }) => answer.quotes,
    }),
    book: build.query<Book, string>({
      query: (symbol) => ({
        url: `/market/book/${encodeURIComponent(symbol)}`,
        params: { levels: 5 },
      }),
      keepUnusedDataFor: 0,
    }),
    candles: build.query<CandleRow[], { symbol: string; interval: Interval }>({
      query: ({ symbol, interval }) => ({
        url: `/market/candles/${encodeURIComponent(symbol)}`,
        params: { interval, limit: CANDLE_LIMIT },
      }),
      transformResponse: (answer: { candles: CandleRow[] }) => answer.candles,
      keepUnusedDataFor: 0,
    }),
    tickTicket: build.query<TickTicket, void>({
      query: () => "/market/ticket",
      keepUnusedDataFor: 0,
    }),
    watchlist: build.query<string[], void>({
      query: () => "/watchlist",
      transformResponse: (answer: { symbols: string[] }) => answer.symbols,
      providesTags: ["Watchlist"],
    }),
    setWatchlist: build.mutation<string[], string[]>({
      query: (symbols) => ({ url: "/watchlist", method: "PUT", body: { symbols } }),
      transformResponse: (answer: { symbols: string[] }) => answer.symbols,
      async onQueryStarted(symbols, { dispatch, queryFulfilled }) {
        const patch = dispatch(api.util.updateQueryData("watchlist", undefined, () => symbols));
        try {
          await queryFulfilled;
        } catch {
          patch.undo();
        }
      },
    }),

    orders: build.query<Order[], void>({
      query: () => ({ url: "/orders", params: { state: "all", limit: ORDER_LIMIT } }),
      transformResponse: (answer: { orders: Order[] }) => answer.orders,
      /* The stream may already know more than the database that this list comes from. */
      merge: (held, fetched) => mergeOrders(held, fetched),
      providesTags: ["Order"],
    }),
    placeOrder: build.mutation<Order, NewOrder>({
      query: (body) => ({ url: "/orders", method: "POST", body }),
      transformResponse: (answer: { order: Order }) => answer.order,
      onQueryStarted: keepOrder,
    }),
    modifyOrder: build.mutation<Order, OrderChange & { id: string }>({
      query: ({ id, ...body }) => ({
        url: `/orders/${encodeURIComponent(id)}`,
        method: "PATCH",
        body,
      }),
      transformResponse: (answer: { order: Order }) => answer.order,
      onQueryStarted: keepOrder,
    }),
    cancelOrder: build.mutation<Order, string>({
      query: (id) => ({ url: `/orders/${encodeURIComponent(id)}`, method: "DELETE" }),
      transformResponse: (answer: { order: Order }) => answer.order,
      onQueryStarted: keepOrder,
    }),
    trades: build.query<Trade[], void>({
      query: () => ({ url: "/trades", params: { limit: ORDER_LIMIT } }),
      transformResponse: (answer: { trades: Trade[] }) => answer.trades,
      providesTags: ["Trade"],
    }),
    positions: build.query<Position[], void>({
      query: () => "/positions",
      transformResponse: (answer: { positions: Position[] }) => answer.positions,
      providesTags: ["Position"],
    }),

    status: build.query<Status, void>({ query: () => "/status" }),
    adminOrders: build.query<Order[], { state: "open" | "all"; symbol: string }>({
      query: ({ state, symbol }) => ({
        url: "/admin/orders",
        params: { state, limit: ORDER_LIMIT, ...(symbol ? { symbol } : {}) },
      }),
      transformResponse: (answer: { orders: Order[] }) => answer.orders,
      providesTags: ["AdminOrder"],
    }),
    elevations: build.query<Elevations, void>({
      query: () => "/elevations",
      providesTags: ["Elevation"],
    }),
    askElevation: build.mutation<Elevation, ElevationAsk>({
      query: (body) => ({ url: "/elevations", method: "POST", body }),
      transformResponse: (answer: { elevation: Elevation }) => answer.elevation,
      invalidatesTags: ["Elevation"],
    }),
    decideElevation: build.mutation<Elevation, { id: string; yes: boolean; reason?: string }>({
      query: ({ id, yes, ...body }) => ({
        url: `/elevations/${encodeURIComponent(id)}/${yes ? "approve" : "refuse"}`,
        method: "POST",
        body,
      }),
      transformResponse: (answer: { elevation: Elevation }) => answer.elevation,
      invalidatesTags: ["Elevation", "Instrument"],
    }),
    endElevation: build.mutation<Elevation, string>({
      query: (id) => ({ url: `/elevations/${encodeURIComponent(id)}/end`, method: "POST" }),
      transformResponse: (answer: { elevation: Elevation }) => answer.elevation,
      invalidatesTags: ["Elevation"],
    }),
    setHalt: build.mutation<Told, { symbol: string; action: "halt" | "resume"; reason: string }>({
      query: ({ symbol, action, reason }) => ({
        url: `/admin/instruments/${encodeURIComponent(symbol)}/${action}`,
        method: "POST",
        body: { reason },
      }),
      invalidatesTags: ["Instrument", "AdminOrder", "Elevation"],
    }),
  }),
});

export const {
  useMeQuery,
  useElevationsQuery,
  useAskElevationMutation,
  useDecideElevationMutation,
  useEndElevationMutation,
  useLoginMutation,
  useLoginFactorMutation,
  useProveMutation,
  useSecurityQuery,
  useChangePasswordMutation,
  useForgotMutation,
  useResetMutation,
  useUndoMutation,
  useContactQuery,
  useAskContactMutation,
  useContactCodeMutation,
  useConfirmContactMutation,
  useDropContactMutation,
  useEnrolTotpMutation,
  useConfirmTotpMutation,
  useRemoveTotpMutation,
  useRenewRecoveryMutation,
  useRegisterMutation,
  useConfirmMutation,
  useLogoutMutation,
  usePrivacyQuery,
  useExportMutation,
  useConsentMutation,
  useAskErasureMutation,
  useWithdrawErasureMutation,
  useInstrumentsQuery,
  useQuotesQuery,
  useBookQuery,
  useCandlesQuery,
  useWatchlistQuery,
  useSetWatchlistMutation,
  useOrdersQuery,
  usePlaceOrderMutation,
  useModifyOrderMutation,
  useCancelOrderMutation,
  useTradesQuery,
  usePositionsQuery,
  useStatusQuery,
  useAdminOrdersQuery,
  useSetHaltMutation,
  useSessionsQuery,
  useEndSessionMutation,
  useEndOthersMutation,
  useDevicesQuery,
  useForgetDeviceMutation,
  useActivityQuery,
} = api;
