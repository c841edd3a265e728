/** The configuration of the portable blueprint. Pulumi.yaml says what each key is for. */
import { z } from "zod";
import { checkCluster, checkCommon, checkTunnel, clusterFields, clusterOf, commonFields, tunnelFields, tunnelOf, type CommonConfig, type ExistingCluster, type Tunnel } from "./common";
import { blueprintConfig, json, storageSize, whole, type Reading } from "./fields";
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
    /** Present in a stack that ends by itself; `npm run ephemeral` writes it. */
    readonly ephemeral?: { readonly name: string; readonly expires: string } | undefined;
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
    ephemeral: json(z.strictObject({ name: z.string().regex(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/), expires: z.iso.datetime() })).optional().describe("an object of name, a DNS label of at most 40, and expires, a time such as 2026-11-21T18:00:00Z"),
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
