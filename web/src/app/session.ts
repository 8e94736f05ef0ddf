/* Who is logged in.  `unknown` until /me has answered once; the CSRF token lives in memory only. */
import { createSlice, type PayloadAction } from "@reduxjs/toolkit";
import type { Session, User } from "../api/types";

export interface SessionState {
  phase: "unknown" | "out" | "in";
  user: User | null;
  csrf: string;
  /* Of staff: why this computer or browser may not be worked with. */
  unfit?: "device_required" | "browser_too_old";
}

const OUT: SessionState = { phase: "out", user: null, csrf: "" };
const initialState: SessionState = { ...OUT, phase: "unknown" };

const slice = createSlice({
  name: "session",
  initialState,
  reducers: {
    sessionBegan: (_state, action: PayloadAction<Session>): SessionState => ({
      phase: "in",
      user: action.payload.user,
      csrf: action.payload.csrf,
    }),
    /* Demanded since this page began: which of the two it is, /me says next. */
    factorWanted: (state) => {
      if (!state.user || state.user.factor_due) return;
      state.user.factor_due = "prove";
      delete state.user.factor_demanded;
    },
    unfitFound: (state, action: PayloadAction<NonNullable<SessionState["unfit"]>>) => {
      state.unfit = action.payload;
    },
    sessionEnded: (): SessionState => OUT,
  },
});

export const { sessionBegan, sessionEnded, factorWanted, unfitFound } = slice.actions;
export const sessionReducer = slice.reducer;
