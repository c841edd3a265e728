import { useEffect, useRef } from "react";
import type { Passage } from "../../api/types.ts";
import { locate } from "../../lib/citations.ts";

interface PassageViewProps {
    passage: Passage;
    /** Whether this is the passage that a citation led to. */
    cited: boolean;
    quote: string | null;
    showHeading?: boolean;
}

/** A passage's text; the cited one scrolls into view with its quote marked. */
export function PassageView({ passage, cited, quote, showHeading = true }: PassageViewProps) {
    const mark = useRef<HTMLElement>(null);
    const article = useRef<HTMLElement>(null);
    const span = cited && quote ? locate(passage.text, quote) : null;
    const { text } = passage;

    useEffect(() => {
        if (cited) {
            const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
            (mark.current ?? article.current)?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
        }
    }, [cited, quote]);

    return (
        <article ref={article} className={`passage ${cited ? "cited" : ""}`} aria-current={cited || undefined}>
            {showHeading && passage.heading && <h3>{passage.heading}</h3>}
            <p className="passage-text">
                {span ? (
                    <>
                        {text.slice(0, span.start)}
                        <mark ref={mark}>{text.slice(span.start, span.end)}</mark>
                        {text.slice(span.end)}
                    </>
                ) : cited ? (
                    <mark ref={mark}>{text}</mark>
                ) : (
                    text
                )}
            </p>
        </article>
    );
}
