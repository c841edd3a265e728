/** Delivery: Devtron builds, scans and signs; its Argo CD makes the cluster what the repository says. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface GitOpsArgs {
    readonly home: PlatformHome;
    /** The repository with the manifests, over HTTPS. */
    readonly repository: string;
    /** A branch or a tag. @default main */
    readonly revision?: string;
    /** Folders of the repository, each an Application of its own, and the namespace it goes to. */
    readonly applications: readonly { readonly name: string; readonly folder: string; readonly namespace: string }[];
    readonly storageClass: string;
    readonly openedBy?: readonly Door[];
}

/** Where Devtron and its Argo CD are. */
export const gitOpsNamespace = "devtroncd";

export class GitOps extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: GitOpsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:GitOps", name, {}, opts);
        const { home, repository, revision = "main", applications } = args;
        refuse(this, "GitOps", name, [
            ...(/^https:\/\/[^@]+$/.test(repository) ? [] : [`repository: "${repository}" is no address over HTTPS without a password in it`]),
            ...applications.filter((one) => /^(kube-.*|default)$/.test(one.namespace)).map((one) => `applications: "${one.name}" would go to ${one.namespace}`),
        ]);
        // Builds run in its own namespaces with less; Devtron's pods themselves ask for no more than baseline.
        const space = new PlatformNamespace(gitOpsNamespace, {
            home,
            level: "baseline",
            keepsData: true,
            incoming: [{ to: "itself" }, { to: { namespace: "devtron-ci" } }, { to: { namespace: "devtron-cd" } }, ...(args.openedBy ?? [])],
            outgoing: [{ to: "itself" }, { to: "api-server" }, { to: "internet", ports: [443, 22] }, { to: { namespace: "devtron-ci" } }, { to: { namespace: "devtron-cd" } }],
        }, { parent: this });
        const builds = ["devtron-ci", "devtron-cd", "argo"].map((namespace) => new PlatformNamespace(namespace, {
            home,
            level: "baseline",
            outgoing: [{ to: "api-server" }, { to: "internet", ports: [443] }, { to: { namespace: gitOpsNamespace } }],
        }, { parent: this }));
        this.ready = release(this, name, {
            home,
            chart: "devtron",
            namespace: space,
            timeout: 1800,
            values: {
                installer: { modules: ["cicd"] },
                // The Argo CD that comes with it reconciles; there is no second one.
                "argo-cd": { enabled: true, dex: { enabled: false } },
                security: { enabled: true, trivy: { enabled: true }, clair: { enabled: false } },
                global: { storageClass: args.storageClass },
            },
        }, { dependsOn: builds.flatMap((one) => [...one.guards]) });
        const project = custom(this, `${name}-project`, {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "AppProject",
            name: "agent-platform",
            namespace: space.namespace,
            spec: {
                description: "What the repository may change, and nothing else",
                sourceRepos: [repository],
                destinations: [...new Set(applications.map((one) => one.namespace))].sort().map((namespace) => ({ server: "https://kubernetes.default.svc", namespace })),
                clusterResourceWhitelist: [],
                namespaceResourceBlacklist: [{ group: "rbac.authorization.k8s.io", kind: "*" }, { group: "networking.k8s.io", kind: "NetworkPolicy" }],
            },
        }, { dependsOn: [this.ready] });
        for (const one of applications) {
            custom(this, `${name}-${one.name}`, {
                apiVersion: "argoproj.io/v1alpha1",
                kind: "Application",
                name: one.name,
                namespace: space.namespace,
                spec: {
                    project: "agent-platform",
                    source: { repoURL: repository, targetRevision: revision, path: one.folder },
                    destination: { server: "https://kubernetes.default.svc", namespace: one.namespace },
                    // What somebody changed by hand is changed back.
                    syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=false", "ServerSideApply=true", "PruneLast=true"], retry: { limit: 5, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } } },
                },
            }, { dependsOn: [project] });
        }
        this.registerOutputs({});
    }
}
