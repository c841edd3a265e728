/**
 * Recognises credentials in text. Answers with the kind of credential, never with the text.
 * Every pattern is anchored or bounded, so that a megabyte of hostile text costs milliseconds.
 */

/** The kind of credential that a text holds, whatever its name; nothing if none is recognised. */
export function knownCredential(text: string): string | undefined {
    for (const [kind, pattern] of formats) if (pattern.test(text)) return kind;
    return hasPasswordInUrl(text) ? "a password in a URL" : undefined;
}

/** The kind of credential that a value is, judged by its name too. */
export function namedCredential(name: string, value: string): string | undefined {
    const known = knownCredential(value);
    if (known) return known;
    if (isHarmless(value)) return undefined;
    const words = wordsOf(name);
    if (words.some(word => harmlessWords.has(word)) || harmlessEndings.has(words.at(-1) ?? "")) return undefined;
    if (words.includes("secret") && words.some(word => secretObjects.has(word))) return undefined;
    if (words.some(word => passwords.has(word))) return "a password";
    const joined = `_${words.join("_")}_`;
    if (credentials.some(part => joined.includes(`_${part}_`)) && !/^\d+$/.test(value)) return "a credential";
    return words.some(word => suspicious.has(word)) && looksRandom(value) ? "a credential" : undefined;
}

/** The kind of credential in a text of many lines, such as a configuration file. */
export function credentialInText(text: string): string | undefined {
    const known = knownCredential(text);
    if (known) return known;
    for (const match of text.matchAll(/"([\w.-]{1,100})"\s{0,20}:\s{0,20}"([^"\\\n]{4,200})"/g)) {
        const kind = namedCredential(match[1]!, match[2]!);
        if (kind) return kind;
    }
    for (const line of text.split("\n")) {
        if (line.length > 2000) continue;
        const match = /^\s*(?:export\s+|-\s+)?["']?([\w.-]{1,100})["']?\s*[:=]\s*["']?([^\s"'(){}<>$,;|&*!#[\]]{4,200})["']?[,;]?\s*$/.exec(line);
        const kind = match && !/^(string|str|number|boolean|bool|object|text|bytes|any)$/i.test(match[2]!) ? namedCredential(match[1]!, match[2]!) : undefined;
        if (kind) return kind;
    }
    return undefined;
}

// The look-behind lets a pattern start only where a word starts: without it, long repetitions cost quadratic time.
const formats: readonly [kind: string, pattern: RegExp][] = [
    ["a private key", /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/],
    ["an access key of AWS", /(?<![\w-])(?:AKIA|ASIA)[0-9A-Z]{16}(?![\w-])/],
    ["a token of GitHub", /(?<![\w-])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22})/],
    ["a token of GitLab", /(?<![\w-])glpat-[\w-]{20}/],
    ["a token of Slack", /(?<![\w-])xox[abeoprs]-[\w-]{10}/],
    ["a key of Google", /(?<![\w-])AIza[\w-]{35}/],
    ["a key of Tailscale", /(?<![\w-])tskey-[a-z]{3,12}-\w{8}/],
    ["a key of a model provider", /(?<![\w-])sk-(?:[a-z]{2,10}-)?\w{20}/],
    ["a key of Stripe", /(?<![\w-])[rs]k_live_[0-9a-zA-Z]{16}/],
    ["a token of npm", /(?<![\w-])npm_[A-Za-z0-9]{36}/],
    ["a token of Hugging Face", /(?<![\w-])hf_[A-Za-z0-9]{30}/],
    ["a key of SendGrid", /(?<![\w-])SG\.[\w-]{16,40}\.[\w-]{16}/],
    ["a credential for HTTP", /^\s{0,10}(?:Authorization:\s{0,10})?(?:bearer|basic)\s{1,10}(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{8,2000}={0,2}\s{0,10}$/i],
    ["a signed token (JWT)", /(?<![\w-])eyJ[\w-]{10,3000}\.eyJ[\w-]{4,6000}\.[\w-]{10}/],
];

const passwords = new Set(["password", "passwd", "pwd", "passphrase", "passcode"]);
const credentials = [
    "secret", "secrets", "token", "apikey", "api_key", "access_key", "private_key", "secret_key", "encryption_key", "signing_key",
    "master_key", "credential", "credentials", "authkey", "auth_key",
];
const suspicious = new Set(["key", "pass", "auth", "salt", "pepper", "seed", "cookie", "session", "bearer", "authorization"]);
// A name with one of these speaks about a credential, but does not hold one.
const harmlessWords = new Set(["public", "pub", "max", "min", "num", "allow", "allowed", "enable", "disable", "require", "required"]);
const harmlessEndings = new Set([
    "file", "files", "path", "dir", "directory", "name", "names", "ref", "url", "uri", "host", "endpoint", "address", "port", "ttl", "expiry", "expires",
    "expiration", "timeout", "length", "limit", "count", "size", "algorithm", "alg", "type", "enabled", "disabled", "issuer", "audience", "id", "version",
    "mode", "policy", "rotation", "days", "hours", "minutes", "seconds", "interval", "header", "prefix", "suffix", "field", "provider", "class", "namespace",
    "lifetime", "duration", "budget", "usage", "strategy", "format", "store", "manager", "engine", "encryption", "command", "scope", "scopes", "key_name",
    "method", "location", "label", "backend", "hash", "age", "window", "refresh", "attempts", "retries", "regex", "pattern", "mount", "volume",
]);
// A Secret object is named, not its content.
const secretObjects = new Set(["tls", "pull", "cert", "certificate", "ca", "ingress"]);

function wordsOf(name: string): string[] {
    const last = name.slice(-200);
    return last.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().split(/[^a-z0-9]+/).filter(word => word !== "");
}

/** Empty, a switch, a reference to another variable, a path, or an address without a password. */
function isHarmless(value: string): boolean {
    const text = value.trim();
    if (/^(|true|false|yes|no|on|off|none|null|nil|undefined|enabled|disabled|optional|required|default|auto|\*+|x+|-+)$/i.test(text)) return true;
    if (/^(\$\(\w+\)|\$\{[^}]{1,200}\}|\$\w+|\{\{[^}]{1,200}\}\}|<[^>]{1,200}>|%\w+%)$/.test(text)) return true;
    if (/^(file:)?(~|\.{1,2})?\/[\w./-]*$/.test(text) && text.includes("/") && !/^\/[A-Za-z0-9+]{30,}$/.test(text)) return true;
    return /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(text);
}

/** Long, of letters and digits in no readable order: what a generator makes, not what a person names. */
function looksRandom(value: string): boolean {
    if (!/^[A-Za-z0-9+/=_]{20,500}$/.test(value) || (value.match(/\d/g) ?? []).length < 2) return false;
    const counts = new Map<string, number>();
    for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
    let entropy = 0;
    for (const count of counts.values()) entropy -= (count / value.length) * Math.log2(count / value.length);
    return entropy >= 3.3;
}

function hasPasswordInUrl(text: string): boolean {
    for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
        const password = /^[^\s/:@"']{0,200}:([^\s/@"']{1,500})@/.exec(text.slice(at + 3, at + 800))?.[1];
        if (password !== undefined && !isHarmless(password) && !/^[$%{<]/.test(password)) return true;
    }
    return false;
}
