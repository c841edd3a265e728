import { parseNetwork } from "../common/addresses";
import { parseHuJson } from "../common/hujson";
import { typedRule } from "../common/rule";
import type { Findings } from "../core/findings";
import type { ResourceRule } from "../core/rule";
import type { Settings } from "../core/settings";
import { Value } from "../core/value";
import { tailscale } from "./types";

/** Somebody may reach something. From `acls`, where ports stand with the target, or from `grants`. */
export interface Access {
    readonly sources: readonly Value[];
    readonly targets: readonly Target[];
}

export interface Target {
    readonly value: Value;
    /** Without the ports; nothing if unknown. */
    readonly host?: string;
    /** `*`, `443`, `80,443`, `1-1024`, with the protocol in grants. */
    readonly ports: readonly string[];
}

type PolicyParts = Omit<ResourceRule, "scope" | "applies" | "check"> & {
    checkPolicy(policy: Value, settings: Settings, findings: Findings): void;
};

const latest = new Map<string, unknown>();

/** A rule about the policy of a tailnet, be it written as HuJSON or as an object. */
export function policyRule(parts: PolicyParts): ResourceRule {
    const { checkPolicy, ...rest } = parts;
    return typedRule({
        ...rest,
        types: [tailscale.acl],
        check({ properties }, settings, findings) {
            const acl = properties.at("acl");
            const policy = acl.text === undefined ? acl : parsed(acl.text);
            if (policy?.isObject) checkPolicy(policy, settings, findings);
            else findings.undetermined(acl);
        },
    });
}

/** All rules read the same policy one after the other; it is parsed once. */
function parsed(text: string): Value | undefined {
    if (!latest.has(text)) {
        latest.clear();
        latest.set(text, parseHuJson(text));
    }
    const policy = latest.get(text);
    return typeof policy === "object" ? Value.root({ acl: policy }).at("acl") : undefined;
}

/** Who may reach what, by `acls` and `grants`. */
export function accessesOf(policy: Value): Access[] {
    const acls = policy.at("acls").list().filter(rule => rule.at("action").value !== "deny").map(rule => ({
        sources: firstOf(rule, "src", "users").list(),
        targets: firstOf(rule, "dst", "ports").list().map(targetWithPorts),
    }));
    const grants = policy.at("grants").list().map(grant => ({
        sources: grant.at("src").list(),
        targets: grant.at("dst").list().map(value => ({ value, ...(value.text !== undefined && { host: value.text }), ports: grant.at("ip").list().map(port => port.text ?? "*") })),
    }));
    return [...acls, ...grants];
}

function firstOf(value: Value, ...keys: readonly string[]): Value {
    return keys.map(key => value.at(key)).find(part => !part.absent) ?? value.at(keys[0]!);
}

/** `tag:db:5432`, `*:*`, `[fd7a::1]:22`, `host`: the ports stand after the last colon that is not part of a name. */
function targetWithPorts(value: Value): Target {
    if (value.text === undefined) return { value, ports: ["*"] };
    const match = /^(.*):(\*|[\d,\s-]+)$/.exec(value.text);
    return match ? { value, host: match[1]!.replace(/^\[(.*)\]$/, "$1"), ports: match[2]!.split(",").map(port => port.trim()) } : { value, host: value.text, ports: ["*"] };
}

const tailnet = "100.64.0.0/10";

/** True for everybody and everything in a tailnet. */
export function isAnything(host: string | undefined): boolean {
    if (host === undefined) return false;
    if (host === "*" || host === "autogroup:danger-all") return true;
    const block = parseNetwork(host);
    const whole = parseNetwork(tailnet)!;
    return block !== undefined && host.includes("/") && (block.family === 4 ? block.first <= whole.first && block.last >= whole.last : block.last - block.first >= (1n << 80n) - 1n && /^(::\/|fd7a:115c:a1e0::\/)/i.test(host));
}

/** True for port lists that are all ports, or nearly. */
export function isAllPorts(ports: readonly string[]): boolean {
    return ports.some(port => {
        const text = port.replace(/^[a-z]+:/i, "");
        const match = /^(\d+)-(\d+)$/.exec(text);
        return text === "*" || (match !== null && Number(match[2]) - Number(match[1]) >= 60_000);
    });
}

/** True for lists of sources that are everybody: all, or people and machines named apart. */
export function isEverybody(sources: readonly Value[]): boolean {
    const names = new Set(sources.map(source => source.text));
    return sources.some(source => isAnything(source.text)) || ((names.has("autogroup:member") || names.has("autogroup:members")) && names.has("autogroup:tagged"));
}
