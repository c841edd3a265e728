/** The configuration of the mesh blueprint. Pulumi.yaml says what each key is for. */
import { z } from "zod";
import { isInZone } from "../topology/addresses";
import { checkCommon, commonFields, type CommonConfig } from "./common";
import { blueprintConfig, hostname, json, secret, text, whole, type ConfigFinding, type Reading, type Values } from "./fields";
import { imagesOf } from "./images";
import { checkPair, tailscaleClientFields, type TailscaleClient } from "./tailnet";

/** Tokens of vendors; what is absent is taken from the environment variable that the vendor's own tools read. */
export interface MeshTokens extends TailscaleClient {
    readonly cloudflareToken?: string | undefined;
    readonly flyToken?: string | undefined;
    readonly modalTokenId?: string | undefined;
    readonly modalTokenSecret?: string | undefined;
    readonly neonApiKey?: string | undefined;
}

export interface MeshConfig extends CommonConfig, MeshTokens {
    readonly blueprint: "mesh";
    readonly hostname: string;
    readonly customerHostnames: readonly string[];
    readonly ociTenancy: string;
    readonly ociCompartment: string;
    readonly ociRegion: string;
    readonly ociAvailabilityDomain: string;
    readonly ociObjectNamespace: string;
    readonly ociGatewayImage: string;
    readonly gatewayMachine: string;
    readonly gcpProject: string;
    readonly gcpRegion: string;
    readonly cloudflareAccount: string;
    readonly cloudflareZoneId: string;
    readonly cloudflareZone: string;
    readonly databaseHostname: string;
    readonly tailnet: string;
    readonly flyOrganization: string;
    readonly flyRegion: string;
    readonly chunkers: number;
    readonly modalEnvironment: string;
    readonly readersMax: number;
    readonly neonRegion: string;
    readonly neonOrganization?: string | undefined;
    readonly redisGigabytes: number;
    readonly rateLimitPerMinute: number;
}

const wanted = ["app", "web", "postgres", "cloudflared", "tailscale"] as const;
const identifier = z.string().regex(/^[0-9a-f]{32}$/);

const fields = {
    ...commonFields,
    hostname: hostname().optional().describe("a host name such as agents.example.com"),
    cloudflareZone: hostname().optional().describe("the name of the zone at Cloudflare, e.g. example.com"),
    databaseHostname: hostname().optional().describe("a host name in the zone, for the tunnel to the database, e.g. database.example.com"),
    customerHostnames: json(z.array(hostname())).prefault("[]").describe("a list of host names of customers"),
    ociTenancy: z.string().regex(/^ocid1\.tenancy\.[-.a-z0-9_]+$/).optional().describe("the OCID of the tenancy"),
    ociCompartment: z.string().regex(/^ocid1\.(compartment|tenancy)\.[-.a-z0-9_]+$/).optional().describe("the OCID of a compartment"),
    ociRegion: z.string().regex(/^[a-z]+-[a-z]+-\d+$/).default("eu-frankfurt-1").describe("an Oracle Cloud region such as eu-frankfurt-1"),
    ociAvailabilityDomain: text().optional().describe("the name of an availability domain such as Uocm:EU-FRANKFURT-1-AD-1"),
    ociObjectNamespace: text().optional().describe("the tenancy's namespace of Object Storage"),
    ociGatewayImage: z.string().regex(/^ocid1\.image\.[-.a-z0-9_]+$/).optional().describe("the OCID of an image of Ubuntu 24.04"),
    gatewayMachine: z.string().regex(/^VM\.[-A-Za-z0-9.]+\.Flex\/[1-9]\d?\/[1-9]\d{0,2}$/).default("VM.Standard.E4.Flex/4/16").describe("a flexible shape with OCPUs and gigabytes, such as VM.Standard.E4.Flex/4/16"),
    gcpProject: z.string().regex(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/).optional().describe("the id of a Google Cloud project"),
    gcpRegion: z.string().regex(/^[a-z]+-[a-z]+\d+$/).default("europe-west4").describe("a Google Cloud region such as europe-west4"),
    cloudflareAccount: identifier.optional().describe("the id of an account at Cloudflare, 32 hex digits"),
    cloudflareZoneId: identifier.optional().describe("the id of a zone at Cloudflare, 32 hex digits"),
    cloudflareToken: secret(text().optional().describe("an API token of Cloudflare")),
    tailnet: text().default("-").describe("the name of a tailnet, or - for that of the client"),
    ...tailscaleClientFields,
    flyOrganization: z.string().regex(/^[a-z0-9][-a-z0-9]{0,30}$/).optional().describe("the slug of an organization at Fly.io"),
    flyRegion: z.string().regex(/^[a-z]{3}$/).default("fra").describe("the three letters of a region of Fly.io, e.g. fra"),
    flyToken: secret(text().optional().describe("an API token of Fly.io")),
    chunkers: whole(1, 20).default(2).describe("a whole number from 1 to 20"),
    modalEnvironment: z.string().regex(/^[a-zA-Z0-9][-a-zA-Z0-9._]{0,63}$/).default("main").describe("the name of an environment at Modal"),
    modalTokenId: secret(z.string().startsWith("ak-").optional().describe("the id of a token of Modal, ak-…")),
    modalTokenSecret: secret(z.string().startsWith("as-").optional().describe("the secret of a token of Modal, as-…")),
    readersMax: whole(1, 20).default(3).describe("a whole number from 1 to 20"),
    neonRegion: z.string().regex(/^(aws|azure)-[a-z0-9-]+$/).default("aws-eu-central-1").describe("a region of Neon such as aws-eu-central-1"),
    neonOrganization: z.string().regex(/^org-[a-z0-9-]+$/).optional().describe("the id of an organization at Neon, org-…"),
    neonApiKey: secret(text().optional().describe("an API key of Neon")),
    redisGigabytes: whole(1, 300).default(1).describe("a whole number from 1 to 300"),
    rateLimitPerMinute: whole(2, 100_000).default(100).describe("a whole number from 2 to 100000"),
};

/** What only the person who deploys can know. */
const required = {
    hostname: "the public name that people go to, e.g. agents.example.com",
    cloudflareZone: "the name of the zone at Cloudflare, e.g. example.com",
    databaseHostname: "a name in the zone for the tunnel to the database, e.g. database.example.com",
    ociTenancy: "the OCID of the tenancy",
    ociCompartment: "the OCID of the compartment that everything is made in",
    ociAvailabilityDomain: "the availability domain of the gateway: `oci iam availability-domain list`",
    ociObjectNamespace: "the tenancy's namespace of Object Storage: `oci os ns get`",
    ociGatewayImage: "the OCID of an image of Ubuntu 24.04: `oci compute image list`",
    gcpProject: "the id of the Google Cloud project",
    cloudflareAccount: "the id of the account at Cloudflare",
    cloudflareZoneId: "the id of the zone at Cloudflare",
    flyOrganization: "the slug of the organization at Fly.io",
} as const;
type Required = keyof typeof required;

export const meshConfig = blueprintConfig({
    fields,
    check: (reading) => [
        ...checkCommon(reading, { kubernetes: false }),
        ...Object.entries(required).flatMap(([key, what]) => (reading.has(key as Required) ? [] : [{ key, problem: `is missing: ${what}` }])),
        ...checkPairs(reading),
        ...imagesOf(wanted, reading.values, reading.raw).findings,
    ],
    finish: (values, raw): MeshConfig => {
        const { registry, images, ...rest } = values as Values<typeof fields> & { readonly [K in Required]: string };
        return { ...rest, blueprint: "mesh", images: imagesOf(wanted, { images, registry }, raw).found };
    },
});

function checkPairs({ has, values }: Reading<typeof fields>): ConfigFinding[] {
    const together = [...checkPair(has, "tailscaleClientId", "tailscaleClientSecret"), ...checkPair(has, "modalTokenId", "modalTokenSecret")];
    const { cloudflareZone } = values;
    const outside = (["hostname", "databaseHostname"] as const).flatMap((key) => {
        const value = values[key];
        return value === undefined || cloudflareZone === undefined || isInZone(value, cloudflareZone) ? [] : [{ key, value, problem: `is not in the zone ${cloudflareZone}` }];
    });
    return [...together, ...outside];
}
