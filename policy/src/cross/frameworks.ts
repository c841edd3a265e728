import type { Reference } from "../core/rule";

/** A control of the CIS Controls. */
export function cisControl(control: string): Reference {
    return { framework: "CIS Critical Security Controls", version: "8.1", control };
}

/** Advice of Pulumi's own documentation. */
export function pulumiDocs(page: string): Reference {
    return { framework: "Pulumi documentation", version: "2026", control: page };
}
