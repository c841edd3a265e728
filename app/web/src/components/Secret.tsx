import { CopyButton } from "./CopyButton.tsx";
import { Icon } from "./Icon.tsx";

/** Something that is shown once: to be copied now, since it cannot be had again. */
export function Secret({ label, value, children }: { label: string; value: string; children?: string }) {
    return (
        <div className="secret note" role="status">
            <Icon name="key" />
            <div>
                <p>
                    <strong>{label}</strong> {children ?? "It is shown only now: copy it to where it is needed."}
                </p>
                <p className="secret-value">
                    <code>{value}</code>
                    <CopyButton text={value} label={`Copy: ${label}`} />
                </p>
            </div>
        </div>
    );
}
