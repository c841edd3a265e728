/**
 * Postgres as Cloud SQL, twice: the main instance, and one for vectors that follows it. Searching has a machine of its own,
 * and whatever is indexed was written with its document in one transaction.
 */
import * as random from "@pulumi/random";
import * as sql from "@pulumi/gcp/sql";
import * as pulumi from "@pulumi/pulumi";
import { parseMemory } from "../../topology/quantities";
import type { Share } from "../../topology/derive";
import type { ManagedPostgres, Store } from "../../topology/types";
import type { ComputeGroupHome } from "../agent-cluster/compute-group";
import { refuse } from "../parts/component";

export interface CloudSqlForm {
    readonly kind: "cloud-sql";
    /** Name of the store that takes writes. */
    readonly main: string;
    /** Name of the store that vectors are searched in. */
    readonly vector: string;
    /** Id of a key of Cloud KMS for the disks. @default keys of Google's own */
    readonly diskKey?: pulumi.Input<string> | undefined;
}

export interface CloudSqlArgs {
    readonly form: CloudSqlForm;
    /** `home` of an AgentCluster on a compute group. */
    readonly home: ComputeGroupHome;
    /** The two stores. */
    readonly share: Share;
}

/** The databases as the other components see them. */
export interface CloudSqlDatabase {
    /** Secret values by `bundle/key`. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
    readonly ready: readonly pulumi.Resource[];
    /** The instance that takes writes, and its database: what exports are made of. */
    readonly instance: sql.DatabaseInstance;
    readonly databaseName: string;
}

/** The role that the services connect as; row-level security applies to it. The migration makes it. */
const appRole = "agent_platform_app";

/** Who connected, who waited for whom, and what was changed, in the log. */
const flags = { "cloudsql.enable_pgaudit": "on", "pgaudit.log": "ddl,role", log_connections: "on", log_disconnections: "on", log_lock_waits: "on" } as const;

export function cloudSql(component: pulumi.ComponentResource, name: string, args: CloudSqlArgs): CloudSqlDatabase {
    const { form, home, share } = args;
    const [main, vector] = [form.main, form.vector].map((wanted) => share.stores.find((store): store is ManagedPostgres => store.name === wanted && store.form === "cloud-sql"));
    refuse(component, "RagService", name, problemsOf(form, main, vector));
    const common = { project: home.project, region: home.region, databaseVersion: `POSTGRES_${main!.version}`, deletionProtection: home.protect, ...(form.diskKey === undefined ? {} : { encryptionKeyName: form.diskKey }) };
    const settings = (store: ManagedPostgres) => ({
        tier: store.machine, edition: "ENTERPRISE", availabilityType: store.highAvailability ? "REGIONAL" : "ZONAL", diskType: "PD_SSD", diskSize: Math.ceil((parseMemory(store.size) ?? 0) / 2 ** 30), diskAutoresize: true,
        deletionProtectionEnabled: home.protect,
        ipConfiguration: { ipv4Enabled: false, privateNetwork: home.networkId, sslMode: "ENCRYPTED_ONLY", enablePrivatePathForGoogleCloudServices: false },
        databaseFlags: Object.entries(flags).map(([flag, value]) => ({ name: flag, value })),
        insightsConfig: { queryInsightsEnabled: true, recordApplicationTags: true, recordClientAddress: false },
        userLabels: { "part-of": "agent-platform" },
    });
    const kept = { parent: component, protect: home.protect };
    const instance = new sql.DatabaseInstance(`${name}-main`, {
        ...common, name: `${home.prefix}-main`,
        settings: {
            ...settings(main!),
            backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true, startTime: "02:00", location: home.region, transactionLogRetentionDays: 7, backupRetentionSettings: { retainedBackups: 30, retentionUnit: "COUNT" } },
            maintenanceWindow: { day: 7, hour: 3, updateTrack: "stable" },
        },
    }, { ...kept, dependsOn: [home.peering] });
    const replica = new sql.DatabaseInstance(`${name}-vector`, {
        ...common, name: `${home.prefix}-vector`, masterInstanceName: instance.name, instanceType: "READ_REPLICA_INSTANCE", settings: settings(vector!),
    }, kept);
    const database = new sql.Database(`${name}-database`, { project: home.project, instance: instance.name, name: main!.database, charset: "UTF8", collation: "en_US.UTF8", deletionPolicy: "ABANDON" }, kept);
    const password = (user: string) => pulumi.secret(new random.RandomPassword(`${name}-${user}-password`, { length: 32, special: false }, kept).result);
    const passwords = { owner: password("owner"), app: password("app") };
    const owner = new sql.User(`${name}-owner`, { project: home.project, instance: instance.name, name: main!.user, password: passwords.owner, deletionPolicy: "ABANDON" }, { parent: component });
    const url = (user: string, secret: pulumi.Output<string>, where: sql.DatabaseInstance) => pulumi.interpolate`postgres://${user}:${secret}@${where.privateIpAddress}:${main!.port}/${main!.database}?sslmode=require`;
    return {
        secrets: {
            "database/url": url(appRole, passwords.app, instance),
            "database/password": passwords.app,
            "database-vector/url": url(appRole, passwords.app, replica),
            "database-owner/url": url(main!.user, passwords.owner, instance),
        },
        ready: [database, owner, replica],
        instance,
        databaseName: main!.database,
    };
}

function problemsOf(form: CloudSqlForm, main: ManagedPostgres | undefined, vector: ManagedPostgres | undefined): string[] {
    const problems: string[] = [];
    for (const [role, store] of [["main", main], ["vector", vector]] as const) if (store === undefined) problems.push(`form.${role}: share.stores has no Cloud SQL "${form[role]}"`);
    if (main !== undefined && vector !== undefined) {
        const differing = (["version", "database", "user", "port"] as const satisfies readonly (keyof Store | keyof ManagedPostgres)[]).filter((key) => main[key] !== vector[key]);
        for (const key of differing) problems.push(`form.vector: its ${key} is ${vector[key]}, but it follows the main one, whose is ${main[key]}`);
        if (main === vector) problems.push("form.vector: it is the main one");
    }
    return problems;
}
