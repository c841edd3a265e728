import { Component, type ReactNode } from "react";
import { asApiError } from "../api/client.ts";
import { ErrorNote } from "./Feedback.tsx";

interface State {
    failure: unknown;
}

/** Shows a mistake in the page itself in words, instead of an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
    override state: State = { failure: null };

    static getDerivedStateFromError(failure: unknown): State {
        return { failure };
    }

    override render(): ReactNode {
        if (this.state.failure === null) {
            return this.props.children;
        }
        return (
            <main className="centred">
                <ErrorNote error={asApiError(this.state.failure)} retryLabel="Reload" onRetry={() => window.location.reload()} />
            </main>
        );
    }
}
