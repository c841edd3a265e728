/** Fly.io's Machines API in memory, with its status codes and messages, for tests. */
import { createHash } from "node:crypto";
import { VendorServer, type Answer, type Asked } from "../../testing/driver";
import type { FlyMachine, FlyMachineConfig } from "../client";

export const flyToken = "fly-test-token";

interface AppState {
    readonly organization: string;
    readonly network: string;
    readonly machines: Map<string, FlyMachine & { secretsVersion: number }>;
    readonly secrets: Map<string, string>;
    version: number;
}

export class FlyWorld {
    readonly apps = new Map<string, AppState>();
    readonly server = new VendorServer((asked) => this.answer(asked));
    private readonly leases = new Map<string, string>();
    private count = 0;

    private answer({ method, path, query, headers, body }: Asked): Answer {
        if (headers.authorization !== `Bearer ${flyToken}`) return { status: 401, body: { error: "unauthorized" } };
        const [, , name, what, id, action] = path.split("/").map(decodeURIComponent);
        if (name === undefined) return this.createApp(body as { app_name: string; org_slug: string; network?: string });
        const app = this.apps.get(name);
        if (app === undefined) return { status: 404, body: { error: "App not found" } };
        if (what === undefined) return this.app(method, name, app);
        if (what === "secrets") return this.secrets(method, app, body as { values: Record<string, string | null> });
        if (what !== "machines") return { status: 404, body: { error: "not found" } };
        if (id === undefined) return method === "GET" ? { status: 200, body: [...app.machines.values()] } : this.launch(app, body as Launch);
        const machine = app.machines.get(id);
        if (machine === undefined) return { status: 404, body: { error: "machine not found" } };
        if (action === "lease") return this.lease(method, id);
        if (action === "wait") return { status: machine.state === query.get("state") || query.get("state") === "started" ? 200 : 408, body: { ok: true } };
        if (method === "GET") return { status: 200, body: machine };
        if (method === "DELETE") {
            if (query.get("kill") !== "true") return { status: 412, body: { error: "machine is not stopped" } };
            app.machines.delete(id);
            return { status: 200, body: { ok: true } };
        }
        if (headers["fly-machine-lease-nonce"] !== this.leases.get(id)) return { status: 409, body: { error: "lease is held by another" } };
        const { config, min_secrets_version = 0 } = body as Launch;
        const updated = { ...machine, config, instance_id: `01${++this.count}`, secretsVersion: Math.max(app.version, min_secrets_version) };
        app.machines.set(id, updated);
        return { status: 200, body: updated };
    }

    private createApp({ app_name, org_slug, network = "default" }: { app_name: string; org_slug: string; network?: string }): Answer {
        if (this.apps.has(app_name)) return { status: 422, body: { error: "Validation failed: Name has already been taken" } };
        this.apps.set(app_name, { organization: org_slug, network, machines: new Map(), secrets: new Map(), version: 0 });
        return { status: 201, body: { id: `app-${app_name}`, created_at: 1 } };
    }

    private app(method: string, name: string, { organization, network, machines }: AppState): Answer {
        if (method === "DELETE") {
            this.apps.delete(name);
            return { status: 202 };
        }
        return { status: 200, body: { id: `app-${name}`, name, status: machines.size > 0 ? "deployed" : "pending", network, machine_count: machines.size, organization: { slug: organization, name: organization } } };
    }

    private secrets(method: string, app: AppState, body: { values: Record<string, string | null> }): Answer {
        const listed = () => [...app.secrets].map(([name, value]) => ({ name, digest: createHash("sha256").update(value).digest("hex").slice(0, 16) }));
        if (method === "GET") return { status: 200, body: { secrets: listed() } };
        for (const [key, value] of Object.entries(body.values)) value === null ? app.secrets.delete(key) : app.secrets.set(key, value);
        return { status: 200, body: { version: ++app.version, secrets: listed() } };
    }

    private launch(app: AppState, { name, region, config, min_secrets_version = 0 }: Launch): Answer {
        if ([...app.machines.values()].some((one) => one.name === name)) return { status: 409, body: { error: "already_exists: unique machine name violation, machine ID exists" } };
        if (min_secrets_version > app.version) return { status: 400, body: { error: "no such version of the secrets" } };
        const id = `${(0xd890000000 + ++this.count).toString(16)}`;
        const machine = { id, name, region, config, state: "created", instance_id: `01${this.count}`, private_ip: `fdaa:0:1::${this.count}`, secretsVersion: app.version };
        app.machines.set(id, machine);
        return { status: 200, body: machine };
    }

    private lease(method: string, id: string): Answer {
        if (method === "DELETE") {
            this.leases.delete(id);
            return { status: 200 };
        }
        if (this.leases.has(id)) return { status: 409, body: { error: "lease is held by another" } };
        this.leases.set(id, `nonce-${++this.count}`);
        return { status: 201, body: { status: "success", data: { nonce: this.leases.get(id), expires_at: 1, owner: "test" } } };
    }
}

interface Launch {
    name: string;
    region: string;
    config: FlyMachineConfig;
    min_secrets_version?: number;
}
