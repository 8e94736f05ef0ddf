/* What the screens share and no server knows: the instrument on the desk, a price clicked in the
 * ladder on its way to the ticket, toasts, and which parts the server says are away. */
import { createSlice, type PayloadAction } from "@reduxjs/toolkit";
import type { Side } from "../api/types";

export type ToastKind = "good" | "bad" | "note";

export interface Toast {
  id: number;
  kind: ToastKind;
  title: string;
  text: string;
}

/* What a click elsewhere asks of the ticket.  `seq` makes the same click twice two requests. */
export interface TicketFill {
  seq: number;
  side?: Side;
  price_paise?: number;
  qty?: number;
}

export interface UiState {
  symbol: string | null;
  fill: TicketFill;
  toasts: Toast[];
  toast_seq: number;
  degraded: string[];
}

const TOAST_MAX = 3;
const initialState: UiState = {
  symbol: null,
  fill: { seq: 0 },
  toasts: [],
  toast_seq: 0,
  degraded: [],
};

const slice = createSlice({
  name: "ui",
  initialState,
  reducers: {
    symbolChosen(state, action: PayloadAction<string>) {
      state.symbol = action.payload;
    },
    ticketFilled(state, action: PayloadAction<Omit<TicketFill, "seq">>) {
      state.fill = { ...action.payload, seq: state.fill.seq + 1 };
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
  },
});

export const { symbolChosen, ticketFilled, toastShown, toastGone, degradedTold } = slice.actions;
export const uiReducer = slice.reducer;
