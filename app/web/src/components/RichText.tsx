/** An answer's text: a little Markdown and citation markers, as React elements and never as HTML. */
import { Fragment, type ReactNode } from "react";
import type { Citation } from "../api/types.ts";
import { withCitations } from "../lib/citations.ts";
import { type Block, blocks, inlines } from "../lib/markdown.ts";

interface RichTextProps {
    text: string;
    citations: Citation[];
    marker(citation: Citation, key: string): ReactNode;
}

export function RichText({ text, citations, marker }: RichTextProps) {
    const line = (source: string): ReactNode =>
        inlines(source).map((part, i) => {
            if (part.kind === "code") {
                return <code key={i}>{part.text}</code>;
            }
            const content = withCitations(part.text, citations).map((piece, j) => ("text" in piece ? <Fragment key={j}>{piece.text}</Fragment> : marker(piece.citation, `${i}.${j}`)));
            return part.kind === "strong" ? <strong key={i}>{content}</strong> : part.kind === "emphasis" ? <em key={i}>{content}</em> : <Fragment key={i}>{content}</Fragment>;
        });
    return <div className="rich">{blocks(text).map((block, i) => rendered(block, i, line))}</div>;
}

function rendered(block: Block, key: number, line: (source: string) => ReactNode): ReactNode {
    switch (block.kind) {
        case "heading":
            return (
                <p key={key} className="rich-heading">
                    {line(block.text)}
                </p>
            );
        case "code":
            return (
                <pre key={key} tabIndex={0}>
                    <code>{block.text}</code>
                </pre>
            );
        case "list": {
            const items = block.items.map((item, i) => <li key={i}>{line(item)}</li>);
            return block.ordered ? (
                <ol key={key} start={block.start}>
                    {items}
                </ol>
            ) : (
                <ul key={key}>{items}</ul>
            );
        }
        case "quote":
            return <blockquote key={key}>{line(block.text)}</blockquote>;
        default:
            return <p key={key}>{line(block.text)}</p>;
    }
}
