/** Prometheus text exposition: counters, gauges and histograms, as much of it as is needed. */
type Labels = Record<string, string>;

export class Metrics {
    private readonly families = new Map<string, Family>();

    /** Adds to a counter, which is created on first use. */
    count(name: string, help: string, labels: Labels = {}, by = 1): void {
        const family = this.family(name, help, "counter");
        const key = labelText(labels);
        family.values.set(key, (family.values.get(key) ?? 0) + by);
    }

    /** Adds to a gauge: `+1` on entering, `-1` on leaving. */
    add(name: string, help: string, labels: Labels, by: number): void {
        const family = this.family(name, help, "gauge");
        const key = labelText(labels);
        family.values.set(key, (family.values.get(key) ?? 0) + by);
    }

    /** Sets a gauge. */
    set(name: string, help: string, labels: Labels, value: number): void {
        this.family(name, help, "gauge").values.set(labelText(labels), value);
    }

    /** Records a duration in seconds. */
    observe(name: string, help: string, labels: Labels, seconds: number): void {
        const family = this.family(name, help, "histogram");
        const key = labelText(labels);
        let histogram = family.histograms.get(key);
        if (histogram === undefined) family.histograms.set(key, (histogram = { counts: bounds.map(() => 0), sum: 0, count: 0 }));
        bounds.forEach((bound, i) => {
            if (seconds <= bound) histogram.counts[i]!++;
        });
        histogram.sum += seconds;
        histogram.count++;
    }

    text(): string {
        const memory = process.memoryUsage();
        this.set("process_resident_memory_bytes", "Resident memory.", {}, memory.rss);
        this.set("nodejs_heap_used_bytes", "Used JavaScript heap.", {}, memory.heapUsed);
        this.set("process_uptime_seconds", "Seconds since the process started.", {}, Math.round(process.uptime()));
        const lines: string[] = [];
        for (const [name, family] of this.families) {
            lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`);
            for (const [labels, value] of family.values) lines.push(`${name}${braces(labels)} ${value}`);
            for (const [labels, histogram] of family.histograms) {
                bounds.forEach((bound, i) => lines.push(`${name}_bucket${braces(labels, `le="${bound}"`)} ${histogram.counts[i]}`));
                lines.push(`${name}_bucket${braces(labels, 'le="+Inf"')} ${histogram.count}`, `${name}_sum${braces(labels)} ${histogram.sum}`, `${name}_count${braces(labels)} ${histogram.count}`);
            }
        }
        return lines.join("\n") + "\n";
    }

    private family(name: string, help: string, type: Family["type"]): Family {
        let family = this.families.get(name);
        if (family === undefined) this.families.set(name, (family = { help, type, values: new Map(), histograms: new Map() }));
        return family;
    }
}

interface Family {
    help: string;
    type: "counter" | "gauge" | "histogram";
    values: Map<string, number>;
    histograms: Map<string, { counts: number[]; sum: number; count: number }>;
}

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

function labelText(labels: Labels): string {
    return Object.keys(labels)
        .sort()
        .map((name) => `${name}="${labels[name]!.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`)
        .join(",");
}

function braces(...parts: string[]): string {
    const inner = parts.filter((part) => part !== "").join(",");
    return inner === "" ? "" : `{${inner}}`;
}
