import type { Findings } from "../../core/findings";
import type { Settings } from "../../core/settings";
import type { Value } from "../../core/value";
import { object } from "../examples";
import { nsa } from "../frameworks";
import { objectRule } from "../objects";

/** Annotations by which clouds make a load balancer internal, with the values that do so. */
const internalAnnotations: Readonly<Record<string, readonly string[]>> = {
    "networking.gke.io/load-balancer-type": ["Internal"],
    "cloud.google.com/load-balancer-type": ["Internal", "internal"],
    "service.beta.kubernetes.io/oci-load-balancer-internal": ["true"],
    "oci-network-load-balancer.oraclecloud.com/internal": ["true"],
    "load-balancer.hetzner.cloud/disable-public-network": ["true"],
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ["internal"],
    "service.beta.kubernetes.io/aws-load-balancer-internal": ["true", "0.0.0.0/0"],
    "service.beta.kubernetes.io/azure-load-balancer-internal": ["true"],
    "service.beta.kubernetes.io/openstack-internal-load-balancer": ["true"],
    "service.beta.kubernetes.io/do-loadbalancer-network": ["INTERNAL"],
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": ["private"],
};
const everyone = /^(0\.0\.0\.0|::|0:0:0:0:0:0:0:0)\/0+$|\/[01]$/;

export const serviceExposure = objectRule({
    id: "k8s-service-exposure",
    title: "Services are not open to the outside",
    what: "Services have no NodePort and no externalIPs. A LoadBalancer is internal, by an annotation of its cloud or a class named in the settings, or limits its callers by `loadBalancerSourceRanges`.",
    why: "A NodePort opens the port on every node, past the tunnel, its WAF and its sign-in; an unlimited load balancer puts the Service on the internet; externalIPs let its author take over traffic of other addresses (CVE-2020-8554).",
    severity: "high",
    strictness: "mandatory",
    references: [nsa("Network separation")],
    remediation: ["Use `type: ClusterIP`, and let the tunnel or the Gateway reach it.", "If there must be a load balancer, make it internal, or list the callers in `loadBalancerSourceRanges`."],
    settings: {
        loadBalancers: { type: "string", enum: ["none", "internal"], default: "internal", description: "Which load balancers are allowed: none at all, or internal and limited ones." },
        internalClasses: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["tailscale"], description: "Values of loadBalancerClass whose load balancers are internal." },
    },
    compliant: [
        object("core/v1", "Service", { spec: { type: "ClusterIP", selector: { app: "shop" }, ports: [{ port: 8080 }] } }),
        object("core/v1", "Service", { metadata: { name: "shop", namespace: "shop", annotations: { "networking.gke.io/load-balancer-type": "Internal" } }, spec: { type: "LoadBalancer", ports: [{ port: 443 }] } }),
    ],
    violating: [
        object("core/v1", "Service", { spec: { type: "NodePort", selector: { app: "shop" }, ports: [{ port: 8080 }] } }),
        object("core/v1", "Service", { spec: { type: "LoadBalancer", selector: { app: "shop" }, ports: [{ port: 443 }] } }),
        object("core/v1", "Service", { spec: { selector: { app: "shop" }, ports: [{ port: 443 }], externalIPs: ["192.0.2.7"] } }),
    ],
    kinds: ["Service"],
    checkObject({ properties, partial }, settings, findings) {
        const spec = properties.at("spec");
        for (const address of spec.at("externalIPs").list()) findings.forbid(address, () => true, "claims an address outside the cluster");
        const type = spec.at("type");
        if (type.unknown) return findings.undetermined(type);
        if (type.value === "NodePort") findings.violation(type, "opens the Service on every node");
        else if (type.value === "LoadBalancer") checkLoadBalancer(properties, settings, partial, findings);
        else findings.forbid(type, value => value !== "ClusterIP" && value !== "ExternalName", "is not a type of Service");
    },
});

function checkLoadBalancer(properties: Value, settings: Settings, partial: boolean, findings: Findings): void {
    const spec = properties.at("spec");
    if (settings.text("loadBalancers") === "none") return findings.violation(spec.at("type"), "makes a load balancer, where none is allowed");
    const ranges = spec.at("loadBalancerSourceRanges");
    const open = ranges.list().filter(range => range.known && (range.text === undefined || everyone.test(range.text)));
    const loadBalancerClass = spec.at("loadBalancerClass");
    const annotations = properties.at("metadata", "annotations");
    const candidates = Object.keys(internalAnnotations).map(name => ({ name, value: annotations.at(name) }));
    if (candidates.some(({ name, value }) => value.text !== undefined && internalAnnotations[name]!.includes(value.text))) return;
    if (loadBalancerClass.text !== undefined && settings.list("internalClasses").includes(loadBalancerClass.text)) return;
    if (ranges.list().length > 0 && open.length === 0) {
        for (const range of ranges.list()) if (range.unknown) findings.undetermined(range);
        return;
    }
    const unclear = [ranges, loadBalancerClass, ...candidates.map(candidate => candidate.value)].find(value => value.unknown);
    if (unclear) findings.undetermined(unclear);
    else if (open.length > 0) for (const range of open) findings.violation(range, "lets everyone in");
    else if (!partial) findings.violation(spec.at("type"), "makes a load balancer that is open to everyone");
}
