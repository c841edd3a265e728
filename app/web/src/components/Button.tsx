import type { ButtonHTMLAttributes } from "react";
import { Icon, type IconName, Spinner } from "./Icon.tsx";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
    look?: "plain" | "primary" | "danger" | "quiet";
    icon?: IconName;
    busy?: boolean;
}

/** A button with an optional icon; while busy it cannot be pressed again. */
export function Button({ look = "plain", icon, busy = false, children, className = "", disabled, ...rest }: ButtonProps) {
    return (
        <button type="button" {...rest} className={`button ${look} ${className}`} disabled={disabled || busy} aria-busy={busy || undefined}>
            {busy ? <Spinner /> : icon && <Icon name={icon} />}
            {children && <span>{children}</span>}
        </button>
    );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
    icon: IconName;
    label: string;
}

/** A button that is only an icon; the label is read aloud and shown on hover. */
export function IconButton({ icon, label, className = "", ...rest }: IconButtonProps) {
    return (
        <button type="button" {...rest} className={`icon-button ${className}`} aria-label={label} title={label}>
            <Icon name={icon} />
        </button>
    );
}
