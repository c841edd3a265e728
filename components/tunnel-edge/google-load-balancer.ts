/** Google's global load balancer: one address, TLS at the edge, requests to whichever instance is well. */
import * as compute from "@pulumi/gcp/compute";
import type * as pulumi from "@pulumi/pulumi";
import type { LoadBalancedEdge } from "../../topology/types";
import type { ComputeGroupHome } from "../agent-cluster/compute-group";
import { refuse } from "../parts/component";

export interface GoogleLoadBalancerForm {
    readonly kind: "google-load-balancer";
    /** The load balancer as the topology has it: address, health path, affinity, rate limit. */
    readonly edge: LoadBalancedEdge;
    /** Public host names; their addresses must point at the load balancer before the certificate is issued. */
    readonly hostnames: readonly string[];
}

export interface GoogleLoadBalancerArgs {
    readonly form: GoogleLoadBalancerForm;
    /** `home` of an AgentCluster on a compute group whose instances have been started. */
    readonly home: ComputeGroupHome;
}

export interface BuiltLoadBalancer {
    /** Where the host names must point. */
    readonly address: pulumi.Output<string>;
}

/** Attacks that Google's own rules know, at the level that hurts nobody who writes ordinary text. */
const attacks = ["sqli-v33-stable", "xss-v33-stable", "lfi-v33-stable", "rce-v33-stable", "protocolattack-v33-stable", "scannerdetection-v33-stable"] as const;

export function googleLoadBalancer(component: pulumi.ComponentResource, name: string, { form, home }: GoogleLoadBalancerArgs): BuiltLoadBalancer {
    const { edge, hostnames } = form;
    refuse(component, "TunnelEdge", name, hostnames.length === 0 ? ["form.hostnames: there is none, and a certificate needs one"] : []);
    const { prefix, project } = home;
    const opts = { parent: component };
    const address = new compute.GlobalAddress(`${name}-address`, { project, name: `${prefix}-edge`, addressType: "EXTERNAL", ipVersion: "IPV4" }, { ...opts, protect: home.protect });
    const health = new compute.HealthCheck(`${name}-health`, { project, name: `${prefix}-edge`, checkIntervalSec: 10, timeoutSec: 5, healthyThreshold: 2, unhealthyThreshold: 3, httpHealthCheck: { portSpecification: "USE_NAMED_PORT", portName: "http", requestPath: edge.healthPath }, logConfig: { enable: true } }, opts);
    const backend = new compute.BackendService(`${name}-backend`, {
        project, name: `${prefix}-edge`, protocol: "HTTP", portName: "http", loadBalancingScheme: "EXTERNAL_MANAGED", sessionAffinity: edge.affinity, healthChecks: health.id,
        backends: [{ group: home.group(), balancingMode: "UTILIZATION", maxUtilization: 0.8, capacityScaler: 1 }],
        // An answer is streamed for as long as an approval takes; a draining instance finishes what it has in hand.
        timeoutSec: 3600, connectionDrainingTimeoutSec: 60,
        securityPolicy: armor(component, name, project, prefix, edge).selfLink,
        logConfig: { enable: true, sampleRate: 1 }, enableCdn: false,
    }, opts);
    const map = new compute.URLMap(`${name}-map`, { project, name: `${prefix}-edge`, defaultService: backend.id }, opts);
    const certificate = new compute.ManagedSslCertificate(`${name}-certificate`, { project, name: `${prefix}-edge`, managed: { domains: [...hostnames] } }, opts);
    const tls = new compute.SSLPolicy(`${name}-tls`, { project, name: `${prefix}-edge`, profile: "MODERN", minTlsVersion: "TLS_1_2" }, opts);
    const proxy = new compute.TargetHttpsProxy(`${name}-https`, { project, name: `${prefix}-edge`, urlMap: map.id, sslCertificates: [certificate.id], sslPolicy: tls.id, quicOverride: "ENABLE" }, opts);
    new compute.GlobalForwardingRule(`${name}-https-rule`, { project, name: `${prefix}-https`, target: proxy.id, ipAddress: address.address, portRange: "443", loadBalancingScheme: "EXTERNAL_MANAGED" }, opts);
    const redirect = new compute.URLMap(`${name}-redirect-map`, { project, name: `${prefix}-redirect`, defaultUrlRedirect: { httpsRedirect: true, redirectResponseCode: "MOVED_PERMANENTLY_DEFAULT", stripQuery: false } }, opts);
    const plain = new compute.TargetHttpProxy(`${name}-http`, { project, name: `${prefix}-redirect`, urlMap: redirect.id }, opts);
    new compute.GlobalForwardingRule(`${name}-http-rule`, { project, name: `${prefix}-http`, target: plain.id, ipAddress: address.address, portRange: "80", loadBalancingScheme: "EXTERNAL_MANAGED" }, opts);
    return { address: address.address };
}

/** Cloud Armor: known attacks are refused, and whoever asks too often waits. */
function armor(parent: pulumi.Resource, name: string, project: string, prefix: string, { rateLimit = { requests: 100, seconds: 60 } }: LoadBalancedEdge): compute.SecurityPolicy {
    const everybody = { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: ["*"] } };
    return new compute.SecurityPolicy(`${name}-armor`, {
        project, name: `${prefix}-edge`, description: "Known attacks and too many requests", type: "CLOUD_ARMOR",
        adaptiveProtectionConfig: { layer7DdosDefenseConfig: { enable: true, ruleVisibility: "STANDARD" } },
        rules: [
            // Not for uploads: documents may well speak of attacks.
            ...attacks.map((attack, index) => ({ action: "deny(403)", priority: 1000 + index, description: attack, match: { expr: { expression: `!request.path.startsWith('/api/v2/upload') && evaluatePreconfiguredWaf('${attack}', {'sensitivity': 1})` } } })),
            {
                action: "throttle", priority: 2000, description: `${rateLimit.requests} requests in ${rateLimit.seconds} seconds for each address`, match: everybody,
                rateLimitOptions: { conformAction: "allow", exceedAction: "deny(429)", enforceOnKey: "IP", rateLimitThreshold: { count: rateLimit.requests, intervalSec: rateLimit.seconds } },
            },
            { action: "allow", priority: 2_147_483_647, description: "everything else", match: everybody },
        ],
    }, { parent });
}
