/** The configuration of the hetzner blueprint. Pulumi.yaml says what each key is for. */
import { z } from "zod";
import { chartNames, type ChartName, type MirroredCharts } from "../components/platform/charts";
import { isInZone } from "../topology/addresses";
import { checkCommon, commonFields, type CommonConfig } from "./common";
import { blueprintConfig, hostname, json, secret, storageSize, text, whole, type ConfigFinding, type Reading } from "./fields";
import { checkIdentity, identityFields, type Identity } from "./identity";
import { imagesOf } from "./images";
import { checkRegistryCidr, signingFields, signingOf, type Signing } from "./signing";

/** Machine types of Hetzner Cloud, by what they do. */
export interface Machines {
    readonly control: string;
    readonly app: string;
    readonly ai: string;
    readonly db: string;
    readonly egress: string;
}

export interface HetznerConfig extends CommonConfig, Identity {
    readonly blueprint: "hetzner";
    readonly region: string;
    readonly machines: Machines;
    readonly hcloudToken: string;
    readonly talosImage: string;
    readonly sshPublicKey: string;
    /** Addresses of CI runners. */
    readonly operatorAddresses: readonly string[];
    /** Addresses that NetBird gives to its peers. */
    readonly vpnCidr: string;
    readonly hostname: string;
    readonly customerHostnames: readonly string[];
    /** Names of internal tools are below it, and resolve on the VPN alone. */
    readonly internalDomain: string;
    readonly certificateEmail: string;
    readonly dnsZone: string;
    /** May change the zone; it does not leave this program. */
    readonly cloudflareToken: string;
    /** May change records of the zone, and nothing else: it lies in the cluster. */
    readonly dnsToken: string;
    readonly storageSize: string;
    readonly mostReplicas: number;
    readonly objectStore: { readonly endpoint: string; readonly region: string; readonly accessKey: string; readonly secretKey: string; readonly prefix: string };
    readonly backupRecipient: string;
    /** Only images that it has signed run. */
    readonly signing: Signing;
    /** Who makes the application's own passwords and keys, and keeps them. */
    readonly applicationSecrets: "vault" | "pulumi";
    readonly vaultSeal: { readonly address: string; readonly key: string; readonly token: string };
    readonly netbird: { readonly management: string; readonly setupKey: string };
    readonly gitRepository: string;
    /** Accounts that may change rights without an alarm. */
    readonly mayChangeRights: readonly string[];
    readonly charts: MirroredCharts;
    /** Registry of the built images and of the mirrored ones. */
    readonly registry?: string | undefined;
}

const machineType = z.string().regex(/^(cx|cpx|ccx)\d{2}$/);
const cidr = z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/([89]|[12]\d|3[0-2])$/);

const fields = {
    ...commonFields,
    region: z.enum(["fsn1", "nbg1", "hel1"]).default("nbg1").describe("fsn1, nbg1 or hel1, where the object store is too"),
    machines: json(z.strictObject({ control: machineType.default("cpx31"), app: machineType.default("ccx33"), ai: machineType.default("ccx43"), db: machineType.default("ccx33"), egress: machineType.default("cx22") })).prefault("{}").describe("an object of control, app, ai, db, egress, each an x86 machine type such as ccx33"),
    hcloudToken: secret(z.string().regex(/^[A-Za-z0-9-]{32,80}$/).optional().describe("a token of a Hetzner Cloud project")),
    talosImage: z.string().regex(/^\d{1,12}$/).optional().describe("the number of a snapshot with the Talos image, see docs/runbooks/hetzner.md"),
    sshPublicKey: z.string().regex(/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]{60,}/).optional().describe("a public SSH key; Hetzner mails a password for machines without one, and Talos takes no SSH"),
    operatorAddresses: json(z.array(cidr).min(1)).optional().describe("a list of ranges such as [\"203.0.113.10/32\"], of /8 or smaller"),
    vpnCidr: cidr.default("100.64.0.0/10").describe("the range of NetBird's addresses"),
    hostname: hostname().optional().describe("a host name such as app.example.com"),
    customerHostnames: json(z.array(hostname())).prefault("[]").describe("a list of host names such as [\"www.customer.com\"]"),
    internalDomain: hostname().optional().describe("a domain such as internal.example.com"),
    certificateEmail: z.email().optional().describe("an e-mail address that Let's Encrypt may write to"),
    dnsZone: hostname().optional().describe("a zone at Cloudflare such as example.com"),
    cloudflareToken: secret(text().optional().describe("a token that may edit the zone: DNS, Zone Settings, Zone WAF, Cache Rules, SSL and Certificates, and read Zone")),
    dnsToken: secret(text().optional().describe("a token that may edit the records of the zone and nothing else: DNS, and read Zone")),
    storageSize: storageSize().default("100Gi").describe("a size of at least 1Gi, e.g. 100Gi"),
    mostReplicas: whole(1, 50).default(10).describe("a whole number from 1 to 50"),
    objectEndpoint: z.string().regex(/^[a-z0-9][-.a-z0-9]+[a-z0-9]$/).default("nbg1.your-objectstorage.com").describe("a host name such as nbg1.your-objectstorage.com"),
    objectAccessKey: secret(text().optional().describe("an access key of the object store")),
    objectSecretKey: secret(text().optional().describe("the secret key of the object store")),
    objectPrefix: z.string().regex(/^[a-z0-9][-a-z0-9]{1,30}[a-z0-9]$/).optional().describe("small letters, digits and \"-\", before each bucket's name"),
    backupRecipient: z.string().regex(/^age1[a-z0-9]{58}$/).optional().describe("a public key of age (age1…)"),
    ...identityFields,
    ...signingFields,
    applicationSecrets: z.enum(["vault", "pulumi"]).default("pulumi").describe("vault or pulumi"),
    vaultSealAddress: z.url({ protocol: /^https$/ }).optional().describe("the https address of the Vault that unseals"),
    vaultSealKey: text().default("agent-platform").describe("the name of a key of its transit engine"),
    vaultSealToken: secret(text().optional().describe("a token for that key")),
    netbirdManagement: z.url({ protocol: /^https$/ }).default("https://api.netbird.io:443").describe("an https address"),
    netbirdSetupKey: secret(text().optional().describe("a setup key of NetBird")),
    gitRepository: z.string().regex(/^https:\/\/[^@\s]+$/).optional().describe("an https address of a repository, without a password in it"),
    mayChangeRights: json(z.array(z.string().regex(/^[-:.@/a-z0-9]+$/i)).min(1)).prefault('["admin"]').describe("a list of accounts such as [\"admin\"]"),
    charts: json(z.strictObject(Object.fromEntries(chartNames.map((name) => [name, z.string().regex(/^[a-z0-9][-a-z0-9._/:]*@sha256:[0-9a-f]{64}$/).optional()])) as Record<ChartName, z.ZodOptional<z.ZodString>>)).prefault("{}").describe("an object of charts, each by digest: registry.example.com/charts/keda@sha256:<64 hex digits>"),
};
type Fields = typeof fields;

/** What only the one who deploys knows, and what it is for. */
const needed: Readonly<Partial<Record<keyof Fields, string>>> = {
    hcloudToken: "machines are made with it",
    talosImage: "machines start from it",
    sshPublicKey: "Hetzner mails a password for a machine without one",
    operatorAddresses: "nobody else may reach the cluster's API",
    hostname: "people come in by it",
    internalDomain: "internal tools are below it",
    certificateEmail: "Let's Encrypt wants it",
    dnsZone: "records are written there",
    cloudflareToken: "the zone is set up with it",
    dnsToken: "the cluster writes records with it, and must not be able to switch the zone's guards off",
    objectAccessKey: "backups are written with it",
    objectSecretKey: "backups are written with it",
    objectPrefix: "names of buckets are taken by others",
    backupRecipient: "copies of etcd are encrypted for it",
    signingKey: "only what it has signed runs",
    vaultSealAddress: "Vault is opened by it after a restart",
    vaultSealToken: "Vault is opened by it after a restart",
    netbirdSetupKey: "operators come in by the mesh",
    gitRepository: "the cluster is made what it says",
};

const images = ["app", "web", "cloudnative-pg", "cloudnative-pg-operator", "pgbouncer", "nats", "ollama", "steel-browser", "flowise", "netbird", "talos-backup"] as const;

export const hetznerConfig = blueprintConfig({
    fields,
    check: (reading) => [...checkNeeded(reading), ...checkNames(reading), ...checkIdentity(reading), ...checkRegistryCidr(reading), ...checkCommon(reading), ...imagesOf(images, reading.values, reading.raw).findings],
    finish: (values, raw): HetznerConfig => {
        const { objectEndpoint, objectAccessKey, objectSecretKey, objectPrefix, vaultSealAddress, vaultSealKey, vaultSealToken, netbirdManagement, netbirdSetupKey, signingKey, registryCidr, ...rest } = values;
        const given = rest as { readonly [K in keyof typeof rest]: NonNullable<(typeof rest)[K]> };
        return {
            ...given,
            blueprint: "hetzner",
            signing: signingOf({ signingKey, registryCidr, registry: values.registry })!,
            images: imagesOf(images, values, raw).found,
            charts: Object.fromEntries(Object.entries(values.charts).filter(([, reference]) => reference !== undefined)),
            objectStore: { endpoint: objectEndpoint, region: objectEndpoint.split(".")[0]!, accessKey: objectAccessKey!, secretKey: objectSecretKey!, prefix: objectPrefix! },
            vaultSeal: { address: vaultSealAddress!, key: vaultSealKey, token: vaultSealToken! },
            netbird: { management: netbirdManagement, setupKey: netbirdSetupKey! },
        };
    },
});

function checkNeeded({ has }: Reading<Fields>): ConfigFinding[] {
    return (Object.keys(needed) as (keyof Fields & string)[]).filter((key) => !has(key)).map((key) => ({ key, problem: `is missing: ${needed[key]}` }));
}

function checkNames({ values: { hostname: host, dnsZone: zone, internalDomain: internal, customerHostnames: customers } }: Reading<Fields>): ConfigFinding[] {
    const found: ConfigFinding[] = [];
    if (host !== undefined && zone !== undefined && !isInZone(host, zone)) found.push({ key: "hostname", value: host, problem: `is not in the zone ${zone}, where its record would be` });
    if (host !== undefined && internal !== undefined && isInZone(host, internal)) found.push({ key: "hostname", value: host, problem: `is below ${internal}, which only operators resolve` });
    for (const customer of customers ?? []) if (zone !== undefined && isInZone(customer, zone)) found.push({ key: "customerHostnames", value: customer, problem: `is in our own zone ${zone}: it is no customer's` });
    return found;
}
