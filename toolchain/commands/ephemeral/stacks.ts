/** Ephemeral stacks: how they are named, how long they live, and which there are. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Document, parseDocument } from "yaml";
import { repository } from "../../core/paths";
import { Problem } from "../../core/problem";
import { ephemeralPrefix as prefix, stackFilePath } from "../../pulumi/stackFile";
import { readStack, stackNames, type StackSettings } from "../stack";

/** An ephemeral stack as its file tells it. */
export type EphemeralStack = StackSettings & { ephemeral: NonNullable<StackSettings["ephemeral"]> };

const minute = 60_000;
const units = { m: minute, h: 60 * minute, d: 24 * 60 * minute } as const;
/** Two weeks: what is needed longer is no preview any more. */
const longest = 14 * units.d;

/**
 * The name of the stack that shows `name`.
 * @throws Problem AP-USAGE
 */
export function stackOf(name: string | undefined): string {
    if (name !== undefined && /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) return `${prefix}${name}`;
    throw new Problem("AP-USAGE", {
        what: name === undefined ? "the name of the ephemeral stack is missing" : `${JSON.stringify(name)} is no name for an ephemeral stack`,
        why: "it becomes part of a namespace: small letters, digits and -, beginning with a letter, at most 40",
        fix: "npm run ephemeral -- create pr-123",
    });
}

/**
 * Milliseconds of a text such as 90m, 4h or 2d.
 * @throws Problem AP-USAGE
 */
export function readTtl(text: string): number {
    const match = /^(\d{1,4})([mhd])$/.exec(text);
    const length = match === null ? NaN : Number(match[1]) * units[match[2] as keyof typeof units];
    if (length >= minute && length <= longest) return length;
    throw new Problem("AP-USAGE", { what: `--ttl ${text} is no time to live`, why: "it is a number of minutes, hours or days, at most 14 days", fix: "--ttl 90m, --ttl 4h, --ttl 2d" });
}

/** A time from now on, in whole seconds. */
export function expiryIn(milliseconds: number): string {
    return new Date(Math.ceil((Date.now() + milliseconds) / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** All that have a file, soonest to end first. */
export function ephemeralStacks(): EphemeralStack[] {
    return stackNames().filter(name => name.startsWith(prefix)).map(readStack).filter(isEphemeral).sort((a, b) => a.ephemeral.expires.localeCompare(b.ephemeral.expires));
}

/**
 * One of them.
 * @throws Problem AP-EPHEMERAL-UNKNOWN
 */
export function ephemeralStack(name: string | undefined): EphemeralStack {
    const wanted = stackOf(name);
    const stack = ephemeralStacks().find(candidate => candidate.name === wanted);
    if (stack !== undefined) return stack;
    const known = ephemeralStacks().map(({ ephemeral }) => ephemeral.name);
    throw new Problem("AP-EPHEMERAL-UNKNOWN", {
        what: `there is no ephemeral stack ${name}`,
        why: known.length === 0 ? "there is none at all" : `there are ${known.join(", ")}`,
        fix: `npm run ephemeral -- create ${name}`,
    });
}

/** What a stack's file is given beside its end; what is absent stays as the file has it. */
export interface Choices {
    /** Where the cluster's own end of it finds the API server; without it there is none. */
    readonly apiServerCidr?: string | undefined;
    readonly tailnet?: Tailnet | undefined;
}

/** A tailnet that people reach the stack in. */
export interface Tailnet {
    /** Its DNS name. */
    readonly domain: string;
    /** Tailscale's own image, by digest. */
    readonly image: string;
}

/** Writes the stack's file: small, unprotected, and with its end in it. What a person has added to one that is there stays. */
export function writeStack(name: string, expires: string, { apiServerCidr, tailnet }: Choices = {}): EphemeralStack {
    const stack = stackOf(name);
    const path = stackFilePath(repository, stack);
    const known = existsSync(path);
    const fresh = { blueprint: "portable", ephemeral: {}, serviceReplicas: 1, agentMaxReplicas: 1, reservedPercent: 10, storageSize: "2Gi", protectData: false };
    const chosen = { ephemeral: { name, expires }, ...(apiServerCidr === undefined ? {} : { apiServerCidr }), ...(tailnet === undefined ? {} : { tailnetDomain: tailnet.domain }) };
    const document: Document = known ? parseDocument(readFileSync(path, "utf8")) : new Document({ config: {} });
    if (!known) document.commentBefore = " Made by `npm run ephemeral`, which takes it away again; see docs/ephemeral.md.";
    for (const [key, value] of Object.entries(known ? chosen : { ...fresh, ...chosen })) document.setIn(["config", `agent-platform:${key}`], document.createNode(value));
    if (tailnet !== undefined) document.setIn(["config", "agent-platform:images"], document.createNode({ ...imagesIn(document), tailscale: tailnet.image }));
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // In quotes, because the CLI takes a time without them for a date of its own.
    writeFileSync(path, document.toString({ lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }));
    return ephemeralStack(name);
}

function imagesIn(document: Document): object {
    const { config } = document.toJS() as { config?: Record<string, object | undefined> };
    return config?.["agent-platform:images"] ?? {};
}

export function forgetStack(stack: string): void {
    if (stack.startsWith(prefix)) rmSync(stackFilePath(repository, stack), { force: true });
}

export function hasFile(stack: string): boolean {
    return existsSync(stackFilePath(repository, stack));
}

/** How long until it ends, in words. */
export function untilEnd(expires: string, now = Date.now()): string {
    const left = Date.parse(expires) - now;
    if (left <= 0) return "expired";
    // In whole minutes first: what is a little less than an hour is an hour.
    const all = Math.ceil(left / units.m);
    const [days, hours, minutes] = [Math.floor(all / 1440), Math.floor(all / 60) % 24, all % 60];
    return [days > 0 && `${days} d`, hours > 0 && `${hours} h`, days === 0 && `${minutes} min`].filter(Boolean).join(" ");
}

function isEphemeral(stack: StackSettings): stack is EphemeralStack {
    return stack.ephemeral !== undefined;
}
