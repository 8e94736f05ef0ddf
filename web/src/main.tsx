import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";
import { BrowserRouter } from "react-router";
import { App } from "./app/app";
import { browserLacks, browserText } from "./app/browser";
import { store } from "./app/store";
import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

const lacks = browserLacks(window);

createRoot(root).render(
  lacks.length > 0 ? (
    <p className="boot" role="alert">
      {browserText(lacks)}
    </p>
  ) : (
    <StrictMode>
      <Provider store={store}>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </Provider>
    </StrictMode>
  ),
);
