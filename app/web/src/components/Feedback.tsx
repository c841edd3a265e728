/** What a list shows when it has nothing to list: loading, empty, failed. */
import type { ReactNode } from "react";
import type { ApiError } from "../api/client.ts";
import { plainWords, reference } from "../lib/errors.ts";
import { Button } from "./Button.tsx";
import { Icon, type IconName } from "./Icon.tsx";

interface ErrorNoteProps {
    error: ApiError;
    /** What was being tried, as in "Loading your documents". */
    doing?: string;
    onRetry?: () => void;
    retryLabel?: string;
    children?: ReactNode;
}

/** An error in plain words, with the code and request id to quote when asking for help. */
export function ErrorNote({ error, doing, onRetry, retryLabel = "Try again", children }: ErrorNoteProps) {
    const { title, hint } = plainWords(error);
    return (
        <div className="note bad" role="alert">
            <Icon name="alert" />
            <div>
                <p>
                    <strong>{doing ? `${doing} did not work. ` : ""}</strong>
                    {title} {hint}
                </p>
                <p className="reference">{reference(error)}</p>
                {children}
            </div>
            {onRetry && (
                <Button icon="retry" onClick={onRetry}>
                    {retryLabel}
                </Button>
            )}
        </div>
    );
}

/** What a page says when there is nothing yet, and what to do. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
    return (
        <div className="empty">
            <span className="empty-icon">
                <Icon name={icon} size={26} />
            </span>
            <h2>{title}</h2>
            {children}
        </div>
    );
}

/** Grey bars while a list loads; they appear late, so that a fast answer does not flash. */
export function Skeleton({ rows = 4, label }: { rows?: number; label: string }) {
    return (
        <div className="skeleton" role="status">
            <span className="visually-hidden">{label}</span>
            {Array.from({ length: rows }, (_, i) => (
                <span key={i} className="skeleton-row" />
            ))}
        </div>
    );
}
