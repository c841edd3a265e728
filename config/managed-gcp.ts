/** The configuration of the managed-gcp blueprint. Pulumi.yaml says what each key is for. */
import { z } from "zod";
import { checkCommon, commonFields, type CommonConfig } from "./common";
import { blueprintConfig, email, hostname, storageSize, whole, yesNo, type ConfigFinding, type Reading } from "./fields";
import { imagesOf } from "./images";

export interface ManagedGcpConfig extends CommonConfig {
    readonly blueprint: "managed-gcp";
    readonly project: string;
    readonly region: string;
    readonly zones: readonly string[];
    readonly hostname: string;
    readonly instanceMachine: string;
    readonly instanceMin: number;
    readonly instanceMax: number;
    readonly databaseMachine: string;
    readonly storageSize: string;
    readonly redisGigabytes: number;
    readonly rateLimitPerMinute: number;
    readonly customerKey: boolean;
    readonly alertEmail?: string | undefined;
}

const wanted = ["app", "web", "nginx", "squid"] as const;

const fields = {
    ...commonFields,
    gcpProject: z.string().regex(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/).optional().describe("the id of a Google Cloud project"),
    gcpRegion: z.string().regex(/^[a-z]+-[a-z]+\d+$/).default("europe-west4").describe("a Google Cloud region such as europe-west4"),
    hostname: hostname().optional().describe("a host name such as agents-api.example.com"),
    instanceMachine: z.string().regex(/^[a-z]\d[a-z]*-[a-z]+-[-0-9a-z]+$/).default("e2-standard-4").describe("a machine type of Compute Engine such as e2-standard-4"),
    instanceMin: whole(2, 100).default(2).describe("a whole number from 2 to 100"),
    instanceMax: whole(2, 100).default(10).describe("a whole number from 2 to 100"),
    databaseMachine: z.string().regex(/^db-(custom-\d+-\d+|perf-optimized-N-\d+)$/).default("db-custom-2-8192").describe("a tier of Cloud SQL such as db-custom-2-8192"),
    storageSize: storageSize().default("10Gi").describe("a size of at least 1Gi, e.g. 10Gi"),
    redisGigabytes: whole(1, 300).default(1).describe("a whole number from 1 to 300"),
    rateLimitPerMinute: whole(2, 100_000).default(100).describe("a whole number from 2 to 100000"),
    customerKey: yesNo().default(false).describe("true or false"),
    alertEmail: email().optional().describe("an e-mail address"),
};

export const managedGcpConfig = blueprintConfig({
    fields,
    check: (reading) => [
        ...checkCommon(reading, { kubernetes: false, onlyPort: 443 }),
        ...required(reading),
        ...checkInstances(reading),
        ...imagesOf(wanted, reading.values, reading.raw).findings,
    ],
    finish: ({ gcpProject, gcpRegion, hostname, registry, images, ...rest }, raw): ManagedGcpConfig => ({
        ...rest,
        blueprint: "managed-gcp",
        project: gcpProject!,
        region: gcpRegion,
        // Every region has these, with few exceptions (europe-west1 and us-east1 begin at b).
        zones: zonesOf(gcpRegion),
        hostname: hostname!,
        images: imagesOf(wanted, { images, registry }, raw).found,
    }),
});

function zonesOf(region: string): string[] {
    const letters = region === "europe-west1" || region === "us-east1" ? ["b", "c", "d"] : ["a", "b", "c"];
    return letters.map((letter) => `${region}-${letter}`);
}

function required({ has }: Reading<typeof fields>): ConfigFinding[] {
    return [
        ...(has("gcpProject") ? [] : [{ key: "gcpProject", problem: "is missing: the id of the Google Cloud project, e.g. acme-agents" }]),
        ...(has("hostname") ? [] : [{ key: "hostname", problem: "is missing: the public name that people go to, e.g. agents.example.com" }]),
    ];
}

function checkInstances({ values: { instanceMin: min, instanceMax: max } }: Reading<typeof fields>): ConfigFinding[] {
    return min !== undefined && max !== undefined && min > max ? [{ key: "instanceMin", value: String(min), problem: `is above instanceMax, ${max}` }] : [];
}
