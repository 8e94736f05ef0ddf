import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";

/* What went wrong with a press is said in a toast; undefined then. */
export function useTold() {
  const dispatch = useAppDispatch();
  return async <T>(title: string, act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (cause) {
      dispatch(toastShown({ kind: "bad", title, text: apiError(cause).text }));
      return undefined;
    }
  };
}
