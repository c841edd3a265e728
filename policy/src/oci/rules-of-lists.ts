/** Rules of security lists and network security groups, which say the same in two shapes. */
import { allPorts, protocolOf, type PortRange } from "../common/ports";
import { numberOf } from "../common/truth";
import type { Resource } from "../core/resource";
import type { Value } from "../core/value";
import { oci } from "./types";

/** A rule that lets traffic in. */
export interface IngressRule {
    readonly place: Value;
    readonly source: Value;
    readonly protocol: Value;
    /** `tcp`, `udp`, `icmp`, `all`…; nothing if unknown. */
    readonly name?: string;
    /** Nothing where something about the ports is not known yet; see `unclear`. */
    readonly ports?: PortRange;
    readonly portsPlace: Value;
    readonly unclear?: Value;
}

export function ingressRules({ type, properties }: Resource): IngressRule[] {
    if (type !== oci.nsgRule) return properties.at("ingressSecurityRules").list().map(rule => read(rule, ""));
    const direction = properties.at("direction");
    if (direction.known && direction.text?.toUpperCase() !== "INGRESS") return [];
    const rule = read(properties, "destinationPortRange");
    return [direction.unknown ? { ...rule, unclear: direction } : rule];
}

function read(rule: Value, range: string): IngressRule {
    const protocol = rule.at("protocol");
    const name = protocolOf(protocol.value);
    const field = name === "udp" ? "udpOptions" : "tcpOptions";
    const options = range === "" ? rule.at(field) : rule.at(field, range);
    const [min, max] = [options.at("min"), options.at("max")];
    const unclear = [rule, options, min, max].find(value => value.unknown);
    const from = numberOf(min.value) ?? numberOf(max.value);
    const to = numberOf(max.value) ?? numberOf(min.value);
    // A rule without ports is a rule for all of them.
    const ports = from === undefined || to === undefined ? allPorts : { from, to };
    return { place: rule, source: rule.at("source"), protocol, portsPlace: options.absent ? protocol : min, ...(name !== undefined && { name }), ...(unclear ? { unclear } : { ports }) };
}
