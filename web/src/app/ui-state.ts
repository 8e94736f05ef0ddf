/* What the screens share and no server knows: the instrument on the desk, a price clicked in the
 * ladder on its way to the ticket, toasts, and which parts the server says are away. */
import { createSlice, type PayloadAction } from "@reduxjs/toolkit";
import type { Side } from "../api/types";
import { sessionEnded } from "./session";

export type ToastKind = "good" | "bad" | "note";

export interface Toast {
  id: number;
  kind: ToastKind;
  title: string;
  text: string;
}

/* What a click elsewhere asks of that instrument's ticket, until the ticket has taken it. */
export interface TicketFill {
  symbol: string;
  side?: Side;
  price_paise?: number;
  qty?: number;
}

export interface UiState {
  symbol: string | null;
  fill: TicketFill | null;
  toasts: Toast[];
  toast_seq: number;
  degraded: string[];
  /* Which of the two sockets are open. */
  links: Links;
  /* A request waits until the person has proved who it is. */
  proof: boolean;
  /* The phone number is to be verified, but not now. */
  phone_later: boolean;
}

export interface Links {
  ticks: boolean;
  orders: boolean;
}

const TOAST_MAX = 2;
const initialState: UiState = {
  symbol: null,
  fill: null,
  toasts: [],
  toast_seq: 0,
  degraded: [],
  links: { ticks: false, orders: false },
  proof: false,
  phone_later: false,
};

const slice = createSlice({
  name: "ui",
  initialState,
  reducers: {
    symbolChosen(state, action: PayloadAction<string>) {
      state.symbol = action.payload;
    },
    ticketFilled(state, action: PayloadAction<TicketFill>) {
      state.fill = action.payload;
    },
    ticketFillTaken(state) {
      state.fill = null;
    },
    toastShown(state, action: PayloadAction<Omit<Toast, "id">>) {
      state.toast_seq += 1;
      state.toasts.push({ ...action.payload, id: state.toast_seq });
      state.toasts = state.toasts.slice(-TOAST_MAX);
    },
    toastGone(state, action: PayloadAction<number>) {
      state.toasts = state.toasts.filter((toast) => toast.id !== action.payload);
    },
    degradedTold(state, action: PayloadAction<string[]>) {
      state.degraded = action.payload;
    },
    proofAsked(state) {
      state.proof = true;
    },
    proofSettled(state) {
      state.proof = false;
    },
    phoneLater(state) {
      state.phone_later = true;
    },
    linkChanged(state, action: PayloadAction<Partial<Links>>) {
      Object.assign(state.links, action.payload);
    },
  },
  extraReducers: (builder) => {
    /* The next person on this page is another one. */
    builder.addCase(sessionEnded, (state) => {
      state.phone_later = false;
    });
  },
});

export const {
  symbolChosen,
  ticketFilled,
  ticketFillTaken,
  toastShown,
  toastGone,
  degradedTold,
  linkChanged,
  proofAsked,
  proofSettled,
  phoneLater,
} = slice.actions;
export const uiReducer = slice.reducer;
