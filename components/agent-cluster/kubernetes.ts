/** The namespace and what holds its pods in bounds. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, transformed } from "../parts/component";
import type { Home } from "../parts/home";
import type { ResolvedKubernetesArgs } from "./args";
import { EndOfLife } from "./end-of-life";
import { expiryAnnotation, lifeLabel } from "./life";

/** The Pod Security Standards of this Kubernetes version; an older cluster takes its newest. */
const podSecurityVersion = "v1.34";

/** Who stays when a node is full: data before services before work that can wait. */
const priorities = { data: 100_000, serving: 10_000, background: 1_000 } as const;

export function guardRails(parent: pulumi.Resource, name: string, args: ResolvedKubernetesArgs): Pick<Home, "namespace" | "guards" | "priorities"> {
    const pods = Object.fromEntries(["enforce", "audit", "warn"].flatMap((mode) => [
        [`pod-security.kubernetes.io/${mode}`, "restricted"],
        [`pod-security.kubernetes.io/${mode}-version`, podSecurityVersion],
    ]));
    const [wanted, opts] = transformed<k8s.core.v1.NamespaceArgs>(args.transform.namespace, {
        metadata: { name: args.namespace, labels: { ...args.labels, ...common, ...pods, ...lifeLabels(args) }, ...lifeAnnotations(args) },
    }, fixedName(parent, { protect: args.protect }));
    const namespace = new k8s.core.v1.Namespace(`${name}-namespace`, wanted, opts);
    // Its outputs are unknown as long as its cluster is; the name is not, and policies look at it in the preview.
    const inside = pulumi.all([pulumi.output(wanted.metadata), namespace.urn]).apply(([metadata]) => metadata?.name ?? args.namespace);

    const guards: pulumi.Resource[] = args.policies.map(({ name: policyName, podSelector, policyTypes, ingress, egress }) => new k8s.networking.v1.NetworkPolicy(`${name}-${policyName}-policy`, ...transformed(args.transform.policies, {
        metadata: { name: policyName, namespace: inside, labels: { ...common } },
        spec: {
            podSelector,
            policyTypes,
            ...(ingress.length === 0 ? {} : { ingress }),
            ...(egress.length === 0 ? {} : { egress }),
        },
    }, fixedName(parent))));

    if (args.lifetime !== undefined) guards.push(quota(parent, name, inside));

    // What belongs to the whole cluster goes with the namespace that it is for, also when nobody but the cluster ends it.
    const ends = args.lifetime === undefined ? {} : { ownerReferences: [{ apiVersion: "v1", kind: "Namespace", name: inside, uid: namespace.metadata.uid }] };
    const classOf = (priority: keyof typeof priorities) =>
        // They belong to the whole cluster, so their names carry that of the namespace.
        new k8s.scheduling.v1.PriorityClass(`${name}-${priority}-priority`, {
            metadata: { name: `${args.namespace}-${priority}`, labels: { ...common }, ...ends },
            value: priorities[priority],
            preemptionPolicy: priority === "background" ? "Never" : "PreemptLowerPriority",
            description: `agent-platform: ${priority}`,
        }, fixedName(parent)).metadata.name;
    const classes = { data: classOf("data"), serving: classOf("serving"), background: classOf("background") };
    const apiServer = args.lifetime?.apiServer;
    if (apiServer !== undefined) new EndOfLife(`${name}-end-of-life`, { namespace: inside, ends, image: args.images.app!, priorityClassName: classes.background, apiServer }, { parent });
    return { namespace: inside, guards, priorities: classes };
}

/** How the reaper finds what it may take down; see docs/ephemeral.md. */
function lifeLabels({ lifetime }: ResolvedKubernetesArgs): Record<string, string> {
    return lifetime === undefined ? {} : { [lifeLabel]: lifetime.name };
}

function lifeAnnotations({ lifetime }: ResolvedKubernetesArgs): { annotations?: Record<string, string> } {
    return lifetime === undefined ? {} : { annotations: { [expiryAnnotation]: lifetime.expires } };
}

/** No ephemeral deployment takes the room of another: three times what the portable blueprint needs with one replica each. */
function quota(parent: pulumi.Resource, name: string, namespace: pulumi.Input<string>): k8s.core.v1.ResourceQuota {
    return new k8s.core.v1.ResourceQuota(`${name}-quota`, {
        metadata: { name: "ephemeral", namespace, labels: { ...common } },
        spec: {
            hard: {
                pods: "30",
                "requests.cpu": "2",
                "requests.memory": "4Gi",
                "limits.memory": "24Gi",
                persistentvolumeclaims: "2",
                "requests.storage": "10Gi",
                "services.loadbalancers": "0",
                "services.nodeports": "0",
            },
        },
    }, fixedName(parent));
}
