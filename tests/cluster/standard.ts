/** The blueprint standard on the Kubernetes of this machine, deployed by the README's own command, in an installation of its own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canInstallPackages, installPackages } from "../../toolchain/core/debianPackages";
import { run, which } from "../../toolchain/core/run";
import { scratchImage, type ImageArchive, type ScratchFile } from "../../toolchain/images";
import { importImages, kubernetesProvisions, startCluster } from "../../toolchain/kubernetes";
import { findPrograms } from "../../toolchain/kubernetes/programs";
import { definitions } from "../support/definitions";
import { Deployment, type CommandResult } from "./deployment";

/**
 * What one machine can carry, all of it configuration that the blueprint offers: one Postgres without an operator, one
 * replica of each service of ours, and half of the documented reservations. Ports, limits and probes are the documented ones.
 */
const settings = {
    blueprint: "standard", hostname: "agents-api.yourdomain.com", database: "statefulset", storageSize: "1Gi", monitoring: false, protectData: false,
    reservedPercent: 50, agentReplicas: 1, ragReplicas: 1, uploadReplicas: 1,
};

/** Its name keeps the stack's file in the installation instead of the checkout. */
const stack = "ephemeral-standard";

export class StandardDeployment extends Deployment {
    constructor() {
        super("agents-production");
    }

    /** A cluster that knows the definitions of gateway, certificate and ScaledObject, on which nobody acts, and has a Redis. */
    async prepare(more: Readonly<Record<string, unknown>> = {}): Promise<void> {
        for (const provision of await kubernetesProvisions()) await provision.ensure(() => undefined);
        await startCluster(() => undefined, this.home);
        const files = (await definitions()).filter((file) => /_(gateways|httproutes|certificates|backendtrafficpolicies|scaledobjects|triggerauthentications)\.yaml$/.test(file));
        await this.kubectl("apply", "--server-side", ...files.flatMap((file) => ["-f", file]));
        const [redis] = await this.import(await redisImage());
        mkdirSync(join(this.home, "ephemeral"), { recursive: true });
        const values = Object.entries({ ...settings, ...more, images: { redis } }).map(([key, value]) => [`agent-platform:${key}`, typeof value === "object" ? value : String(value)]);
        writeFileSync(join(this.home, "ephemeral", `Pulumi.${stack}.yaml`), JSON.stringify({ config: Object.fromEntries(values) }));
    }

    override up(...args: string[]): Promise<CommandResult> {
        return super.up("--stack", stack, ...args);
    }

    destroy(): Promise<CommandResult> {
        return this.npm("destroy", "--stack", stack, "--yes");
    }

    /** Takes images into the cluster; their references by digest. */
    async import(...images: readonly ImageArchive[]): Promise<string[]> {
        return (await importImages(images, () => undefined, this.home)).map(({ reference }) => reference);
    }

    async kubectl(...args: string[]): Promise<string> {
        return run(join((await findPrograms()).kubernetes, "kubectl"), args, { env: { KUBECONFIG: this.kubeconfig } });
    }

    /** An object of the blueprint's namespace, such as `deployment/web`. */
    async object<T>(name: string): Promise<T> {
        return JSON.parse(await this.kubectl("get", "-n", this.namespace, "-o", "json", name)) as T;
    }
}

/** Whether Debian's Redis is here or can be had. */
export async function hasRedis(): Promise<boolean> {
    return (await which("redis-server")) !== undefined || ((await canInstallPackages()) && (await installPackages(["redis-server"], () => undefined)) === undefined);
}

/** What the pod's commands need of this machine's Debian: Redis, a shell and two tools. */
async function redisImage(): Promise<ImageArchive> {
    const programs = await Promise.all(["redis-server", "redis-cli", "sh", "cat", "grep"].map(async (name) => [`bin/${name}`, realpathSync((await which(name))!)] as const));
    const libraries = programs.flatMap(([, path]) => [...execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!));
    const files: ScratchFile[] = [...programs.map(([path, from]) => ({ path, from, executable: true })), ...[...new Set(libraries)].map((from) => ({ path: from.slice(1), from, executable: true }))];
    return scratchImage("redis-test", files, ["/bin/redis-server"], { user: "999:999" });
}
