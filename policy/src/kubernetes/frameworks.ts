import type { Reference } from "../core/rule";

/** A control of the Pod Security Standards. */
export function pss(profile: "Baseline" | "Restricted", control: string): Reference {
    return { framework: "Pod Security Standards", version: "1.34", control: `${profile}: ${control}` };
}

/** A recommendation of the CIS Kubernetes Benchmark. */
export function cis(control: string): Reference {
    return { framework: "CIS Kubernetes Benchmark", version: "1.12", control };
}

/** A chapter of the hardening guide of NSA and CISA. */
export function nsa(chapter: string): Reference {
    return { framework: "NSA/CISA Kubernetes Hardening Guide", version: "1.2", control: chapter };
}

/** Advice of the Kubernetes documentation. */
export function kubernetes(page: string): Reference {
    return { framework: "Kubernetes documentation", version: "1.34", control: page };
}
