/** Neon's API (https://api-docs.neon.tech), as much of it as this plugin uses. */
import { setTimeout as sleep } from "node:timers/promises";
import { PluginError } from "../sdk/failure";
import type { Api } from "../sdk/http";

export const neonApi = "https://console.neon.tech/api/v2";

export interface NeonProject {
    readonly id: string;
    readonly name: string;
    readonly region_id: string;
    readonly pg_version: number;
    readonly org_id?: string;
    readonly history_retention_seconds?: number;
    readonly default_endpoint_settings?: { readonly autoscaling_limit_min_cu?: number; readonly autoscaling_limit_max_cu?: number; readonly suspend_timeout_seconds?: number };
    readonly settings?: { readonly allowed_ips?: { readonly ips?: readonly string[] } };
}

export interface NeonBranch {
    readonly id: string;
    readonly name: string;
    readonly default: boolean;
}

export interface NeonEndpoint {
    readonly id: string;
    readonly host: string;
    readonly type: string;
    readonly branch_id: string;
}

/** What a project is made and changed with. */
export interface NeonProjectSettings {
    readonly name: string;
    readonly history_retention_seconds: number;
    readonly default_endpoint_settings: NeonCompute;
    readonly settings: { readonly allowed_ips: { readonly ips: readonly string[]; readonly protected_branches_only: boolean } };
}

export interface NeonCompute {
    readonly autoscaling_limit_min_cu: number;
    readonly autoscaling_limit_max_cu: number;
    readonly suspend_timeout_seconds: number;
}

export interface NeonFirst {
    readonly region_id: string;
    readonly pg_version: number;
    readonly org_id?: string;
    readonly branch: { readonly name: string; readonly role_name: string; readonly database_name: string; readonly annotations: Readonly<Record<string, string>> };
}

const perPage = 100;

export class NeonClient {
    /** @param pause milliseconds between two looks at operations that are under way */
    constructor(private readonly api: Api, private readonly pause = 1_000) {}

    async projectsNamed(name: string, organization: string | undefined): Promise<readonly NeonProject[]> {
        const found: NeonProject[] = [];
        for (let cursor: string | undefined; ; ) {
            const query = { limit: perPage, search: name, ...(organization === undefined ? {} : { org_id: organization }), ...(cursor === undefined ? {} : { cursor }) };
            const page = await this.api.request<{ projects: NeonProject[]; pagination?: { cursor?: string } }>("GET", "/projects", { query });
            found.push(...page.projects);
            const next = page.pagination?.cursor;
            if (page.projects.length < perPage || next === undefined || next === cursor) return found.filter((project) => project.name === name);
            cursor = next;
        }
    }

    async project(id: string): Promise<NeonProject | undefined> {
        return (await this.api.find<{ project: NeonProject }>(`/projects/${encodeURIComponent(id)}`))?.project;
    }

    async createProject(project: NeonProjectSettings & NeonFirst): Promise<NeonProject> {
        return (await this.api.request<{ project: NeonProject }>("POST", "/projects", { body: { project } })).project;
    }

    async updateProject(id: string, project: NeonProjectSettings): Promise<void> {
        await this.api.request("PATCH", `/projects/${encodeURIComponent(id)}`, { body: { project } });
    }

    async updateEndpoint(project: string, id: string, endpoint: NeonCompute): Promise<void> {
        await this.api.request("PATCH", `/projects/${encodeURIComponent(project)}/endpoints/${encodeURIComponent(id)}`, { body: { endpoint } });
    }

    deleteProject(id: string): Promise<void> {
        return this.api.remove(`/projects/${encodeURIComponent(id)}`);
    }

    async defaultBranch(project: string): Promise<NeonBranch> {
        const { branches } = await this.api.request<{ branches: NeonBranch[] }>("GET", `/projects/${encodeURIComponent(project)}/branches`);
        const branch = branches.find((one) => one.default);
        if (branch === undefined) throw new PluginError(`the project ${project} at Neon has no default branch`);
        return branch;
    }

    /** What was noted at a branch when it was made. */
    async annotations(project: string, branch: string): Promise<Readonly<Record<string, string>>> {
        const { annotation } = await this.api.request<{ annotation?: { value?: Record<string, string> } }>("GET", `/projects/${encodeURIComponent(project)}/branches/${encodeURIComponent(branch)}`);
        return annotation?.value ?? {};
    }

    /** The computer of a branch that takes writes. */
    async endpoint(project: string, branch: string): Promise<NeonEndpoint> {
        const { endpoints } = await this.api.request<{ endpoints: NeonEndpoint[] }>("GET", `/projects/${encodeURIComponent(project)}/endpoints`);
        const endpoint = endpoints.find((one) => one.branch_id === branch && one.type === "read_write");
        if (endpoint === undefined) throw new PluginError(`the project ${project} at Neon has no endpoint that takes writes`);
        return endpoint;
    }

    async connectionUri(project: string, branch: string, database: string, role: string): Promise<string> {
        const query = { branch_id: branch, database_name: database, role_name: role, pooled: false };
        return (await this.api.request<{ uri: string }>("GET", `/projects/${encodeURIComponent(project)}/connection_uri`, { query })).uri;
    }

    /** Names of databases with their owners. */
    async databases(project: string, branch: string): Promise<readonly { readonly name: string; readonly owner_name: string }[]> {
        return (await this.api.request<{ databases: { name: string; owner_name: string }[] }>("GET", `/projects/${encodeURIComponent(project)}/branches/${encodeURIComponent(branch)}/databases`)).databases;
    }

    /** Until nothing is under way any more: changes of a project that is still changing are refused. */
    async settled(project: string, limit = 300_000): Promise<void> {
        for (const end = Date.now() + limit; ; await sleep(this.pause)) {
            const { operations } = await this.api.request<{ operations: { action: string; status: string; error?: string }[] }>("GET", `/projects/${encodeURIComponent(project)}/operations`, { query: { limit: perPage } });
            const underWay = operations.filter(({ status }) => ["scheduling", "running", "cancelling"].includes(status));
            if (underWay.length === 0) {
                const failed = operations[0]?.status === "failed" || operations[0]?.status === "error" ? operations[0] : undefined;
                if (failed !== undefined) throw new PluginError(`Neon could not ${failed.action.replaceAll("_", " ")} in project ${project}: ${failed.error ?? failed.status}`);
                return;
            }
            if (Date.now() >= end) throw new PluginError(`Neon has not finished with project ${project} after ${limit / 1000} s: ${underWay.map(({ action }) => action).join(", ")}`);
        }
    }
}
