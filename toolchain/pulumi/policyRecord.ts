/**
 * Which policies were in force when a stack was last changed. After a deployment under the policies it is recorded in a
 * tag of the stack; before the next one it is compared, and Pulumi's own history of the stack tells whether somebody
 * changed it with the pack left out.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Digests, short enough for a tag. */
export interface PolicyRecord {
    /** The compiled rules. */
    pack: string;
    /** Levels and parameters. */
    config: string;
    waivers: string;
}

export const recordTag = "agent-platform:policies";

/** What is in force now. */
export function currentRecord(policyPack: string, configFile: string | undefined): PolicyRecord {
    return { pack: digest(join(policyPack, "bin/index.js")), config: configFile === undefined ? "none" : digest(configFile), waivers: digest(join(policyPack, "waivers.json")) };
}

export function formatRecord({ pack, config, waivers }: PolicyRecord): string {
    return `pack=${pack} config=${config} waivers=${waivers}`;
}

/** Nothing when the tag has another form: then it tells nothing. */
export function parseRecord(tag: string): PolicyRecord | undefined {
    const match = /^pack=(\S+) config=(\S+) waivers=(\S+)$/.exec(tag.trim());
    return match === null ? undefined : { pack: match[1]!, config: match[2]!, waivers: match[3]! };
}

/** Something about the policies in force that a person should know before the next change. */
export interface PolicyNote {
    /** `changed`: other rules than at the last deployment. `left out`: the last change was made without the pack. */
    kind: "changed" | "left out";
    text: string;
}

/** What tag and history of a stack say, compared with what is in force now. */
export function notesOn(tag: string | undefined, history: readonly HistoryEntry[], now: PolicyRecord): PolicyNote[] {
    const before = tag === undefined ? undefined : parseRecord(tag);
    const changed = before === undefined ? [] : changesSince(before, now).map((text): PolicyNote => ({ kind: "changed", text }));
    const entry = changedWithoutPack(history);
    if (entry === undefined) return changed;
    return [...changed, { kind: "left out", text: `the last change of this stack${entry.startTime === undefined ? "" : `, of ${entry.startTime},`} was made without the policy pack; the next deployment under the pack checks everything again` }];
}

/** What is other than it was at the last deployment, in words. */
export function changesSince(before: PolicyRecord, now: PolicyRecord): string[] {
    const parts = [["pack", "the rules"], ["config", "levels or parameters of the rules"], ["waivers", "the waivers"]] as const;
    return parts.filter(([key]) => before[key] !== now[key]).map(([key, what]) => `${what} changed since the last deployment of this stack (${before[key]} → ${now[key]})`);
}

/** An entry of `pulumi stack history --json`, as far as it is used. */
export interface HistoryEntry {
    kind: string;
    startTime?: string;
    result?: string;
    version?: number;
    environment?: Record<string, string>;
}

/**
 * The last change of the stack, if it was made without a policy pack. Pulumi notes the flags and variables of each run.
 * @param history newest first
 */
export function changedWithoutPack(history: readonly HistoryEntry[]): HistoryEntry | undefined {
    const last = history.find(({ kind }) => kind === "update" || kind === "import" || kind === "resource-import");
    if (last === undefined) return undefined;
    const environment = last.environment ?? {};
    const attached = ["pulumi.flag.policy-pack", "pulumi.env.PULUMI_OPTION_POLICY_PACK"].some(key => Object.hasOwn(environment, key));
    return attached ? undefined : last;
}

function digest(file: string): string {
    return existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16) : "none";
}
