/** The only reader of the stack configuration: turns strings into one typed object, or names every problem at once. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { homeFolder, repository } from "./toolchain/core/paths";
import { Problem } from "./toolchain/core/problem";
import { contextName } from "./toolchain/kubernetes/installation";
import { parseMemory } from "./topology/quantities";
import { builtImages, imageNames, type BuiltImage, type ImageName } from "./topology/types";

/** A checked configuration. Fields are named like their keys in the stack file. */
export interface Config {
    readonly blueprint: "portable";
    readonly cluster: { readonly kubeconfig?: string; readonly context: string };
    readonly images: Readonly<Partial<Record<ImageName, string>> & Record<BuiltImage, string>>;
    readonly storageClass?: string;
    readonly storageSize: string;
    /** Present when people come in through a Cloudflare tunnel. */
    readonly tunnel?: { readonly hostname: string; readonly token: string };
    readonly refundApprovalThreshold: number;
    readonly agentMinReplicas: number;
    readonly agentMaxReplicas: number;
    readonly agentOngoingRequests: number;
    readonly serviceReplicas: number;
    readonly reservedPercent: number;
    readonly protectData: boolean;
    readonly adminEmail: string;
    readonly userEmail: string;
}

/** What configuration is made of, before it is checked. */
export interface RawConfig {
    /** Keys without the project's prefix; values as the Pulumi CLI hands them over: text, JSON for objects. */
    readonly values: Readonly<Record<string, string>>;
    /** Keys that are encrypted in the stack file. */
    readonly secretKeys: ReadonlySet<string>;
    /** Contents of .agent-platform/images.json, if there is one. */
    readonly builtImages?: string;
    /** The kubeconfig of the local cluster, if there is one. */
    readonly localKubeconfig?: string;
}

/** One thing that is wrong with the configuration. */
export interface ConfigFinding {
    readonly key: string;
    /** What is set now; never that of a secret. */
    readonly value?: string;
    readonly problem: string;
}

/** Thrown with every finding in it, so that one round of editing is enough. */
export class ConfigProblem extends Problem {
    constructor(readonly findings: readonly ConfigFinding[]) {
        super("AP-CONFIG-INVALID", {
            what: `the configuration of this stack has ${findings.length === 1 ? "a problem" : `${findings.length} problems`}:\n${findings.map(line).join("\n")}`,
            why: "nothing is created from a configuration that cannot be right",
            fix: "pulumi config set agent-platform:<key> <value>, or edit Pulumi.<stack>.yaml",
        });
        this.name = "ConfigProblem";
    }
}

/** Reads and checks the configuration of the stack that runs. */
export function loadConfig(): Config {
    const prefix = "agent-platform:";
    const all = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
    return parseConfig({
        values: Object.fromEntries(all.map(([key, value]) => [key.slice(prefix.length), value])),
        secretKeys: new Set(all.filter(([key]) => isSecret(key)).map(([key]) => key.slice(prefix.length))),
        builtImages: readIfThere(join(repository, ".agent-platform", "images.json")),
        localKubeconfig: existsSync(homeFolder("kubeconfig")) ? homeFolder("kubeconfig") : undefined,
    });
}

/**
 * Checks a configuration without touching Pulumi, the disk or the environment.
 * @throws ConfigProblem
 */
export function parseConfig(raw: RawConfig): Config {
    // The CLI fills in the defaults of Pulumi.yaml, where an empty text stands for "not set".
    const given = Object.fromEntries(Object.entries(raw.values).filter(([, value]) => value !== ""));
    const findings = unknownKeys(given);
    const checked: Partial<Checked> = {};
    for (const key of keys) {
        const result = fields[key].safeParse(given[key]);
        if (result.success) Object.assign(checked, { [key]: result.data });
        else findings.push({ key, value: secretKeys.has(key) ? undefined : given[key], problem: `must be ${fields[key].description}` });
    }
    findings.push(...contradictions(given, checked, raw));
    const images = imagesOf(checked, raw, given.tunnelToken !== undefined);
    findings.push(...images.findings);
    if (findings.length > 0) throw new ConfigProblem(findings);

    const { context, kubeconfig, tunnelToken: token, tunnelHostname: hostname, registry: _, ...rest } = checked as Checked;
    return {
        ...rest,
        images: images.found as Config["images"],
        cluster: context === undefined ? { kubeconfig: raw.localKubeconfig, context: contextName } : { kubeconfig, context },
        ...(token !== undefined && hostname !== undefined ? { tunnel: { hostname, token } } : {}),
    };
}

const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const imageByDigest = /^[a-z0-9][-a-z0-9._/:]*@sha256:[0-9a-f]{64}$/;

/** Every key. The description completes the sentence "must be …"; Pulumi.yaml says what each is for. */
const fields = {
    blueprint: z.enum(["portable"]).default("portable").describe("portable"),
    context: z.string().min(1).optional().describe("the name of a context in the kubeconfig"),
    kubeconfig: z.string().min(1).optional().describe("the path of a kubeconfig file"),
    registry: z.string().regex(/^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9][-a-z0-9._]*)*$/).optional().describe("a registry and path without scheme, e.g. registry.example.com/agents"),
    images: imagesField(),
    storageClass: z.string().regex(dnsName).optional().describe("the name of a StorageClass of the cluster"),
    storageSize: z.string().refine((text) => (parseMemory(text) ?? 0) >= 2 ** 30).default("10Gi").describe("a size of at least 1Gi, e.g. 10Gi"),
    tunnelToken: z.string().min(20).optional().describe("the token of a Cloudflare tunnel"),
    tunnelHostname: z.string().regex(dnsName).includes(".").optional().describe("a host name such as agents.example.com"),
    refundApprovalThreshold: whole(0, 1_000_000).default(100).describe("a whole amount in euros from 0 to 1000000"),
    agentMinReplicas: whole(1, 5).default(1).describe("a whole number from 1 to 5"),
    agentMaxReplicas: whole(1, 5).default(5).describe("a whole number from 1 to 5"),
    agentOngoingRequests: whole(1, 10).default(5).describe("a whole number from 1 to 10"),
    serviceReplicas: whole(1, 10).default(2).describe("a whole number from 1 to 10"),
    reservedPercent: whole(1, 100).default(100).describe("a whole number from 1 to 100"),
    protectData: z.enum(["true", "false"]).transform((text) => text === "true").default(true).describe("true or false"),
    adminEmail: email().default("admin@agent-platform.local").describe("an e-mail address"),
    userEmail: email().default("user@agent-platform.local").describe("an e-mail address"),
};

type Checked = { [K in keyof typeof fields]: z.output<(typeof fields)[K]> };
const keys = Object.keys(fields) as (keyof typeof fields)[];
const secretKeys: ReadonlySet<string> = new Set(["tunnelToken"]);

function whole(least: number, most: number) {
    return z.string().regex(/^\d{1,9}$/).transform(Number).pipe(z.number().min(least).max(most));
}

function email() {
    return z.string().max(254).regex(/^[^\s@"<>]+@[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i);
}

/** An object whose keys are image names; each may be left to images.json. */
function imagesField() {
    const shape = Object.fromEntries(imageNames.map((name) => [name, z.string().regex(imageByDigest).optional()])) as Record<ImageName, z.ZodOptional<z.ZodString>>;
    return z.preprocess(parseJson, z.strictObject(shape)).prefault("{}").describe(`an object of ${imageNames.join(", ")}, each an image by digest: name@sha256:<64 hex digits>`);
}

function parseJson(text: unknown): unknown {
    try {
        return JSON.parse(String(text));
    } catch {
        return undefined;
    }
}

function unknownKeys(given: Readonly<Record<string, string>>): ConfigFinding[] {
    return Object.keys(given)
        .filter((key) => !Object.hasOwn(fields, key))
        .map((key) => {
            const near = nearest(key, keys);
            return { key, problem: near === undefined ? `is no key of this project; there are ${keys.join(", ")}` : `is no key of this project: did you mean ${near}?` };
        });
}

/** What is wrong between keys that may each be right. */
function contradictions(given: Readonly<Record<string, string>>, checked: Partial<Checked>, raw: RawConfig): ConfigFinding[] {
    const found: ConfigFinding[] = [];
    const has = (key: keyof Checked): boolean => given[key] !== undefined;
    if (has("tunnelToken") && !raw.secretKeys.has("tunnelToken")) {
        found.push({ key: "tunnelToken", problem: "stands in the stack file in plain text: use `pulumi config set --secret agent-platform:tunnelToken`, and revoke this one at Cloudflare" });
    }
    if (has("tunnelToken") && !has("tunnelHostname")) found.push({ key: "tunnelHostname", problem: "is missing: the public name that the tunnel serves, e.g. agents.example.com" });
    if (has("tunnelHostname") && !has("tunnelToken")) found.push({ key: "tunnelToken", problem: "is missing: tunnelHostname is only reached through a tunnel" });
    if (has("kubeconfig") && !has("context")) found.push({ key: "context", problem: "is missing: a kubeconfig of your own needs the name of the context in it" });
    if (!has("context") && !has("kubeconfig") && raw.localKubeconfig === undefined) {
        found.push({ key: "context", problem: "is not set, and this machine has no local cluster: `npm run up` starts one; or name a context of your kubeconfig" });
    }
    const { agentMinReplicas: min, agentMaxReplicas: max, adminEmail, userEmail } = checked;
    if (min !== undefined && max !== undefined && min > max) found.push({ key: "agentMinReplicas", value: String(min), problem: `is above agentMaxReplicas, ${max}` });
    if (adminEmail !== undefined && adminEmail === userEmail) found.push({ key: "userEmail", value: userEmail, problem: "is the address of the admin too: approvals need two people" });
    return found;
}

/** Images of the stack configuration first, those that `npm run up` built for the rest. */
function imagesOf(checked: Partial<Checked>, raw: RawConfig, tunnel: boolean): { found: Partial<Record<ImageName, string>>; findings: ConfigFinding[] } {
    const found: Partial<Record<ImageName, string>> = {};
    const findings: ConfigFinding[] = [];
    const built = raw.builtImages === undefined ? undefined : parseJson(raw.builtImages);
    const file: Record<string, unknown> = typeof built === "object" && built !== null ? { ...built } : {};
    for (const name of [...builtImages, ...(tunnel ? (["cloudflared"] as const) : [])]) {
        const fromFile = typeof file[name] === "string" ? file[name] : undefined;
        const value = checked.images?.[name] ?? fromFile;
        const elsewhere = checked.images?.[name] === undefined && checked.registry !== undefined && value?.startsWith(`${checked.registry}/`) === false;
        if (value !== undefined && imageByDigest.test(value) && !elsewhere) found[name] = value;
        else if (checked.images === undefined) continue; // Already said to be malformed as a whole.
        else if (name === "cloudflared") findings.push({ key: `images.${name}`, problem: "is missing: the image of the tunnel's connector by digest, e.g. docker.io/cloudflare/cloudflared@sha256:…" });
        else if (elsewhere) findings.push({ key: `images.${name}`, value, problem: `in .agent-platform/images.json is not in the registry ${checked.registry}: \`npm run up -- --registry ${checked.registry}\` pushes it there` });
        else if (value !== undefined) findings.push({ key: `images.${name}`, value, problem: "in .agent-platform/images.json is not pinned by digest: `npm run up` writes that file anew" });
        else findings.push({ key: `images.${name}`, problem: "is not known: run `npm run up`, which builds it and notes it in .agent-platform/images.json, or set it, by digest" });
    }
    return { found, findings };
}

function line({ key, value, problem }: ConfigFinding): string {
    return value === undefined ? `  ${key} ${problem}` : `  ${key} is ${JSON.stringify(value)} and ${problem}`;
}

/** The word that was probably meant: at most two letters wrong in five. */
function nearest(word: string, words: readonly string[]): string | undefined {
    const ranked = words.map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) })).sort((a, b) => a.far - b.far)[0];
    return ranked !== undefined && ranked.far <= Math.max(2, Math.floor(word.length * 0.4)) ? ranked.one : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
        row = next;
    }
    return row[b.length]!;
}

/** Whether the CLI decrypted this key for us; the SDK has the question but does not declare it. */
function isSecret(key: string): boolean {
    const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
    return isConfigSecret(key);
}

function readIfThere(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
}
