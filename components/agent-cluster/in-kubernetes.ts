/** The part of an AgentCluster that is the same in every Kubernetes: namespace, guard rails, first passwords, services. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Home } from "../parts/home";
import { SecretBundle, type BundleName, type SecretBundles } from "../parts/secret-bundle";
import { Workload } from "../parts/workload";
import { accessInKubernetes, type AccessInKubernetes } from "./access";
import type { ResolvedKubernetesArgs } from "./args";
import { guardRails } from "./kubernetes";

/** What the agent API needs of the other components. */
export interface ServeNeeds {
    readonly secrets: SecretBundles;
    readonly after: readonly pulumi.Resource[];
}

export interface InKubernetes {
    readonly home: Home;
    readonly passwords: AccessInKubernetes["passwords"];
    readonly facts: { readonly namespace: pulumi.Output<string> };
    serve(needs: ServeNeeds): void;
}

/** A cluster that was made here or by another stack. */
export interface MadeCluster {
    readonly kubeconfig: pulumi.Input<string>;
    /** Changes when the cluster is replaced. */
    readonly identifier: pulumi.Input<string>;
}

/**
 * How every Kubernetes is dealt with. A Secret that changes is changed in place, and its checksum rolls the pods that use it:
 * made anew, it would take their Deployments with it, and with them everybody who is served.
 */
export const kubernetesWays = { enableServerSideApply: true, enableSecretMutable: true } as const;

/**
 * The provider for a cluster that was made: when the cluster is replaced, what was in the old one is made anew in the
 * new one; when it cannot be reached, what is in it is left as it was and not forgotten.
 */
export function clusterProvider(name: string, { kubeconfig, identifier }: MadeCluster, opts?: pulumi.ResourceOptions): k8s.Provider {
    return new k8s.Provider(name, { kubeconfig, ...kubernetesWays, clusterIdentifier: identifier, skipUpdateUnreachable: true }, opts);
}

/** The inside of a cluster that a component has made: its children go to that cluster, whatever the component's own provider. */
export class Inside extends pulumi.ComponentResource {
    constructor(name: string, parent: pulumi.Resource, provider: pulumi.ProviderResource) {
        super("agent-platform:index:Inside", name, {}, { parent, providers: [provider] });
        this.registerOutputs({});
    }
}

export function inKubernetes(component: pulumi.ComponentResource, name: string, args: ResolvedKubernetesArgs): InKubernetes {
    const { images, storageClass, protect, autoscaling, share, transform, secretSource } = args;
    const { namespace, guards, priorities } = guardRails(component, name, args);
    const { passwords, secrets } = accessInKubernetes(component, name, namespace, secretSource, protect, args.sessionKeys);
    const others = Object.entries(args.secrets).map(([bundle, values]) => [bundle, new SecretBundle(bundle as BundleName, { namespace, values }, { parent: component })] as const);
    const home: Home = { namespace, guards, images, secrets: { ...secrets, ...Object.fromEntries(others) }, secretSource, priorities, storageClass, protect, autoscaling };
    return {
        home,
        passwords,
        facts: { namespace },
        serve: ({ secrets, after }) => {
            const addresses: k8s.core.v1.Service[] = [];
            // The web front last: its NGINX looks up the names of all it forwards to when it starts.
            for (const service of share.services.toSorted((a, b) => Number(a.image === "web") - Number(b.image === "web"))) {
                const { address } = new Workload(service.name, { home, service, secrets, after: [...after, ...addresses], transform: transform.services?.[service.name] }, { parent: component });
                if (address !== undefined) addresses.push(address);
            }
        },
    };
}
