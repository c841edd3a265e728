import type { Reference } from "../core/rule";

/** A recommendation of the CIS Google Cloud Platform Foundation Benchmark. */
export function cisGcp(control: string): Reference {
    return { framework: "CIS Google Cloud Platform Foundation Benchmark", version: "4.0", control };
}

/** A recommendation of the CIS benchmark for GKE. */
export function cisGke(control: string): Reference {
    return { framework: "CIS Google Kubernetes Engine Benchmark", version: "1.7", control };
}

/** Advice of Google's own documentation. */
export function google(page: string): Reference {
    return { framework: "Google Cloud documentation", version: "2026", control: page };
}
