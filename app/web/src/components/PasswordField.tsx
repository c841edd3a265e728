import { type Ref, useState } from "react";

interface PasswordFieldProps {
    id: string;
    name: string;
    label: string;
    autoComplete: "current-password" | "new-password";
    minLength?: number;
    invalid?: boolean;
    fieldRef?: Ref<HTMLInputElement>;
}

/** A password with a button that shows it. */
export function PasswordField({ id, name, label, autoComplete, minLength, invalid = false, fieldRef }: PasswordFieldProps) {
    const [shown, setShown] = useState(false);
    return (
        <div className="field">
            <label htmlFor={id}>{label}</label>
            <div className="with-button">
                <input id={id} ref={fieldRef} name={name} type={shown ? "text" : "password"} autoComplete={autoComplete} minLength={minLength} maxLength={1024} required aria-invalid={invalid || undefined} />
                <button type="button" className="link-button" aria-pressed={shown} aria-label={`Show ${label.toLowerCase().split(",")[0]}`} onClick={() => setShown(!shown)}>
                    {shown ? "Hide" : "Show"}
                </button>
            </div>
        </div>
    );
}
