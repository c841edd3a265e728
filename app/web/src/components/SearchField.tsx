import { Icon } from "./Icon.tsx";

/** A field that narrows a list while one types; Escape empties it. */
export function SearchField({ label, value, onChange, placeholder }: { label: string; value: string; onChange(value: string): void; placeholder?: string }) {
    return (
        <div className="search-field">
            <Icon name="search" size={16} />
            <input
                type="search"
                aria-label={label}
                value={value}
                placeholder={placeholder ?? label}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => onChange(event.target.value)}
                onKeyDown={(event) => {
                    if (event.key === "Escape" && value !== "") {
                        event.preventDefault();
                        event.stopPropagation();
                        onChange("");
                    }
                }}
            />
        </div>
    );
}
