import type { Reference } from "../core/rule";

/** Advice of Hetzner's own documentation. */
export function hetzner(page: string): Reference {
    return { framework: "Hetzner Cloud documentation", version: "2026", control: page };
}

/** A control of the CIS Controls, where no benchmark knows the provider. */
export function cisControl(control: string): Reference {
    return { framework: "CIS Critical Security Controls", version: "8.1", control };
}
