/** The instances: one template, a regional group that heals and grows, an account that may do four things. */
import * as compute from "@pulumi/gcp/compute";
import * as projects from "@pulumi/gcp/projects";
import * as secretmanager from "@pulumi/gcp/secretmanager";
import type * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import type { SecretName } from "../../../topology/types";

/** What the account of the instances may do in the project; beside it, read its own secrets and its registry. */
const roles = ["roles/logging.logWriter", "roles/monitoring.metricWriter"] as const;

export interface AccountArgs {
    readonly account: serviceaccount.Account;
    readonly secrets: readonly SecretName[];
    readonly prefix: string;
    readonly region: string;
    readonly values: Readonly<Record<string, pulumi.Input<string>>>;
    readonly protect: boolean;
}

/** Secrets in Secret Manager, each of which the instances may read and nothing else. @returns what the boot script is told, without values */
export function keptSecrets(parent: pulumi.Resource, name: string, { account, secrets, prefix, region, values, protect }: AccountArgs): { readonly versions: pulumi.Output<Record<string, string>>; readonly grants: pulumi.Resource[] } {
    const grants: pulumi.Resource[] = [];
    const versions: Record<string, pulumi.Output<string>> = {};
    for (const secret of secrets) {
        const value = values[secret];
        if (value === undefined) throw new pulumi.RunError(`nothing gives the secret "${secret}"`);
        const key = secret.replaceAll("/", "-");
        const kept = new secretmanager.Secret(`${name}-${key}-secret`, { secretId: `${prefix}-${key}`, replication: { userManaged: { replicas: [{ location: region }] } } }, { parent, protect });
        const version = new secretmanager.SecretVersion(`${name}-${key}-version`, { secret: kept.id, secretData: pulumi.secret(value) }, { parent });
        grants.push(new secretmanager.SecretIamMember(`${name}-${key}-reader`, { secretId: kept.id, role: "roles/secretmanager.secretAccessor", member: pulumi.interpolate`serviceAccount:${account.email}` }, { parent }));
        // The version's name, not its value: another value is another version, and so another template.
        versions[secret] = version.name;
    }
    return { versions: pulumi.output(versions), grants };
}

export function granted(parent: pulumi.Resource, name: string, project: string, email: pulumi.Input<string>): pulumi.Resource[] {
    return roles.map((role) => new projects.IAMMember(`${name}-${role.split("/")[1]!.replaceAll(".", "-")}`, { project, role, member: pulumi.interpolate`serviceAccount:${email}` }, { parent }));
}

export interface GroupArgs {
    readonly prefix: string;
    readonly region: string;
    readonly zones: readonly string[];
    readonly machine: string;
    readonly disk: number;
    readonly min: number;
    readonly max: number;
    /** Mean use of the CPU, in percent, above which another instance starts. */
    readonly cpuPercent: number;
    readonly tag: string;
    readonly port: number;
    readonly healthPath: string;
    readonly networkId: pulumi.Input<string>;
    readonly subnetworkId: pulumi.Input<string>;
    readonly account: pulumi.Input<string>;
    readonly startupScript: pulumi.Input<string>;
    readonly after: readonly pulumi.Resource[];
}

/** Seconds from its start in which an instance is not judged: packages, images and the tables of the first one. */
const startSeconds = 600;

export function instanceGroup(parent: pulumi.Resource, name: string, args: GroupArgs): compute.RegionInstanceGroupManager {
    const { prefix, region, zones } = args;
    const template = new compute.RegionInstanceTemplate(`${name}-template`, {
        region, namePrefix: `${prefix}-`, machineType: args.machine, canIpForward: false, tags: [args.tag],
        disks: [{ boot: true, autoDelete: true, sourceImage: "projects/debian-cloud/global/images/family/debian-13", diskType: "pd-balanced", diskSizeGb: args.disk }],
        // No access configuration: no public address.
        networkInterfaces: [{ network: args.networkId, subnetwork: args.subnetworkId }],
        // The account's roles say what it may do; the scope only lets it ask.
        serviceAccount: { email: args.account, scopes: ["https://www.googleapis.com/auth/cloud-platform"] },
        shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
        metadata: { "block-project-ssh-keys": "true", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE" },
        metadataStartupScript: args.startupScript,
        scheduling: { automaticRestart: true, onHostMaintenance: "MIGRATE" },
        labels: { "part-of": "agent-platform" },
    }, { parent, dependsOn: [...args.after] });
    const health = new compute.HealthCheck(`${name}-healing-check`, {
        name: `${prefix}-healing`, checkIntervalSec: 10, timeoutSec: 5, healthyThreshold: 2, unhealthyThreshold: 6,
        httpHealthCheck: { port: args.port, requestPath: args.healthPath }, logConfig: { enable: true },
    }, { parent });
    const group = new compute.RegionInstanceGroupManager(`${name}-group`, {
        name: prefix, region, baseInstanceName: prefix, versions: [{ instanceTemplate: template.selfLink }],
        distributionPolicyZones: [...zones], distributionPolicyTargetShape: "EVEN",
        namedPorts: [{ name: "http", port: args.port }],
        autoHealingPolicies: { healthCheck: health.id, initialDelaySec: startSeconds },
        updatePolicy: { type: "PROACTIVE", minimalAction: "REPLACE", replacementMethod: "SUBSTITUTE", maxSurgeFixed: zones.length, maxUnavailableFixed: 0, instanceRedistributionType: "PROACTIVE" },
        waitForInstances: true, waitForInstancesStatus: "UPDATED",
    }, { parent, ignoreChanges: ["targetSize"] });
    new compute.RegionAutoscaler(`${name}-autoscaler`, {
        name: prefix, region, target: group.id,
        autoscalingPolicy: { minReplicas: args.min, maxReplicas: args.max, cooldownPeriod: startSeconds, cpuUtilization: { target: args.cpuPercent / 100 }, mode: "ON" },
    }, { parent });
    return group;
}
