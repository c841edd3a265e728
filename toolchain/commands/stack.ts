/** What the commands have to know of a stack before any program runs: its file's few keys that decide about tools. */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { homeFolder, repository } from "../core/paths";
import { Problem } from "../core/problem";
import { contextName } from "../kubernetes";

export interface StackSettings {
    name: string;
    /** The cluster is the one that `up` starts on this machine. */
    local: boolean;
    kubeconfig?: string;
    context: string;
    registry?: string;
    /** `policy/config/<environment>.json` */
    environment: "dev" | "prod";
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
    const local = context === undefined;
    const settings: StackSettings = {
        name,
        local,
        kubeconfig: local ? homeFolder("kubeconfig") : get("kubeconfig"),
        context: context ?? contextName,
        registry: get("registry"),
        environment: name === "dev" ? "dev" : "prod",
    };
    if (!local && settings.registry === undefined) {
        throw new Problem("AP-REGISTRY-MISSING", {
            what: `stack ${name} names the cluster ${context}, but no registry`,
            why: "a cluster that is not on this machine pulls its images from a registry",
            fix: `npm run up -- --stack ${name} --registry HOST/PATH, which is kept in ${file(name)}`,
        });
    }
    return settings;
}

/**
 * How pulumi attaches the policy pack, with the levels of this stack's environment. A registry that `dev` names is
 * allowed there: the person who deploys it decides. In `prod` the list in policy/config/prod.json stands, which is
 * owned by whoever owns security.
 */
export function policies(stack: StackSettings): { policyPack: string; args: string[] } {
    const committed = join(repository, "policy", "config", `${stack.environment}.json`);
    return { policyPack: join(repository, "policy"), args: ["--policy-pack-config", stack.environment === "dev" && stack.registry !== undefined ? withRegistry(committed, stack.registry) : committed] };
}

function withRegistry(committed: string, registry: string): string {
    const config = JSON.parse(readFileSync(committed, "utf8")) as { "k8s-image-registry": { registries: string[] } };
    config["k8s-image-registry"].registries.push(registry);
    const derived = homeFolder("policy-config.json");
    mkdirSync(homeFolder(), { recursive: true, mode: 0o700 });
    writeFileSync(derived, JSON.stringify(config));
    return derived;
}

/** Keeps choices of the command line in the stack's file; the comments in it stay. */
export function keepInStack(name: string, choices: Readonly<Record<string, string | undefined>>): void {
    const document = load(name);
    for (const [key, value] of Object.entries(choices)) if (value !== undefined) document.setIn(["config", `agent-platform:${key}`], value);
    const text = document.toString({ lineWidth: 0 });
    if (text !== readFileSync(join(repository, file(name)), "utf8")) writeFileSync(join(repository, file(name)), text);
}

/** `Pulumi.<stack>.yaml`, relative to the repository. */
function file(name: string): string {
    return `Pulumi.${name}.yaml`;
}

function load(name: string) {
    const path = join(repository, file(name));
    if (!existsSync(path)) {
        const known = globSync("Pulumi.*.yaml", { cwd: repository }).map(each => each.slice("Pulumi.".length, -".yaml".length)).sort();
        throw new Problem("AP-STACK-UNKNOWN", { what: `there is no stack ${name}`, why: `${file(name)} does not exist; there are ${known.join(", ")}`, fix: `choose one of them with --stack, or write ${file(name)}` });
    }
    const document = parseDocument(readFileSync(path, "utf8"));
    if (document.errors.length > 0) {
        throw new Problem("AP-STACK-FILE", { what: `${file(name)} is not valid YAML`, why: document.errors[0]!.message.split("\n")[0]!, fix: `correct it, or take it from git again: git checkout -- ${file(name)}` });
    }
    return document;
}
