/** Amounts such as `500m` or `1Gi`, which the API server may write differently from how they were given. */
const FACTORS: Readonly<Record<string, bigint>> = {
    n: 1n,
    u: 10n ** 3n,
    m: 10n ** 6n,
    "": 10n ** 9n,
    k: 10n ** 12n,
    M: 10n ** 15n,
    G: 10n ** 18n,
    T: 10n ** 21n,
    P: 10n ** 24n,
    E: 10n ** 27n,
    Ki: 10n ** 9n << 10n,
    Mi: 10n ** 9n << 20n,
    Gi: 10n ** 9n << 30n,
    Ti: 10n ** 9n << 40n,
    Pi: 10n ** 9n << 50n,
    Ei: 10n ** 9n << 60n,
};

/** True when both are quantities, and the same amount. */
export function sameQuantity(a: unknown, b: unknown): boolean {
    const [left, right] = [nano(a), nano(b)];
    return left !== undefined && left === right;
}

/** The amount in billionths, exactly; nothing for what is no quantity. */
function nano(value: unknown): bigint | undefined {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d{1,2}))?$/.exec(String(value));
    if (match === null) return undefined;
    const [, sign, whole = "", fraction = "", suffix = "", exponent = "0"] = match;
    if (whole === "" && fraction === "") return undefined;
    const shift = Number(exponent) - fraction.length;
    const digits = BigInt(`${whole}${fraction}` || "0") * FACTORS[suffix]!;
    const amount = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
    return sign === "-" ? -amount : amount;
}
