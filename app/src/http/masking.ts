/** Takes out of what is about to be logged what nobody must read there: secrets by name and by form, and what names people. */

/** Names whose values are never logged, whatever they hold and however deep they are. */
const SECRET = /^(.*[-_.])?(pass(word|wd|phrase)?|secret|token|authorization|cookies?|set-cookie|credentials?|api-?_?key|private-?_?key|embedding|hash|verifier)$|(password|secret|token|apikey|hash)$/i;
const REMOVED = "[removed]";
/** Deeper than this is nothing that helps anyone. */
const DEEPEST = 8;

/** Ids of requests and digests: nobody's secret, and what a log is searched by, although a part of one can pass for a card's number. */
const IDENTIFIER = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32,}";

/** Without word boundaries before them: the text may be quoted once more, where a line break is the letter n after a backslash. */
const FORMS: readonly [form: RegExp, instead: string | ((match: string) => string)][] = [
    // Credentials within an address.
    [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi, `$1${REMOVED}@`],
    [/(Bearer|Basic)\s+[\w+/=.~-]{6,}/gi, `$1 ${REMOVED}`],
    // Our own keys and tokens, links' tokens of providers, JSON Web Tokens.
    [/(apk|scim)_[\w-]{16,}/g, `$1_${REMOVED}`],
    [/eyJ[\w-]{8,}\.[\w-]*\.?[\w-]*\.?[\w-]*\.?[\w-]*/g, REMOVED],
    [/([?&](?:code|token|state|key|signature|invitation)=)[^&\s"]+/gi, `$1${REMOVED}`],
    [/[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, "[e-mail]"],
    [/(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Z0-9])/g, (match) => (isIban(match) ? "[account]" : match)],
    [new RegExp(`${IDENTIFIER}|(?<!\\d)\\d(?:[ -]?(?!${IDENTIFIER})\\d){12,18}(?!\\d)`, "gi"), (match) => (isCard(match) ? "[card]" : match)],
];

/** Text with everything replaced that has the form of a secret or of personal data. */
export function maskText(text: string): string {
    let masked = text;
    for (const [form, instead] of FORMS) masked = masked.replace(form, instead as string);
    return masked;
}

/** The same of a value of any shape, which is not changed. */
export function maskValue(value: unknown, depth = 0): unknown {
    if (typeof value === "string") return maskText(value);
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    if (depth >= DEEPEST) return "[deeper]";
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return value.map((each) => maskValue(each, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [maskText(name), SECRET.test(name) && each !== null && each !== undefined ? REMOVED : maskValue(each, depth + 1)]));
}

/** By the check digits: other long numbers are what logs are about. */
function isIban(text: string): boolean {
    const bare = text.replace(/ /g, "");
    const digits = (bare.slice(4) + bare.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
    return bare.length >= 15 && bare.length <= 34 && [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

function isCard(text: string): boolean {
    const bare = text.replace(/[ -]/g, "");
    if (!/^\d{13,19}$/.test(bare)) return false;
    const digits = [...bare].reverse().map(Number);
    const sum = digits.reduce((total, digit, i) => total + (i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
    return sum % 10 === 0 && sum > 0;
}
