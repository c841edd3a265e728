/** The configuration of the portable blueprint. Pulumi.yaml says what each key is for. */
import { z } from "zod";
import { checkCluster, checkCommon, checkTunnel, clusterFields, clusterOf, commonFields, tunnelFields, tunnelOf, type CommonConfig, type ExistingCluster, type Tunnel } from "./common";
import { blueprintConfig, json, storageSize, whole, yesNo, type Reading, type Values } from "./fields";
import { imagesOf } from "./images";
import { checkTailnet, tailnetFields, tailnetOf, type Tailnet } from "./tailnet";

export interface PortableConfig extends CommonConfig {
    readonly blueprint: "portable";
    readonly cluster: ExistingCluster;
    readonly storageClass?: string | undefined;
    readonly storageSize: string;
    /** Present when people come in through a Cloudflare tunnel. */
    readonly tunnel?: Tunnel;
    /** Present when people come in through a tailnet, beside the tunnel or the local port. */
    readonly tailnet?: Tailnet;
    readonly agentMinReplicas: number;
    readonly agentMaxReplicas: number;
    readonly serviceReplicas: number;
    readonly reservedPercent: number;
    /** Where vectors are made: by the services themselves (absent too), or by Ray Serve, run by KubeRay, which scales on its own. */
    readonly inference?: "local" | "ray";
    /** Whether this stack brings KubeRay (not when absent), or the cluster has it already. */
    readonly installKubeRay?: boolean;
    /** Addresses of the API server as pods see them, and its port. */
    readonly apiServer?: { readonly cidr: string; readonly port: number };
    /** Present in a stack that ends by itself; `npm run ephemeral` writes it. */
    readonly ephemeral?: { readonly name: string; readonly expires: string } | undefined;
}

const fields = {
    ...clusterFields,
    ...commonFields,
    ...tunnelFields,
    ...tailnetFields,
    storageSize: storageSize().default("10Gi").describe("a size of at least 1Gi, e.g. 10Gi"),
    agentMinReplicas: whole(1, 5).default(1).describe("a whole number from 1 to 5"),
    agentMaxReplicas: whole(1, 5).default(5).describe("a whole number from 1 to 5"),
    serviceReplicas: whole(1, 10).default(2).describe("a whole number from 1 to 10"),
    reservedPercent: whole(1, 100).default(100).describe("a whole number from 1 to 100"),
    inference: z.enum(["local", "ray"]).default("local").describe("local or ray"),
    installKubeRay: yesNo().default(true).describe("true or false"),
    apiServerCidr: z.cidrv4().optional().describe("a range of addresses such as 10.0.0.0/28"),
    apiServerPort: whole(1, 65_535).default(6443).describe("a whole number from 1 to 65535"),
    ephemeral: json(z.strictObject({ name: z.string().regex(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/), expires: z.iso.datetime() })).optional().describe("an object of name, a DNS label of at most 40, and expires, a time such as 2026-11-21T18:00:00Z"),
};

export const portableConfig = blueprintConfig({
    fields,
    check: (reading) => [
        ...checkCluster(reading),
        ...checkTunnel(reading),
        ...checkTailnet(reading),
        ...checkReplicas(reading),
        ...checkCommon(reading),
        ...checkInference(reading),
        ...imagesOf(wanted(reading.values), reading.values, reading.raw).findings,
    ],
    finish: ({ context, kubeconfig, tunnelToken, tunnelHostname, tailnetDomain, tailscaleClientId, tailscaleClientSecret, registry, images, apiServerCidr, apiServerPort, ...rest }, raw): PortableConfig => ({
        ...rest,
        blueprint: "portable",
        images: imagesOf(wanted({ tunnelToken, tailnetDomain, inference: rest.inference }), { images, registry }, raw).found,
        cluster: clusterOf({ context, kubeconfig }, raw),
        ...(apiServerCidr === undefined ? {} : { apiServer: { cidr: apiServerCidr, port: apiServerPort } }),
        ...tunnelOf({ tunnelToken, tunnelHostname }),
        ...tailnetOf({ tailnetDomain, tailscaleClientId, tailscaleClientSecret }),
    }),
});

function checkReplicas({ values: { agentMinReplicas: min, agentMaxReplicas: max } }: Reading<typeof fields>) {
    return min !== undefined && max !== undefined && min > max ? [{ key: "agentMinReplicas", value: String(min), problem: `is above agentMaxReplicas, ${max}` }] : [];
}

function checkInference({ has, values: { inference } }: Reading<typeof fields>) {
    if (inference === "ray" && !has("apiServerCidr")) return [{ key: "apiServerCidr", problem: "is missing: Ray's autoscaler talks to the API server, and to nothing else outside; e.g. 10.0.0.0/28" }];
    return [];
}

function wanted({ tunnelToken, tailnetDomain, inference }: Partial<Pick<Values<typeof fields>, "tunnelToken" | "tailnetDomain" | "inference">>) {
    return ["app", "web", "postgres", ...(tunnelToken === undefined ? [] : (["cloudflared"] as const)), ...(tailnetDomain === undefined ? [] : (["tailscale"] as const)), ...(inference === "ray" ? (["ray"] as const) : [])] as const;
}
