/** Fly.io's Machines API (https://docs.machines.dev), as much of it as this plugin uses. */
import { Api, ApiError } from "../sdk/http";

export const flyApi = "https://api.machines.dev/v1";

export interface FlyApp {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly machine_count?: number;
    readonly network?: string;
    readonly organization: { readonly slug: string };
}

/** The part of a machine's configuration that this plugin sets; the API has more. */
export interface FlyMachineConfig {
    readonly image: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly guest: { readonly cpu_kind: string; readonly cpus: number; readonly memory_mb: number };
    readonly init?: { readonly cmd?: readonly string[]; readonly entrypoint?: readonly string[] };
    readonly files?: readonly { readonly guest_path: string; readonly raw_value?: string; readonly secret_name?: string }[];
    /** More containers beside the image, in the same network; the first is the image itself. */
    readonly containers?: readonly { readonly name: string; readonly image: string; readonly cmd?: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly restart?: { readonly policy: string } }[];
    readonly restart?: { readonly policy: string };
    readonly stop_config?: { readonly timeout: string; readonly signal: string };
    readonly metadata?: Readonly<Record<string, string>>;
    readonly checks?: Readonly<Record<string, { readonly type: string; readonly port: number; readonly path: string; readonly method: string; readonly interval: string; readonly timeout: string; readonly grace_period: string }>>;
}

export interface FlyMachine {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly region: string;
    readonly instance_id: string;
    readonly private_ip: string;
    readonly config?: FlyMachineConfig;
}

export interface FlySecret {
    readonly name: string;
    readonly digest: string;
}

export class FlyClient {
    constructor(private readonly api: Api) {}

    app(name: string): Promise<FlyApp | undefined> {
        return this.api.find(`/apps/${encodeURIComponent(name)}`);
    }

    /** The documentation calls the name `app_name`, the vendor's own client `name`: both are sent. */
    async createApp(name: string, organization: string, network: string | undefined): Promise<void> {
        await this.api.request("POST", "/apps", { query: { wait: true }, body: { app_name: name, name, org_slug: organization, ...(network === undefined ? {} : { network }) } });
    }

    deleteApp(name: string): Promise<void> {
        return this.api.remove(`/apps/${encodeURIComponent(name)}`);
    }

    async machines(app: string): Promise<readonly FlyMachine[]> {
        return (await this.api.find<FlyMachine[]>(`/apps/${encodeURIComponent(app)}/machines`)) ?? [];
    }

    machine(app: string, id: string): Promise<FlyMachine | undefined> {
        return this.api.find(`/apps/${encodeURIComponent(app)}/machines/${encodeURIComponent(id)}`);
    }

    createMachine(app: string, body: { name: string; region: string; config: FlyMachineConfig; min_secrets_version?: number }): Promise<FlyMachine> {
        return this.api.request("POST", `/apps/${encodeURIComponent(app)}/machines`, { body });
    }

    /** Under a lease, so that nobody else changes the machine meanwhile. */
    async updateMachine(app: string, id: string, body: { region: string; config: FlyMachineConfig; min_secrets_version?: number }): Promise<FlyMachine> {
        const path = `/apps/${encodeURIComponent(app)}/machines/${encodeURIComponent(id)}`;
        const { data } = await this.api.request<{ data: { nonce: string } }>("POST", `${path}/lease`, { query: { ttl: 120 } });
        const lease = { "fly-machine-lease-nonce": data.nonce };
        try {
            // The same configuration twice is the same machine.
            return await this.api.request<FlyMachine>("POST", path, { body, headers: lease, repeatable: true });
        } finally {
            await this.api.remove(`${path}/lease`, { headers: lease }).catch(() => undefined);
        }
    }

    /** The API holds the call until the machine is in that state, for at most a minute. */
    async waitFor(app: string, machine: FlyMachine, state: "started" | "destroyed", limit: number): Promise<void> {
        const path = `/apps/${encodeURIComponent(app)}/machines/${encodeURIComponent(machine.id)}/wait`;
        for (const end = Date.now() + limit; ; ) {
            const seconds = Math.max(1, Math.min(60, Math.round((end - Date.now()) / 1000)));
            try {
                await this.api.request("GET", path, { query: { state, timeout: seconds, ...(state === "started" ? { version: machine.instance_id } : {}) }, timeout: (seconds + 10) * 1000 });
                return;
            } catch (error) {
                if (state === "destroyed" && error instanceof ApiError && error.httpStatus === 404) return;
                const waiting = error instanceof ApiError && error.httpStatus === 408;
                if (!waiting || Date.now() >= end) throw error;
            }
        }
    }

    /** A machine that runs is killed: what it works on goes back to the queue when its lease ends. */
    destroyMachine(app: string, id: string): Promise<void> {
        return this.api.remove(`/apps/${encodeURIComponent(app)}/machines/${encodeURIComponent(id)}`, { query: { kill: true } });
    }

    async secrets(app: string): Promise<readonly FlySecret[]> {
        return (await this.api.find<{ secrets: FlySecret[] }>(`/apps/${encodeURIComponent(app)}/secrets`))?.secrets ?? [];
    }

    /** Sets the given ones; null deletes. */
    setSecrets(app: string, values: Readonly<Record<string, string | null>>): Promise<{ version: number; secrets: readonly FlySecret[] }> {
        return this.api.request("POST", `/apps/${encodeURIComponent(app)}/secrets`, { body: { values }, repeatable: true });
    }
}
