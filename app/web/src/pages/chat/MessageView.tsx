import type { MouseEvent } from "react";
import type { Citation, Message } from "../../api/types.ts";
import { CopyButton } from "../../components/CopyButton.tsx";
import { Spinner } from "../../components/Icon.tsx";
import { RichText } from "../../components/RichText.tsx";
import { usedSources } from "../../lib/citations.ts";
import { approvalStatus, type Draft } from "../../lib/conversation.ts";
import { copyable } from "../../lib/copyable.ts";
import { dateTime } from "../../lib/format.ts";
import { Link } from "../../state/navigation.tsx";
import { ApprovalCard } from "./ApprovalCard.tsx";
import { ToolCard } from "./ToolCard.tsx";

interface SourceProps {
    /** Whether a source opens beside the conversation (wide screens) or as its own page. */
    inPanel: boolean;
    onSource(citation: Citation, from: HTMLElement): void;
}

export function UserMessage({ message }: { message: Message }) {
    return (
        <article className="message user" aria-label="You">
            <p title={dateTime(message.createdAt)}>{message.text}</p>
        </article>
    );
}

export function AssistantMessage({ message, ...source }: { message: Message } & SourceProps) {
    const { text, citations, tools, approval } = message;
    // Which sources are used is known when the answer is whole.
    const sources = message.status === "pending" ? [] : usedSources(text, citations);
    const failed = message.status === "failed";
    if (text === "" && tools.length === 0 && !approval && !failed) {
        return null;
    }
    return (
        <article className="message assistant" aria-label="Answer">
            {tools.map((tool, i) => (
                <ToolCard key={i} tool={tool} />
            ))}
            {text && <RichText text={text} citations={citations} marker={(citation, key) => <Marker key={key} citation={citation} {...source} />} />}
            {message.status === "stopped" && <p className="quiet">You stopped this answer.</p>}
            {failed && text === "" && <p className="quiet">This answer could not be finished. Ask again.</p>}
            {approval && <ApprovalCard approval={approval} />}
            {sources.length > 0 && <Sources sources={sources} {...source} />}
            {text && message.status !== "pending" && (!approval || approvalStatus(approval) !== "pending") && (
                <div className="message-foot">
                    <CopyButton text={copyable(text, sources)} label="Copy this answer" />
                </div>
            )}
        </article>
    );
}

/** The answer while it arrives; without a draft, the server is at work where this page cannot see it. */
export function DraftMessage({ draft, ...source }: { draft: Draft | null } & SourceProps) {
    return (
        <article className="message assistant draft" aria-label="Answer in progress" aria-busy="true">
            {draft?.tools.map((tool, i) => <ToolCard key={i} tool={tool} />)}
            {draft?.text && <RichText text={draft.text} citations={draft.citations} marker={(citation, key) => <Marker key={key} citation={citation} {...source} />} />}
            {draft?.approval && <ApprovalCard approval={draft.approval} />}
            {!draft?.text && !draft?.approval && (
                <p className="step">
                    <Spinner size={14} />
                    <span>{draft ? (draft.step ?? "Thinking") : "Working on it"}…</span>
                </p>
            )}
        </article>
    );
}

function place(citation: Citation): string {
    return citation.page === null ? citation.filename : `${citation.filename}, page ${citation.page}`;
}

function sourceLink(citation: Citation, { inPanel, onSource }: SourceProps) {
    return {
        to: { name: "document" as const, documentId: citation.documentId, passageId: citation.passageId },
        state: { quote: citation.quote },
        onClick: (event: MouseEvent<HTMLAnchorElement>) => {
            if (inPanel && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
                event.preventDefault();
                onSource(citation, event.currentTarget);
            }
        },
    };
}

function Marker({ citation, ...source }: { citation: Citation } & SourceProps) {
    return (
        <Link className="cite" {...sourceLink(citation, source)} aria-label={`Source ${citation.n}: ${place(citation)}`} title={`${place(citation)}\n“${citation.quote}”`}>
            {citation.n}
        </Link>
    );
}

function Sources({ sources, ...source }: { sources: Citation[] } & SourceProps) {
    return (
        <section className="sources" aria-label="Sources">
            <h3>{sources.length === 1 ? "Source" : "Sources"}</h3>
            <ol>
                {sources.map((citation) => (
                    <li key={citation.n}>
                        <Link className="source" {...sourceLink(citation, source)}>
                            <span className="cite" aria-hidden="true">
                                {citation.n}
                            </span>
                            <span className="source-name">{citation.filename}</span>
                            {citation.page !== null && <span className="source-page">page {citation.page}</span>}
                        </Link>
                    </li>
                ))}
            </ol>
        </section>
    );
}
