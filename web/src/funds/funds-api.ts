/* Money, bank accounts and payouts as the server has them (docs/funds.md); the client's routes, and
 * staff's. */
import { api } from "../api/api";

export interface Funds {
  balance_paise: number;
  held_paise: number;
  trades_paise: number;
  orders_paise: number;
  free_paise: number;
}

/* Of the number no more than its last four digits. */
export interface Bank {
  id: string;
  ifsc: string;
  number: string;
  primary: boolean;
  state: "unchecked" | "refused" | "waiting" | "ready";
  added: string;
  usable: string;
  refused: string;
}

export interface Limits {
  new_bank_hours: number;
  day_max_count: number;
  day_max_paise: number;
  min_paise: number;
}

export interface FundsAnswer {
  funds: Funds;
  banks: Bank[];
  limits: Limits;
}

export interface Payout {
  id: string;
  amount_paise: number;
  state: "pending" | "sent" | "returned" | "cancelled";
  asked: string;
  taken: string; // being paid at the bank since then: nobody can stop it; "": not yet
  ended: string;
  utr: string;
  reason: string;
  bank: { number: string; ifsc: string };
}

export interface Line {
  id: string;
  what: "receipt" | "payout" | "settlement" | "correction";
  state: "pending" | "posted" | "voided" | "expired";
  amount_paise: number;
  made: string;
  ended: string;
  corrects: string;
}

export interface StaffPayout extends Payout {
  user_id: string;
  bank_id: string;
  two_people: boolean;
  approved_by: string;
  approved: string;
  taken_by: string;
  ended_by: string;
}

export interface StaffBank extends Bank {
  user_id: string;
  anothers: boolean;
  checked_by: string;
  reference: string;
}

export interface Receipt {
  id: string;
  user_id: string;
  bank_id: string;
  amount_paise: number;
  utr: string;
  paid_on: string;
  state: "waiting" | "approved" | "refused";
  asked_by: string;
  decided_by: string;
  reason: string;
  asked: string;
  bank: { number: string; ifsc: string };
}

export interface NewReceipt {
  id: string;
  bank_id: string;
  amount_paise: number;
  utr: string;
  paid_on: string;
}

/* What staff says to a payout, a bank account or a receipt: the route's last word, and its body. */
export interface StaffAct {
  of: "payouts" | "banks" | "receipts";
  id: string;
  act: "approve" | "take" | "untake" | "send" | "return" | "confirm" | "refuse";
  body?: Record<string, string>;
}

const at = (id: string) => encodeURIComponent(id);

export const fundsApi = api.enhanceEndpoints({ addTagTypes: ["Funds", "Money"] }).injectEndpoints({
  endpoints: (build) => ({
    funds: build.query<FundsAnswer, void>({
      query: () => "/funds",
      providesTags: ["Funds", "Order", "Position"],
    }),
    payouts: build.query<Payout[], void>({
      query: () => "/funds/payouts",
      transformResponse: (answer: { payouts: Payout[] }) => answer.payouts,
      providesTags: ["Funds"],
    }),
    ledgerLines: build.query<Line[], void>({
      query: () => "/funds/ledger",
      transformResponse: (answer: { lines: Line[] }) => answer.lines,
      providesTags: ["Funds"],
    }),
    askPayout: build.mutation<Payout, { id: string; amount_paise: number }>({
      query: (body) => ({ url: "/funds/payouts", method: "POST", body }),
      transformResponse: (answer: { payout: Payout }) => answer.payout,
      invalidatesTags: ["Funds"],
    }),
    cancelPayout: build.mutation<Payout, string>({
      query: (id) => ({ url: `/funds/payouts/${at(id)}`, method: "DELETE" }),
      invalidatesTags: ["Funds"],
    }),
    addBank: build.mutation<null, { number: string; ifsc: string }>({
      query: (body) => ({ url: "/funds/banks", method: "POST", body }),
      invalidatesTags: ["Funds"],
    }),
    makePrimary: build.mutation<null, string>({
      query: (id) => ({ url: `/funds/banks/${at(id)}/primary`, method: "POST" }),
      invalidatesTags: ["Funds"],
    }),
    removeBank: build.mutation<null, string>({
      query: (id) => ({ url: `/funds/banks/${at(id)}`, method: "DELETE" }),
      invalidatesTags: ["Funds"],
    }),

    staffPayouts: build.query<StaffPayout[], void>({
      query: () => "/admin/payouts",
      transformResponse: (answer: { payouts: StaffPayout[] }) => answer.payouts,
      providesTags: ["Money"],
    }),
    staffBanks: build.query<StaffBank[], void>({
      query: () => "/admin/banks",
      transformResponse: (answer: { banks: StaffBank[] }) => answer.banks,
      providesTags: ["Money"],
    }),
    receipts: build.query<Receipt[], void>({
      query: () => "/admin/receipts",
      transformResponse: (answer: { receipts: Receipt[] }) => answer.receipts,
      providesTags: ["Money"],
    }),
    banksOf: build.query<StaffBank[], string>({
      query: (user) => `/admin/funds/${at(user)}`,
      transformResponse: (answer: { banks: StaffBank[] }) => answer.banks,
      keepUnusedDataFor: 0,
    }),
    recordReceipt: build.mutation<null, NewReceipt>({
      query: (body) => ({ url: "/admin/receipts", method: "POST", body }),
      invalidatesTags: ["Money"],
    }),
    revealBank: build.mutation<{ number: string }, { id: string; reason: string }>({
      query: ({ id, ...body }) => ({
        url: `/admin/banks/${at(id)}/reveal`,
        method: "POST",
        body,
      }),
    }),
    staffAct: build.mutation<null, StaffAct>({
      query: ({ of, id, act, body }) => ({
        url: `/admin/${of}/${at(id)}/${act}`,
        method: "POST",
        ...(body ? { body } : {}),
      }),
      invalidatesTags: ["Money"],
    }),
  }),
});

export const {
  useFundsQuery,
  usePayoutsQuery,
  useLedgerLinesQuery,
  useAskPayoutMutation,
  useCancelPayoutMutation,
  useAddBankMutation,
  useMakePrimaryMutation,
  useRemoveBankMutation,
  useStaffPayoutsQuery,
  useStaffBanksQuery,
  useReceiptsQuery,
  useLazyBanksOfQuery,
  useRecordReceiptMutation,
  useRevealBankMutation,
  useStaffActMutation,
} = fundsApi;
