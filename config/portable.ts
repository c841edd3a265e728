/** The configuration of the portable blueprint. Pulumi.yaml says what each key is for. */
import { checkCluster, checkCommon, checkTunnel, clusterFields, clusterOf, commonFields, tunnelFields, tunnelOf, type CommonConfig, type ExistingCluster, type Tunnel } from "./common";
import { blueprintConfig, storageSize, whole, type Reading } from "./fields";
import { imagesOf } from "./images";

export interface PortableConfig extends CommonConfig {
    readonly blueprint: "portable";
    readonly cluster: ExistingCluster;
    readonly storageClass?: string | undefined;
    readonly storageSize: string;
    /** Present when people come in through a Cloudflare tunnel. */
    readonly tunnel?: Tunnel;
    readonly agentMinReplicas: number;
    readonly agentMaxReplicas: number;
    readonly serviceReplicas: number;
    readonly reservedPercent: number;
}

const fields = {
    ...clusterFields,
    ...commonFields,
    ...tunnelFields,
    storageSize: storageSize().default("10Gi").describe("a size of at least 1Gi, e.g. 10Gi"),
    agentMinReplicas: whole(1, 5).default(1).describe("a whole number from 1 to 5"),
    agentMaxReplicas: whole(1, 5).default(5).describe("a whole number from 1 to 5"),
    serviceReplicas: whole(1, 10).default(2).describe("a whole number from 1 to 10"),
    reservedPercent: whole(1, 100).default(100).describe("a whole number from 1 to 100"),
};

export const portableConfig = blueprintConfig({
    fields,
    check: (reading) => [
        ...checkCluster(reading),
        ...checkTunnel(reading),
        ...checkReplicas(reading),
        ...checkCommon(reading),
        ...imagesOf(wanted(reading.has("tunnelToken")), reading.values, reading.raw).findings,
    ],
    finish: ({ context, kubeconfig, tunnelToken, tunnelHostname, registry, images, ...rest }, raw): PortableConfig => ({
        ...rest,
        blueprint: "portable",
        images: imagesOf(wanted(tunnelToken !== undefined), { images, registry }, raw).found,
        cluster: clusterOf({ context, kubeconfig }, raw),
        ...tunnelOf({ tunnelToken, tunnelHostname }),
    }),
});

function checkReplicas({ values: { agentMinReplicas: min, agentMaxReplicas: max } }: Reading<typeof fields>) {
    return min !== undefined && max !== undefined && min > max ? [{ key: "agentMinReplicas", value: String(min), problem: `is above agentMaxReplicas, ${max}` }] : [];
}

function wanted(tunnel: boolean) {
    return ["app", "web", "postgres", ...(tunnel ? (["cloudflared"] as const) : [])] as const;
}
