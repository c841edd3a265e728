/** What the exporters of others serve: the names of their measures and the labels of each, as their own pinned modules have them. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { findPrograms } from "../../toolchain/kubernetes/programs";
import { partOf, type Source } from "./definitions";

/** Labels by measure. */
export type Measures = ReadonlyMap<string, ReadonlySet<string>>;

const modules = {
    kubeStateMetrics: { module: "k8s.io/kube-state-metrics/v2", version: "v2.15.0", sum: "h1:0qSA+hVCj5p2QSYnbz6NPNflct3C1kPAIhF8ZtMKpIk=", folder: "docs/metrics", part: "measures" },
    // The one that Kubernetes 1.34 has in its kubelet.
    cadvisor: { module: "github.com/google/cadvisor", version: "v0.52.1", sum: "h1:sC8SZ6jio9ds+P2dk51bgbeYeufxo55n0X3tmrpA9as=", folder: "metrics", files: /^prometheus\.go$/, part: "measures" },
    keda: { module: "github.com/kedacore/keda/v2", version: "v2.18.1", sum: "h1:h6bRt/IOxxtZpJlHSqhdH/lcInH7Z9obxg/JvWOmGAw=", folder: "pkg/metricscollector", files: /^prommetrics\.go$/, part: "measures" },
    cloudNativePg: { module: "github.com/cloudnative-pg/cloudnative-pg", version: "v1.27.1", sum: "h1:w+bbtXyEPoaa7sZGXxbb8qJ+/bUGWQ3M48kbNUEpKlk=", folder: "config/manager", files: /^default-monitoring\.yaml$/, part: "measures" },
} as const satisfies Record<string, Source>;

/** All of them together. Needs Go and its module proxy the first time. */
export async function measuresOfOthers(): Promise<Measures> {
    return new Map([...(await kubeStateMetrics()), ...(await cadvisor()), ...(await keda()), ...(await cloudNativePg()), ...(await kubelet())]);
}

async function textsOf(source: Source): Promise<string[]> {
    const folder = await partOf(source);
    return globSync("**/*.*", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
}

/** Tables of its documentation, which are generated from its code: `| name | type | … | `label`=&lt;…`. */
async function kubeStateMetrics(): Promise<Measures> {
    const lines = (await textsOf(modules.kubeStateMetrics)).flatMap((text) => text.split("\n"));
    return new Map(lines.flatMap((line) => {
        const name = /^\|\s*(kube_\w+)\s*\|/.exec(line)?.[1];
        return name === undefined ? [] : [[name, new Set([...line.matchAll(/`(\w+)`=/g)].map((match) => match[1]!))]];
    }));
}

async function cadvisor(): Promise<Measures> {
    const [text = ""] = await textsOf(modules.cadvisor);
    // What the kubelet puts on every measure of a container.
    const common = ["id", "name", "image", "container", "pod", "namespace"];
    return new Map([...text.matchAll(/name:\s+"(container_\w+)"([^]*?)getValues/g)].map(([, name, rest]) => [name!, new Set([...common, ...[...(/extraLabels:\s+\[\]string\{([^}]*)\}/.exec(rest!)?.[1] ?? "").matchAll(/"(\w+)"/g)].map((match) => match[1]!)])]));
}

async function keda(): Promise<Measures> {
    const [text = ""] = await textsOf(modules.keda);
    const labels = new Set([.../metricLabels\s+=\s+\[\]string\{([^}]*)\}/.exec(text)![1]!.matchAll(/"(\w+)"/g)].map((match) => match[1]!));
    return new Map([...text.matchAll(/Subsystem:\s+"(\w+)",\s+Name:\s+"(\w+)",[^]*?\},\s*(\w+)/g)].map(([, subsystem, name, of]) => [`keda_${subsystem}_${name}`, of === "metricLabels" ? labels : new Set<string>()]));
}

/** Queries that an instance answers, each column a measure or a label. */
async function cloudNativePg(): Promise<Measures> {
    const [text = ""] = await textsOf(modules.cloudNativePg);
    const { data } = parse(text) as { data: { queries: string } };
    const queries = parse(data.queries) as Record<string, { name?: string; metrics: Record<string, { usage: string }>[] }>;
    return new Map(Object.entries(queries).flatMap(([query, { name = query, metrics }]) => {
        const columns = metrics.flatMap((one) => Object.entries(one));
        const labels = new Set(columns.filter(([, { usage }]) => usage === "LABEL").map(([column]) => column));
        return columns.filter(([, { usage }]) => usage !== "LABEL").map(([column]) => [`cnpg_${name}_${column}`, labels] as const);
    }));
}

/** The kubelet that runs here: its program carries the second half of each name. */
async function kubelet(): Promise<Measures> {
    const program = readFileSync(join((await findPrograms()).kubernetes, "kubelet"));
    const labels = new Set(["namespace", "persistentvolumeclaim"]);
    return new Map(["capacity_bytes", "available_bytes", "used_bytes", "inodes", "inodes_free", "inodes_used"].filter((half) => program.includes(`volume_stats_${half}`)).map((half) => [`kubelet_volume_stats_${half}`, labels]));
}
