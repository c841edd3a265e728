import type { Reference } from "../core/rule";

/** A recommendation of the CIS Oracle Cloud Infrastructure Foundations Benchmark. */
export function cisOci(control: string): Reference {
    return { framework: "CIS Oracle Cloud Infrastructure Foundations Benchmark", version: "3.1", control };
}

/** Advice of Oracle's own documentation. */
export function oracle(page: string): Reference {
    return { framework: "Oracle Cloud Infrastructure documentation", version: "2026", control: page };
}
