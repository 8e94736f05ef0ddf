/* Who is logged in.  `unknown` until /me has answered once; the CSRF token lives in memory only. */
import { createSlice, type PayloadAction } from "@reduxjs/toolkit";
import type { Session, User } from "../api/types";

export interface SessionState {
  phase: "unknown" | "out" | "in";
  user: User | null;
  csrf: string;
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
    sessionEnded: (): SessionState => OUT,
  },
});

export const { sessionBegan, sessionEnded } = slice.actions;
export const sessionReducer = slice.reducer;
