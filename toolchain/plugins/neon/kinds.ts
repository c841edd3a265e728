/** What can be made at Neon: a project, which is one Postgres with a branch, a role and a database. */
import { z } from "zod";
import { PluginError } from "../sdk/failure";
import { makeOnce } from "../sdk/http";
import { drift, type Kind } from "../sdk/kinds";
import type { Props } from "../sdk/values";
import type { NeonClient, NeonCompute, NeonProject, NeonProjectSettings } from "./client";

const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/).describe("small letters, digits and \"_\", at most 63");
const computeUnits = z.number().min(0.25).max(16).multipleOf(0.25);

export const projectInputs = z.object({
    name: z.string().min(1).max(256).describe("a name of 1 to 256 characters"),
    region: z.string().regex(/^(aws|azure)-[a-z0-9-]+$/).describe("a region of Neon, e.g. aws-eu-central-1"),
    postgresVersion: z.number().int().min(14).max(18).default(17).describe("a whole number from 14 to 18"),
    organization: z.string().regex(/^org-[a-z0-9-]+$/).optional().describe("the id of an organization, org-…"),
    database: identifier,
    role: identifier,
    historySeconds: z.number().int().min(0).max(2_592_000).default(604_800).describe("a whole number of seconds up to 2592000, 30 days: how far back any moment can be restored"),
    minComputeUnits: computeUnits.default(0.25).describe("a multiple of 0.25 from 0.25 to 16"),
    maxComputeUnits: computeUnits.default(2).describe("a multiple of 0.25 from 0.25 to 16"),
    suspendSeconds: z.number().int().min(-1).max(604_800).default(-1).describe("seconds without a query until it sleeps, -1 for never, 0 for Neon's own choice"),
    allowedAddresses: z.array(z.string().regex(/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2}|-\d{1,3}(\.\d{1,3}){3})?$/)).default([]).describe("IPv4 addresses, ranges a-b or CIDR blocks; none means everybody who knows the password"),
});

type ProjectInputs = z.output<typeof projectInputs>;

const ownerMark = "pulumi_urn";
const branchName = "main";

export const project: Kind<NeonClient, ProjectInputs> = {
    inputs: projectInputs,
    computed: ["branchId", "endpointId", "host", "connectionUri"],
    stable: ["branchId", "endpointId", "host", "connectionUri"],
    secrets: ["connectionUri"],
    replaces: ["region", "postgresVersion", "organization", "database", "role"],
    async create(client, inputs, { urn }) {
        const mine = async () => {
            for (const one of await client.projectsNamed(inputs.name, inputs.organization)) {
                const { id } = await client.defaultBranch(one.id);
                if ((await client.annotations(one.id, id))[ownerMark] === urn) return one;
            }
            return undefined;
        };
        const made = await makeOnce(mine, () => client.createProject({
            ...settingsOf(inputs),
            region_id: inputs.region,
            pg_version: inputs.postgresVersion,
            ...(inputs.organization === undefined ? {} : { org_id: inputs.organization }),
            branch: { name: branchName, role_name: inputs.role, database_name: inputs.database, annotations: { [ownerMark]: urn } },
        }));
        await client.settled(made.id);
        return { id: made.id, outputs: await outputsOf(client, made.id, inputs.database, inputs.role) };
    },
    async update(client, id, inputs) {
        await client.updateProject(id, settingsOf(inputs));
        await client.settled(id);
        const branch = await client.defaultBranch(id);
        const endpoint = await client.endpoint(id, branch.id);
        // The settings of a project are those of its next endpoint, not of the one it has.
        await client.updateEndpoint(id, endpoint.id, computeOf(inputs));
        await client.settled(id);
        return outputsOf(client, id, inputs.database, inputs.role);
    },
    async read(client, id, inputs) {
        const found = await client.project(id);
        if (found === undefined) return undefined;
        const actual = inputsOf(found);
        if (inputs !== undefined) return { inputs: drift(inputs as unknown as Props, actual), outputs: await outputsOf(client, id, inputs.database, inputs.role) };
        const branch = await client.defaultBranch(id);
        const databases = await client.databases(id, branch.id);
        const [database] = databases;
        if (databases.length !== 1 || database === undefined) throw new PluginError(`the project ${id} at Neon has ${databases.length} databases; only one with a single database can be imported`);
        return { inputs: { ...actual, database: database.name, role: database.owner_name }, outputs: await outputsOf(client, id, database.name, database.owner_name) };
    },
    async delete(client, id) {
        // Neon keeps it for 7 days: https://neon.com/docs/manage/projects
        await client.deleteProject(id);
    },
};

function settingsOf(inputs: ProjectInputs): NeonProjectSettings {
    return {
        name: inputs.name,
        history_retention_seconds: inputs.historySeconds,
        default_endpoint_settings: computeOf(inputs),
        settings: { allowed_ips: { ips: inputs.allowedAddresses, protected_branches_only: false } },
    };
}

function computeOf({ minComputeUnits, maxComputeUnits, suspendSeconds }: ProjectInputs): NeonCompute {
    return { autoscaling_limit_min_cu: minComputeUnits, autoscaling_limit_max_cu: maxComputeUnits, suspend_timeout_seconds: suspendSeconds };
}

function inputsOf({ name, region_id, pg_version, org_id, history_retention_seconds, default_endpoint_settings: compute, settings }: NeonProject): Props {
    return {
        name,
        region: region_id,
        postgresVersion: pg_version,
        ...(org_id === undefined ? {} : { organization: org_id }),
        ...(history_retention_seconds === undefined ? {} : { historySeconds: history_retention_seconds }),
        ...(compute?.autoscaling_limit_min_cu === undefined ? {} : { minComputeUnits: compute.autoscaling_limit_min_cu }),
        ...(compute?.autoscaling_limit_max_cu === undefined ? {} : { maxComputeUnits: compute.autoscaling_limit_max_cu }),
        ...(compute?.suspend_timeout_seconds === undefined ? {} : { suspendSeconds: compute.suspend_timeout_seconds }),
        allowedAddresses: [...(settings?.allowed_ips?.ips ?? [])],
    };
}

async function outputsOf(client: NeonClient, id: string, database: string, role: string): Promise<Props> {
    const branch = await client.defaultBranch(id);
    const endpoint = await client.endpoint(id, branch.id);
    return { branchId: branch.id, endpointId: endpoint.id, host: endpoint.host, connectionUri: await client.connectionUri(id, branch.id, database, role) };
}
