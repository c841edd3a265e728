import { about } from "../common/about";
import { stackOf } from "../common/examples";
import { isTrue } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { StackRule } from "../core/rule";
import { oracle } from "./frameworks";
import { resource as sound } from "./sound";
import { oci } from "./types";

const id = "ocid1.subnet.oc1..shop";

export const ociRedisPrivate: StackRule = {
    id: "oci-redis-private",
    title: "OCI Cache is reached from its own network only",
    what: "`nsgIds` of Redis clusters is not empty, and their subnet, where it is part of the stack, prohibits public addresses.",
    why: "OCI Cache has no password by itself: whoever reaches its port reads and writes all of it.",
    severity: "high",
    strictness: "mandatory",
    references: [oracle("OCI Cache: securing")],
    remediation: ["Name network security groups in `nsgIds`, and put the cluster into a subnet with `prohibitPublicIpOnVnic: true`."],
    compliant: [stackOf(sound(oci.redis), sound(oci.subnet, { id }))],
    violating: [stackOf(sound(oci.redis, { nsgIds: null })), stackOf(sound(oci.redis), sound(oci.subnet, { id, prohibitPublicIpOnVnic: false }))],
    scope: "stack",
    group: "clouds-stack",
    check(resources, _settings, findings) {
        const subnets = resources.filter(resource => resource.type === oci.subnet);
        for (const resource of resources) if (resource.type === oci.redis) checkRedis(resource, subnets, about(findings, resource));
    },
};

function checkRedis({ properties }: Resource, subnets: readonly Resource[], findings: Findings): void {
    const groups = properties.at("nsgIds");
    if (groups.unknown) findings.undetermined(groups);
    else if (groups.list().length === 0) findings.violation(groups, "is empty: no network security group guards the cluster");
    const reference = properties.at("subnetId");
    // Not known yet, it is one of the stack's subnets, or of elsewhere; where all of the stack's are private there is nothing to fear.
    const candidates = subnets.filter(subnet => reference.unknown || subnet.properties.at("id").value === reference.value);
    const open = candidates.filter(subnet => !isTrue(subnet.properties.at("prohibitPublicIpOnVnic").value));
    if (open.length === 0) return;
    const doubt = reference.unknown ? reference : open[0]!.properties.at("prohibitPublicIpOnVnic");
    if (doubt.unknown) findings.undetermined(doubt);
    else findings.violation(reference, "is a subnet that gives public addresses");
}
