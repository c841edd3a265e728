/** Waits until the parts of a started node do their work, and puts in what every cluster of ours holds. */
import { createHash } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../core/log";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { KubeClient } from "./api";
import { metricsPort, recordFile, revisionOf } from "./configuration";
import { readIfThere, readJson, writeAtomic } from "./files";
import { nodeName, type Installation } from "./installation";
import { pkiFile } from "./pki";
import { isAlive } from "./process";
import { upstreamServers } from "./resolver";
import type { NodeObject } from "./status";
import type { SupervisorRecord, SupervisorSpec } from "./supervisor";
import { systemObjects } from "./system";

/** A machine that compiles at the same time is slow. */
const patience = 180_000;

export async function waitForApi(installation: Installation, spec: SupervisorSpec): Promise<KubeClient> {
    const client = KubeClient.fromKubeconfig(installation.kubeconfig);
    let last: unknown;
    for (const end = Date.now() + patience; Date.now() < end; await sleep(150)) {
        try {
            // One that is about to be replaced may still answer.
            const apiServer = readJson<SupervisorRecord>(spec.record);
            const current = apiServer?.revision === spec.revision && isAlive(apiServer.processes["kube-apiserver"]) && apiServer.processes["kube-apiserver"]?.revision === revisionOf(installation, "kube-apiserver");
            if (!current) throw new Error("it is not running");
            await client.text("/readyz", 3000);
            return client;
        } catch (error) {
            last = error;
        }
    }
    client.close();
    throw new Problem("AP-K8S-START", {
        what: "The API server of the local Kubernetes does not answer", why: `after three minutes: ${last instanceof Error ? last.message : String(last)}`,
        fix: `look at the ends of kube-apiserver.log and etcd.log in ${join(installation.folder, "logs")}; \`npm run up\` tries again`, cause: last,
    });
}

export async function applySystem(client: KubeClient, installation: Installation, corednsImage: string): Promise<void> {
    const objects = systemObjects({ dnsService: installation.network.dnsService, corednsImage, upstream: upstreamServers(), metrics: { address: installation.network.hostAddress, port: metricsPort, authority: readIfThere(pkiFile(installation, "ca.crt")) ?? "" } });
    const digest = createHash("sha256").update(JSON.stringify(objects)).digest("hex");
    const mark = join(installation.folder, "system.applied");
    if (readIfThere(mark) === digest) return;
    for (const { path, object } of objects) await applyPatiently(client, path, object);
    writeAtomic(mark, digest);
}

/** In its first seconds an API server refuses some writes: its own roles and quotas are not there yet. */
async function applyPatiently(client: KubeClient, path: string, object: object): Promise<void> {
    for (const end = Date.now() + 30_000; ; await sleep(300)) {
        try {
            await client.apply(path, object);
            return;
        } catch (error) {
            if (Date.now() > end) throw error;
            log(`applying ${path}: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
}

export async function waitForNode(client: KubeClient, installation: Installation, report: Report): Promise<void> {
    report("node and names");
    // What the API server remembers of a node that has been down is no sign of life.
    const started = Date.parse(readJson<SupervisorRecord>(recordFile(installation))?.processes.kubelet?.since ?? "") || 0;
    let why = "the kubelet has not registered the node";
    for (const end = Date.now() + patience; Date.now() < end; await sleep(200)) {
        const node = await retried(() => client.find<NodeObject>(`/api/v1/nodes/${nodeName}`));
        const lease = await retried(() => client.find<{ spec: { renewTime?: string } }>(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nodeName}`));
        const ready = node?.status.conditions.find(condition => condition.type === "Ready");
        const alive = Date.parse(lease?.spec.renewTime ?? "") >= started;
        if (ready?.status === "True" && alive) {
            if (await servesNames(installation)) return;
            why = "names (CoreDNS) are not served yet";
        } else if (ready && alive) why = ready.message ?? why;
    }
    throw new Problem("AP-K8S-START", { what: "The node of the local Kubernetes does not get ready", why, fix: `look at the ends of kubelet.log and containerd.log in ${join(installation.folder, "logs")}; \`npm run up\` tries again` });
}

/** The API server answers, and may still be short of breath. */
async function retried<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
        return await call();
    } catch (error) {
        log(`while waiting: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
    }
}

async function servesNames(installation: Installation): Promise<boolean> {
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([installation.network.dnsService]);
    try {
        return (await resolver.resolve4("kubernetes.default.svc.cluster.local")).includes(installation.network.apiService);
    } catch {
        return false;
    }
}
