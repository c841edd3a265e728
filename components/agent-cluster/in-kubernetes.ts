/** The part of an AgentCluster that is the same in every Kubernetes: namespace, guard rails, first passwords, services. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Home } from "../parts/home";
import type { SecretBundles } from "../parts/secret-bundle";
import { Workload } from "../parts/workload";
import { accessOf, type Access } from "./access";
import type { ResolvedKubernetesArgs } from "./args";
import { guardRails } from "./kubernetes";

/** What the agent API needs of the other components. */
export interface ServeNeeds {
    readonly secrets: SecretBundles;
    readonly after: readonly pulumi.Resource[];
}

export interface InKubernetes {
    readonly home: Home;
    readonly passwords: Access["passwords"];
    readonly facts: { readonly namespace: pulumi.Output<string> };
    serve(needs: ServeNeeds): void;
}

export function inKubernetes(component: pulumi.ComponentResource, name: string, args: ResolvedKubernetesArgs): InKubernetes {
    const { images, storageClass, protect, autoscaling, share, transform } = args;
    const { namespace, guards, priorities } = guardRails(component, name, args);
    const { passwords, secrets } = accessOf(component, name, namespace, protect);
    const home: Home = { namespace, guards, images, secrets, priorities, storageClass, protect, autoscaling };
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
