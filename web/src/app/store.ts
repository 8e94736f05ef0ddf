import { configureStore, type Middleware } from "@reduxjs/toolkit";
import { setupListeners } from "@reduxjs/toolkit/query";
import { useDispatch, useSelector } from "react-redux";
import { api } from "../api/api";
import { sessionEnded, sessionReducer, type SessionState } from "./session";
import { uiReducer } from "./ui-state";

/* However a session ends, nothing of it stays: the next client on this device must not see this
 * one's orders for a moment. */
const forget: Middleware<object, { session: SessionState }> = (box) => (next) => (action) => {
  const wasIn = box.getState().session.phase === "in";
  const result = next(action);
  if (wasIn && sessionEnded.match(action)) box.dispatch(api.util.resetApiState());
  return result;
};

export function makeStore() {
  return configureStore({
    reducer: { session: sessionReducer, ui: uiReducer, [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().concat(api.middleware, forget),
  });
}

export const store = makeStore();

setupListeners(store.dispatch);

export type RootState = ReturnType<typeof store.getState>;
export type AppDispatch = typeof store.dispatch;

export const useAppDispatch = useDispatch.withTypes<AppDispatch>();
export const useAppSelector = useSelector.withTypes<RootState>();
