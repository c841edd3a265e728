/** What the commands have to know of a stack before any program runs: its file's few keys that decide about tools. */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { configurationFor } from "../../policy/src/environments";
import { homeFolder, repository } from "../core/paths";
import { Problem } from "../core/problem";
import { contextName } from "../kubernetes";
import { stackFilePath } from "../pulumi/stackFile";

export interface StackSettings {
    name: string;
    /** The cluster is the one that `up` starts on this machine. */
    local: boolean;
    /** The namespace that everything is in, where it is in a Kubernetes. */
    namespace: string;
    /** Present in a stack that ends by itself. */
    ephemeral?: { name: string; expires: string };
    /** Present in a stack that is a node of a tailnet: the tailnet's name, where people go, and whether the file has a client of its own. */
    tailnet?: { domain: string; address: string; hasClient: boolean };
    kubeconfig?: string;
    context: string;
    registry?: string;
    /** Public half of the key whose signature the cluster asks for. */
    signingKey?: string;
    /** `policy/config/<environment>.json` */
    environment: "dev" | "preview" | "prod";
    /** Which document the stack follows; rules of its own may hold there. */
    blueprint: string;
}

/**
 * @throws Problem AP-STACK-UNKNOWN, AP-STACK-FILE, AP-REGISTRY-MISSING
 */
export function readStack(name: string): StackSettings {
    const document = load(name);
    const get = (key: string) => {
        const value = document.getIn(["config", `agent-platform:${key}`]);
        return typeof value === "string" && value !== "" ? value : undefined;
    };
    const context = get("context");
    const ephemeral = ephemeralIn(document.toJS() as StackFile);
    // Only there the cluster is one that is there already; the other kinds of infrastructure make their own.
    const existing = (get("blueprint") ?? "portable") === "portable" || (get("blueprint") === "standard" && (get("platform") ?? "existing") === "existing");
    const local = existing && context === undefined;
    const namespace = (get("blueprint") ?? "portable") === "portable" ? ["agent-platform", ephemeral?.name].filter(part => part !== undefined).join("-") : "agents-production";
    const domain = get("tailnetDomain");
    const settings: StackSettings = {
        name,
        local,
        namespace,
        ephemeral,
        ...(domain === undefined ? {} : { tailnet: { domain, address: `https://${namespace}.${domain}`, hasClient: document.hasIn(["config", "agent-platform:tailscaleClientId"]) } }),
        kubeconfig: local ? homeFolder("kubeconfig") : get("kubeconfig"),
        context: context ?? contextName,
        registry: get("registry"),
        signingKey: get("signingKey"),
        environment: name === "dev" ? "dev" : ephemeral !== undefined ? "preview" : "prod",
        blueprint: get("blueprint") ?? "portable",
    };
    if (existing && !local && settings.registry === undefined) {
        throw new Problem("AP-REGISTRY-MISSING", {
            what: `stack ${name} names the cluster ${context}, but no registry`,
            why: "a cluster that is not on this machine pulls its images from a registry",
            fix: `npm run up -- --stack ${name} --registry HOST/PATH, which is kept in ${file(name)}`,
        });
    }
    return settings;
}

interface StackFile {
    config?: { "agent-platform:ephemeral"?: { name: string; expires: string } };
}

function ephemeralIn(file: StackFile | null): StackSettings["ephemeral"] {
    return file?.config?.["agent-platform:ephemeral"];
}

/**
 * How pulumi attaches the policy pack, with the levels of this stack's environment and blueprint. A registry that `dev`
 * or an ephemeral stack names is allowed there: the person who deploys it decides. In `prod` the list in policy/config/prod.json stands,
 * which is owned by whoever owns security; only the cluster of this machine, which cannot pull, may have this machine's images.
 */
export function policies(stack: StackSettings): { policyPack: string; args: string[] } {
    const config = configurationFor(stack.environment, stack.blueprint);
    const registries = (config["k8s-image-registry"] as { registries: readonly string[] }).registries;
    // Images that this machine has built itself, for its own cluster, come from no registry at all.
    const built = stack.local ? "localhost" : stack.registry;
    const own = (stack.local || stack.environment !== "prod") && built !== undefined ? { "k8s-image-registry": { registries: [...new Set([...registries, built])] } } : {};
    const derived = homeFolder(`policy-config.${stack.name}.json`);
    mkdirSync(homeFolder(), { recursive: true, mode: 0o700 });
    writeFileSync(derived, JSON.stringify({ ...config, ...own }, undefined, 4));
    return { policyPack: join(repository, "policy"), args: ["--policy-pack-config", derived] };
}

/** The names of all stacks that have a file. */
export function stackNames(): string[] {
    return [repository, homeFolder("ephemeral")].flatMap(folder => globSync("Pulumi.*.yaml", { cwd: folder })).map(each => each.slice("Pulumi.".length, -".yaml".length)).sort();
}

/** Keeps choices of the command line in the stack's file; the comments in it stay. */
export function keepInStack(name: string, choices: Readonly<Record<string, string | undefined>>): void {
    const document = load(name);
    for (const [key, value] of Object.entries(choices)) if (value !== undefined) document.setIn(["config", `agent-platform:${key}`], value);
    const text = document.toString({ lineWidth: 0 });
    const path = stackFilePath(repository, name);
    if (text !== readFileSync(path, "utf8")) writeFileSync(path, text);
}

/** `Pulumi.<stack>.yaml`, for messages. */
function file(name: string): string {
    return `Pulumi.${name}.yaml`;
}

function load(name: string) {
    const path = stackFilePath(repository, name);
    if (!existsSync(path)) {
        throw new Problem("AP-STACK-UNKNOWN", { what: `there is no stack ${name}`, why: `${file(name)} does not exist; there are ${stackNames().join(", ")}`, fix: `choose one of them with --stack, or write ${file(name)}` });
    }
    const document = parseDocument(readFileSync(path, "utf8"));
    if (document.errors.length > 0) {
        throw new Problem("AP-STACK-FILE", { what: `${file(name)} is not valid YAML`, why: document.errors[0]!.message.split("\n")[0]!, fix: `correct it, or take it from git again: git checkout -- ${file(name)}` });
    }
    return document;
}
