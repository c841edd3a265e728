/** Counts what could not be decided, each rule once a resource. */
export class Tally {
    private readonly resources = new Map<string, Set<string>>();

    add(rule: string, urn = ""): void {
        this.resources.set(rule, (this.resources.get(rule) ?? new Set()).add(urn));
    }

    /** `3 checks could not be decided (k8s-image-pinned 2, …)`; nothing when all could. */
    summary(): string | undefined {
        const counts = [...this.resources].map(([rule, urns]) => [rule, urns.size] as const).sort();
        const total = counts.reduce((sum, [, count]) => sum + count, 0);
        if (total === 0) return undefined;
        return `${total === 1 ? "1 check" : `${total} checks`} could not be decided, because values are not known yet (${counts.map(([rule, count]) => `${rule} ${count}`).join(", ")})`;
    }
}
