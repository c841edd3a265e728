/** What containers use, from two looks at the kubelet's counters. Pure. */

/** One look: counters at the times the kubelet took them. */
export interface Sample {
    /** By `namespace/pod/container`; the node itself is the empty key. */
    cpu: Map<string, { seconds: number; at: number }>;
    memory: Map<string, number>;
}

export interface Usage {
    /** Cores. */
    cpu: number;
    /** Bytes. */
    memory: number;
    /** Milliseconds since 1970, of the later look. */
    at: number;
    /** Milliseconds between the two looks. */
    window: number;
}

/** Reads the text of `/metrics/resource`. Lines of other metrics, and lines that are none, count for nothing. */
export function parseSample(text: string): Sample {
    const sample: Sample = { cpu: new Map(), memory: new Map() };
    for (const line of text.split("\n")) {
        const match = /^(container|node)_(cpu_usage_seconds_total|memory_working_set_bytes)(?:\{([^}]*)\})? (\S+) (\d+)$/.exec(line);
        if (!match) continue;
        const [, scope, metric, labels = "", value, at] = match;
        const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
        const key = scope === "node" ? "" : `${label("namespace")}/${label("pod")}/${label("container")}`;
        if (metric === "cpu_usage_seconds_total") sample.cpu.set(key, { seconds: Number(value), at: Number(at) });
        else sample.memory.set(key, Number(value));
    }
    return sample;
}

/**
 * What was used between two looks. A container that one of them does not know, or that was started again in between,
 * has no usage yet; one that the kubelet has not measured again keeps its last.
 */
export function usageBetween(before: Sample, after: Sample, last: ReadonlyMap<string, Usage> = new Map()): Map<string, Usage> {
    const result = new Map<string, Usage>();
    for (const [key, { seconds, at }] of after.cpu) {
        const former = before.cpu.get(key);
        const memory = after.memory.get(key);
        if (!former || memory === undefined || seconds < former.seconds) continue;
        if (at > former.at) result.set(key, { cpu: (seconds - former.seconds) / ((at - former.at) / 1000), memory, at, window: at - former.at });
        else if (last.has(key)) result.set(key, last.get(key)!);
    }
    return result;
}

interface Requirement {
    key: string;
    operator: "in" | "notin" | "exists" | "absent";
    values: string[];
}

/** A selector as it stands in a query: `a=b,c in (d,e),!f`. @throws on what is none */
export function parseSelector(text: string): (labels: Record<string, string>) => boolean {
    const requirements = (text.match(/[^,(]+(?:\([^)]*\))?/g) ?? []).map(part => part.trim()).filter(Boolean).map((part): Requirement => {
        const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(part);
        if (set) return { key: set[1]!, operator: set[2] as "in" | "notin", values: set[3]!.split(",").map(value => value.trim()) };
        const equal = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
        if (equal) return { key: equal[1]!, operator: equal[2] === "!=" ? "notin" : "in", values: [equal[3]!] };
        const bare = /^(!?)\s*([^=!\s]+)$/.exec(part);
        if (bare) return { key: bare[2]!, operator: bare[1] ? "absent" : "exists", values: [] };
        throw new Error(`not a selector: ${part}`);
    });
    return labels => requirements.every(({ key, operator, values }) => {
        const value = labels[key];
        if (operator === "exists" || operator === "absent") return (value !== undefined) === (operator === "exists");
        return (value !== undefined && values.includes(value)) === (operator === "in");
    });
}
