/** Neon's API in memory, with its status codes and messages, for tests. Operations take two looks to finish; meanwhile changes are refused. */
import { VendorServer, type Answer, type Asked } from "../../testing/driver";
import type { NeonCompute, NeonFirst, NeonProject, NeonProjectSettings } from "../client";

export const neonKey = "neon-test-key";

interface ProjectState {
    project: NeonProject;
    readonly branch: { readonly id: string; readonly name: string; readonly default: true };
    readonly annotations: Readonly<Record<string, string>>;
    readonly endpoint: { readonly id: string; readonly host: string; readonly type: "read_write"; readonly branch_id: string } & Partial<NeonCompute>;
    readonly database: { readonly name: string; readonly owner_name: string };
    /** Looks until it has settled. */
    busy: number;
    failing?: string;
}

export class NeonWorld {
    readonly projects = new Map<string, ProjectState>();
    readonly server = new VendorServer((asked) => this.answer(asked));
    private count = 0;

    private answer({ method, path, query, headers, body }: Asked): Answer {
        if (headers.authorization !== `Bearer ${neonKey}`) return { status: 401, body: { code: "", message: "supplied credentials do not pass authentication" } };
        const [, , id, what, item, rest] = path.split("/").map((part) => decodeURIComponent(part));
        if (id === undefined) return method === "GET" ? this.list(query) : this.create((body as { project: NeonProjectSettings & NeonFirst }).project);
        const state = this.projects.get(id);
        if (state === undefined) return { status: 404, body: { code: "", message: "project not found" } };
        if (method === "GET" && what === "operations") {
            const status = state.busy > 0 ? "running" : state.failing === undefined ? "finished" : "failed";
            state.busy = Math.max(0, state.busy - 1);
            return { status: 200, body: { operations: [{ id: "op-1", action: "apply_config", status, ...(status === "failed" ? { error: state.failing } : {}) }] } };
        }
        if (method === "GET") return this.look(state, what, item, rest, query);
        if (state.busy > 0) return { status: 423, body: { code: "", message: "project already has running conflicting operations, scheduling of new ones is prohibited" } };
        if (method === "DELETE") {
            this.projects.delete(id);
            return { status: 200, body: { project: state.project } };
        }
        state.busy = 2;
        if (what === "endpoints") Object.assign(state.endpoint, (body as { endpoint: NeonCompute }).endpoint);
        else state.project = { ...state.project, ...(body as { project: NeonProjectSettings }).project };
        return { status: 200, body: what === "endpoints" ? { endpoint: state.endpoint } : { project: state.project } };
    }

    private list(query: URLSearchParams): Answer {
        const all = [...this.projects.values()].map((state) => state.project).filter((project) => project.name.includes(query.get("search") ?? ""));
        const from = Number(query.get("cursor") ?? 0);
        const projects = all.slice(from, from + Number(query.get("limit") ?? 10));
        return { status: 200, body: { projects, pagination: { cursor: String(from + projects.length) } } };
    }

    private create({ branch, ...project }: NeonProjectSettings & NeonFirst): Answer {
        const id = `quiet-river-${10000000 + ++this.count}`;
        const branchId = `br-${this.count}`;
        const state: ProjectState = {
            project: { id, ...project },
            branch: { id: branchId, name: branch.name, default: true },
            annotations: branch.annotations,
            endpoint: { id: `ep-${this.count}`, host: `ep-${this.count}.${project.region_id}.aws.neon.tech`, type: "read_write", branch_id: branchId, ...project.default_endpoint_settings },
            database: { name: branch.database_name, owner_name: branch.role_name },
            busy: 2,
        };
        this.projects.set(id, state);
        return { status: 201, body: { project: state.project, branch: state.branch, endpoints: [state.endpoint] } };
    }

    private look(state: ProjectState, what: string | undefined, item: string | undefined, rest: string | undefined, query: URLSearchParams): Answer {
        if (what === undefined) return { status: 200, body: { project: state.project } };
        if (what === "endpoints") return { status: 200, body: { endpoints: [state.endpoint] } };
        if (what === "connection_uri") return { status: 200, body: { uri: `postgresql://${query.get("role_name")}:npg_secret@${state.endpoint.host}/${query.get("database_name")}?sslmode=require` } };
        if (what === "branches" && item === undefined) return { status: 200, body: { branches: [state.branch] } };
        if (what === "branches" && rest === "databases") return { status: 200, body: { databases: [state.database] } };
        if (what === "branches") return { status: 200, body: { branch: state.branch, annotation: { object: { type: "console/branch", id: state.branch.id }, value: state.annotations }} };
        return { status: 404, body: { code: "", message: "not found" } };
    }
}
