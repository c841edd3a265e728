import type { Reference } from "../core/rule";

/** Advice of Cloudflare's own documentation. */
export function cloudflareDocs(page: string): Reference {
    return { framework: "Cloudflare documentation", version: "2026", control: page };
}

/** A chapter of the OWASP Application Security Verification Standard. */
export function asvs(control: string): Reference {
    return { framework: "OWASP ASVS", version: "5.0", control };
}
