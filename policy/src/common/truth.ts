/** Truth as clouds and converters write it: metadata and labels hold it as text. */
export function isTrue(raw: unknown): boolean {
    return raw === true || (typeof raw === "string" && /^(true|1|yes|y)$/i.test(raw.trim())) || raw === 1;
}

/** Set, and to something that means no. */
export function isFalse(raw: unknown): boolean {
    return raw === false || (typeof raw === "string" && /^(false|0|no|n)$/i.test(raw.trim())) || raw === 0;
}

/** A number, also where it is written as text. */
export function numberOf(raw: unknown): number | undefined {
    if (typeof raw === "number") return Number.isFinite(raw) ? raw : undefined;
    return typeof raw === "string" && /^-?\d{1,15}(\.\d{1,6})?$/.test(raw.trim()) ? Number(raw) : undefined;
}

/** Text that is not empty. */
export function isText(raw: unknown): raw is string {
    return typeof raw === "string" && raw.trim() !== "";
}
