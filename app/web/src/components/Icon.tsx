/** Icons as inline SVG: one stroke, the colour of the text around them. */
const paths = {
    alert: "M12 8v5m0 3.5v.01M10.3 3.9 2.6 17.2A2 2 0 0 0 4.3 20.2h15.4a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z",
    arrowDown: "M12 5v14m0 0 6-6m-6 6-6-6",
    arrowUp: "M12 19V5m0 0-6 6m6-6 6 6",
    back: "M15 5l-7 7 7 7",
    chat: "M20.5 12a8 8 0 0 1-8.2 7.8c-1.3 0-2.6-.3-3.7-.8L4 20.2l1.3-3.9A7.5 7.5 0 0 1 4 12a8 8 0 0 1 8.2-7.8 8 8 0 0 1 8.3 7.8Z",
    check: "m5 12.5 4.5 4.5L19 7.5",
    chevron: "m9 6 6 6-6 6",
    clock: "M12 7v5l3.2 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
    close: "M6 6l12 12M18 6 6 18",
    copy: "M9 9V5.5A1.5 1.5 0 0 1 10.5 4h8A1.5 1.5 0 0 1 20 5.5v8a1.5 1.5 0 0 1-1.5 1.5H15M5.5 9h8A1.5 1.5 0 0 1 15 10.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 4 18.5v-8A1.5 1.5 0 0 1 5.5 9Z",
    document: "M14 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8m-4.5-4.5L18.5 8m-4.5-4.5V8h4.5M9 12.5h6m-6 3.5h4",
    download: "M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M4.5 19.5h15",
    log: "M8.5 6.5h11m-11 5.5h11m-11 5.5h11M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01",
    menu: "M4 7h16M4 12h16M4 17h16",
    moon: "M20 14.2A8 8 0 0 1 9.8 4a8 8 0 1 0 10.2 10.2Z",
    order: "m4 8 8-4.5L20 8m-16 0v8l8 4.5M4 8l8 4.5m8-4.5v8l-8 4.5M20 8l-8 4.5m0 8v-8",
    plus: "M12 5v14M5 12h14",
    retry: "M4.5 12a7.5 7.5 0 0 1 13-5.1L20 9.5M20 4.5v5h-5M19.5 12a7.5 7.5 0 0 1-13 5.1L4 14.5m0 5v-5h5",
    screen: "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15.5v-9A1.5 1.5 0 0 1 4.5 5ZM9 20.5h6M12 17v3.5",
    search: "m20 20-4.5-4.5M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z",
    shield: "M12 3.5 5 6v5.5c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6l-7-2.5Zm-3 8.3 2.2 2.2 4-4.3",
    signOut: "M14.5 4.5H18A1.5 1.5 0 0 1 19.5 6v12a1.5 1.5 0 0 1-1.5 1.5h-3.5M10 8l-4.5 4m0 0 4.5 4m-4.5-4h10",
    stop: "M8 6.5h8A1.5 1.5 0 0 1 17.5 8v8a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 16V8A1.5 1.5 0 0 1 8 6.5Z",
    sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 2.5v2m0 15v2m9.5-9.5h-2m-15 0h-2m16.2-6.7-1.4 1.4M6.7 17.3l-1.4 1.4m0-13.4 1.4 1.4m10.6 10.6 1.4 1.4",
    tag: "M4.5 4.5h7l8 8a1.5 1.5 0 0 1 0 2.1l-4.9 4.9a1.5 1.5 0 0 1-2.1 0l-8-8v-7ZM8.5 8.5v.01",
    tool: "M14.7 6.3a4.2 4.2 0 0 1 5.1-1.2l-2.9 2.9.3 2 2 .3 1-1a4.2 4.2 0 0 1-5.8 5.2L8.8 20a2.2 2.2 0 0 1-3.1-3.1l5.5-5.6a4.2 4.2 0 0 1 3.5-5Z",
    trash: "M4.5 7h15M10 11v5.5m4-5.5v5.5M6 7l.8 11.6A1.5 1.5 0 0 0 8.3 20h7.4a1.5 1.5 0 0 0 1.5-1.4L18 7M9 7l.5-2.6A1 1 0 0 1 10.5 3.5h3a1 1 0 0 1 1 .9L15 7",
    chart: "M4.5 4.5v15h15M8.5 16v-4m4 4V8m4 8v-6",
    gear: "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM19 12l1.8 1.4-1.8 3.1-2.1-.8-1.7 1-.4 2.3h-3.6l-.4-2.3-1.7-1-2.1.8-1.8-3.1L5 12l-1.8-1.4L5 7.5l2.1.8 1.7-1 .4-2.3h3.6l.4 2.3 1.7 1 2.1-.8 1.8 3.1L19 12Z",
    key: "M14.5 14a5 5 0 1 0-4.3-2.4L4 17.8V20h3v-2h2v-2l2.3-2.3A5 5 0 0 0 14.5 14ZM16 7.5v.01",
    person: "M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 20c.5-3.8 3.4-5.5 7-5.5s6.5 1.7 7 5.5",
    pencil: "m5 19 .8-3.5L16 5.3a1.5 1.5 0 0 1 2.1 0l.6.6a1.5 1.5 0 0 1 0 2.1L8.5 18.2 5 19Z",
    upload: "M12 16V5m0 0L7.5 9.5M12 5l4.5 4.5M4.5 19.5h15",
} as const;

export type IconName = keyof typeof paths;

/** An icon; decoration for assistive technology, since the text or label beside it says the same. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
    return (
        <svg className="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
            <path d={paths[name]} />
        </svg>
    );
}

/** A turning ring for "at work". */
export function Spinner({ size = 16 }: { size?: number }) {
    return (
        <svg className="icon spinner" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" aria-hidden="true" focusable="false">
            <circle cx="12" cy="12" r="9" opacity=".22" />
            <path d="M21 12a9 9 0 0 0-9-9" />
        </svg>
    );
}
