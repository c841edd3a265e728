/** The product's mark and name. */
export function Brand() {
    return (
        <span className="brand">
            <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
                <rect className="brand-ground" width="32" height="32" rx="8" />
                <path d="M9 10.5h14M9 16h9" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" fill="none" />
                <circle cx="21" cy="21" r="3.2" fill="#f3c969" />
            </svg>
            <span>Agent Platform</span>
        </span>
    );
}
