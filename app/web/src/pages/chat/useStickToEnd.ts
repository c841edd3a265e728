import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const near = 120;

/** Keeps the newest text in view while it grows, unless the reader has scrolled up. */
export function useStickToEnd(content: unknown): { atEnd: boolean; toEnd(): void } {
    const [atEnd, setAtEnd] = useState(true);
    const stick = useRef(true);

    useEffect(() => {
        const look = (): void => {
            const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
            stick.current = scrollHeight - clientHeight - scrollTop < near;
            setAtEnd(stick.current);
        };
        window.addEventListener("scroll", look, { passive: true });
        // Details that someone opens make the page longer, but that is no reason to move it.
        document.addEventListener("toggle", look, true);
        return () => {
            window.removeEventListener("scroll", look);
            document.removeEventListener("toggle", look, true);
        };
    }, []);

    useLayoutEffect(() => {
        if (stick.current) {
            window.scrollTo(0, document.documentElement.scrollHeight);
        }
    }, [content]);

    const toEnd = useCallback(() => {
        stick.current = true;
        window.scrollTo(0, document.documentElement.scrollHeight);
    }, []);
    return { atEnd, toEnd };
}
