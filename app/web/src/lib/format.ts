/** Numbers, sizes and dates as people read them. Anything unknown becomes a dash, never "NaN" or "null". */

const dash = "–";
const numbers = new Intl.NumberFormat("en");
const dates = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const times = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

function isNumber(value: unknown): value is number {
    return typeof value === "number" && Number.isFinite(value);
}

/** `12,345` */
export function count(value: number | null | undefined): string {
    return isNumber(value) ? numbers.format(value) : dash;
}

/** `1 page`, `3 pages` */
export function plural(value: number | null | undefined, one: string, many = `${one}s`): string {
    return `${count(value)} ${value === 1 ? one : many}`;
}

/** `820 bytes`, `1.4 MB`; 1 MB is 1024 × 1024 bytes, as in the limit that the server names. */
export function bytes(value: number | null | undefined): string {
    if (!isNumber(value) || value < 0) {
        return dash;
    }
    if (value < 1024) {
        return plural(value, "byte");
    }
    const units = ["kB", "MB", "GB", "TB"];
    let scaled = value / 1024;
    let unit = 0;
    while (scaled >= 999.5 && unit < units.length - 1) {
        scaled /= 1024;
        unit += 1;
    }
    return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${units[unit]}`;
}

/** `€180.00`; an unknown currency code is written out after the number. */
export function money(amount: number | null | undefined, currency = "EUR"): string {
    if (!isNumber(amount)) {
        return dash;
    }
    try {
        return new Intl.NumberFormat("en", { style: "currency", currency }).format(amount);
    } catch {
        return `${amount.toFixed(2)} ${currency}`;
    }
}

/** `21 Nov 2026` */
export function date(iso: string | null | undefined): string {
    return formatted(dates, iso);
}

/** `21 Nov 2026, 08:30` */
export function dateTime(iso: string | null | undefined): string {
    return formatted(times, iso);
}

function formatted(format: Intl.DateTimeFormat, iso: string | null | undefined): string {
    const at = iso ? new Date(iso) : null;
    return at && !Number.isNaN(at.getTime()) ? format.format(at) : dash;
}

const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, "second"],
    [60, "minute"],
    [24, "hour"],
    [7, "day"],
    [Infinity, "week"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** `in 12 minutes`, `3 hours ago`, `just now` */
export function fromNow(iso: string | null | undefined, now = Date.now()): string {
    const at = iso ? new Date(iso).getTime() : Number.NaN;
    if (Number.isNaN(at)) {
        return dash;
    }
    let value = (at - now) / 1000;
    if (Math.abs(value) < 5) {
        return "just now";
    }
    for (const [size, unit] of steps) {
        if (Math.abs(value) < size) {
            return relative.format(Math.trunc(value), unit);
        }
        value /= size;
    }
    return dash;
}

/** `2 d 3 h`, `1 h 12 min`, `4 min 09 s`: what is left until then; empty when it has passed. */
export function timeLeft(iso: string, now = Date.now()): string {
    const seconds = Math.floor((Date.parse(iso) - now) / 1000);
    if (!(seconds > 0)) {
        return "";
    }
    const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (days > 0) {
        return `${days} d ${hours} h`;
    }
    return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
}

/** `process_refund` → `Process refund` */
export function humanise(name: string): string {
    const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_\-.]+/g, " ").trim().toLowerCase();
    return words === "" ? name : words.charAt(0).toUpperCase() + words.slice(1);
}
