/** Firewall rules of Google Cloud in their forms: VPC rules, and rules of hierarchical, global and regional policies. */
import { opennessOf, type Openness } from "../../common/addresses";
import { allPorts, parsePorts, protocolOf, type PortRange } from "../../common/ports";
import { isTrue } from "../../common/truth";
import type { Resource } from "../../core/resource";
import type { Value } from "../../core/value";
import { gcp } from "../types";

const policyRules = ["FirewallPolicyRule", "NetworkFirewallPolicyRule", "RegionNetworkFirewallPolicyRule"];
const policies = ["FirewallPolicyWithRules", "NetworkFirewallPolicyWithRules", "RegionNetworkFirewallPolicyWithRules"];
const token = (name: string): string => `gcp:compute/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`;
const ruleTypes: ReadonlySet<string> = new Set(policyRules.map(token));
const policyTypes: ReadonlySet<string> = new Set(policies.map(token));

export const firewallTypes: readonly string[] = [gcp.firewall, ...ruleTypes, ...policyTypes];

/** One rule that lets traffic through. */
export interface FirewallRule {
    readonly place: Value;
    /** INGRESS or EGRESS; unknown where it is not known. */
    readonly direction: Value;
    readonly ingress: boolean;
    readonly egress: boolean;
    readonly openness: Openness;
    readonly allowed: readonly Allowed[];
    /** Something not known yet that could switch the rule off. */
    readonly doubt?: Value;
}

/** What it lets through. */
export interface Allowed {
    readonly protocol: Value;
    /** `all`, `tcp`…; nothing if unknown. */
    readonly name?: string;
    readonly ports: readonly { readonly value: Value; readonly ranges: readonly PortRange[] | undefined }[];
}

/** The rules of a resource that allow something and are in force. */
export function allowRules({ type, properties }: Resource): FirewallRule[] {
    if (type === gcp.firewall) return vpcRule(properties);
    const rules = policyTypes.has(type) ? properties.at("rules").list() : [properties];
    return rules.flatMap(policyRule);
}

function vpcRule(properties: Value): FirewallRule[] {
    if (isTrue(properties.at("disabled").value)) return [];
    const direction = properties.at("direction");
    const egress = isDirection(direction, "EGRESS");
    const sources = properties.at(egress ? "destinationRanges" : "sourceRanges");
    const others = egress ? [] : [properties.at("sourceTags"), properties.at("sourceServiceAccounts")];
    const everybody = sources.list().length === 0 && others.every(other => other.list().length === 0);
    const allowed = properties.at("allows").list().map(allow => allowedBy(allow.at("protocol"), allow.at("ports")));
    if (allowed.length === 0) return [];
    return [{ place: properties, direction, egress, ingress: !egress && !direction.unknown, openness: everybody ? { open: sources } : opennessOf(sources.list()), allowed, ...doubtIn(properties.at("disabled")) }];
}

function policyRule(rule: Value): FirewallRule[] {
    const action = rule.at("action");
    if (isTrue(rule.at("disabled").value) || (action.known && !/^(allow|apply_security_profile_group)$/i.test(action.text ?? ""))) return [];
    const direction = rule.at("direction");
    const egress = isDirection(direction, "EGRESS");
    const match = rule.at("match");
    const ranges = match.at(egress ? "destIpRanges" : "srcIpRanges");
    const narrowing = (egress ? ["destFqdns", "destAddressGroups", "destRegionCodes", "destThreatIntelligences"] : ["srcFqdns", "srcAddressGroups", "srcRegionCodes", "srcThreatIntelligences", "srcSecureTags", "srcNetworks"]).map(field => match.at(field));
    const everybody = ranges.list().length === 0 && narrowing.every(field => field.list().length === 0);
    const allowed = match.at("layer4Configs").list().map(config => allowedBy(config.at("ipProtocol"), config.at("ports")));
    return [{ place: rule, direction, egress, ingress: !egress && !direction.unknown, openness: everybody ? { open: ranges } : opennessOf(ranges.list()), allowed, ...doubtIn(rule.at("disabled"), action) }];
}

function isDirection(direction: Value, wanted: string): boolean {
    return direction.text?.toUpperCase() === wanted;
}

function allowedBy(protocol: Value, ports: Value): Allowed {
    const name = protocolOf(protocol.value);
    const listed = ports.list();
    return {
        protocol,
        ...(name !== undefined && { name }),
        ports: listed.length === 0 ? [{ value: protocol, ranges: [allPorts] }] : listed.map(value => ({ value, ranges: value.known ? (parsePorts(value.value) ?? []) : undefined })),
    };
}

function doubtIn(...values: readonly Value[]): { doubt?: Value } {
    const doubt = values.find(value => value.unknown);
    return doubt ? { doubt } : {};
}
