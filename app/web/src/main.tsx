import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { ErrorBoundary } from "./components/ErrorBoundary.tsx";
import { SessionProvider } from "./state/session.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/documents.css";
import "./styles/chat.css";
import "./styles/approvals.css";
import "./styles/admin.css";

const root = document.getElementById("root");
if (!root) {
    throw new Error("index.html has no #root");
}
createRoot(root).render(
    <StrictMode>
        <ErrorBoundary>
            <SessionProvider>
                <App />
            </SessionProvider>
        </ErrorBoundary>
    </StrictMode>,
);
