interface SelectFieldProps<T extends string> {
    label: string;
    /** Keeps the label for screen readers only. */
    hideLabel?: boolean;
    value: T;
    options: readonly { value: NoInfer<T>; label: string }[];
    disabled?: boolean;
    onChange(value: T): void;
}

/** A choice of a few, as the browser's own list. */
export function SelectField<T extends string>({ label, hideLabel = false, value, options, disabled, onChange }: SelectFieldProps<T>) {
    return (
        <label className="select-field">
            <span className={hideLabel ? "visually-hidden" : undefined}>{label}</span>
            <select value={value} disabled={disabled} onChange={(event) => onChange(event.target.value as T)}>
                {options.map((option) => (
                    <option key={option.value} value={option.value}>
                        {option.label}
                    </option>
                ))}
            </select>
        </label>
    );
}
