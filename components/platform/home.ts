/** What every platform service needs to know of the cluster that it runs in. */
import type * as pulumi from "@pulumi/pulumi";
import type { MirroredCharts } from "./charts";

export interface PlatformHome {
    /** Where pods reach the API server; NetworkPolicies open exactly that. */
    readonly apiServer: { readonly cidrs: readonly string[]; readonly ports: readonly number[] };
    /** Copies of the charts in a registry of one's own. @default the published charts */
    readonly charts?: MirroredCharts;
    /** Refuse to delete what keeps data. */
    readonly protect: boolean;
    /** What has to be there first: the network, the storage. @default nothing */
    readonly after?: readonly pulumi.Resource[];
}
