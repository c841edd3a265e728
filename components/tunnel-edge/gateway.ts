/**
 * HTTPS at a gateway of the cluster (Gateway API): a certificate that cert-manager gets and renews, plain HTTP led over
 * to it, and the routes of the topology. ExternalDNS reads the host names from the routes.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { GatewayEdge, Service } from "../../topology/types";
import { refuse } from "../parts/component";
import { customResource } from "../parts/custom-resource";
import type { Home } from "../parts/home";

export interface GatewayForm {
    readonly kind: "gateway";
}

export interface GatewayArgs {
    readonly form: GatewayForm;
    /** Where it leads to: `home` of an AgentCluster. */
    readonly home: Home;
    /** The gateway as the topology has it: host names, class, issuer, routes. */
    readonly edge: GatewayEdge;
    /** The services that it may lead to. */
    readonly services: readonly Service[];
}

export interface BuiltGateway {
    readonly gateway: k8s.apiextensions.CustomResource;
}

const api = "gateway.networking.k8s.io/v1";

export function gateway(component: pulumi.ComponentResource, name: string, args: GatewayArgs): BuiltGateway {
    const { home, edge, services } = args;
    refuse(component, "TunnelEdge", name, problemsOf(args));
    const { namespace } = home;
    const [hostname, ...more] = [new URL(edge.address).hostname, ...(edge.hostnames ?? [])] as [string, ...string[]];
    const hostnames = [hostname, ...more];
    const tls = tlsSecretOf(hostname);

    customResource(component, `${name}-certificate`, {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        name: tls,
        namespace,
        spec: {
            secretName: tls,
            dnsNames: hostnames,
            issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: edge.issuer },
            duration: "2160h",
            renewBefore: "720h",
            privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        },
    });
    const gateway = customResource(component, `${name}-gateway`, {
        apiVersion: api,
        kind: "Gateway",
        name: edge.name,
        namespace,
        annotations: { "external-dns.alpha.kubernetes.io/hostname": hostnames.join(",") },
        spec: {
            gatewayClassName: edge.gatewayClass,
            listeners: [
                { name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "Same" } } },
                { name: "https", port: 443, protocol: "HTTPS", tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: tls }] }, allowedRoutes: { namespaces: { from: "Same" } } },
            ],
        },
    });
    const route = (routeName: string, section: "http" | "https", rules: pulumi.Inputs[]) =>
        customResource(component, `${name}-${routeName}-route`, {
            apiVersion: api,
            kind: "HTTPRoute",
            name: `${edge.name}-${routeName}`,
            namespace,
            spec: { parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: edge.name, sectionName: section }], hostnames, rules },
        }, { dependsOn: [gateway] });
    route("redirect", "http", [{ matches: [prefix("/")], filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }] }]);
    const portOf = (service: string) => services.find((one) => one.name === service)!.port!;
    const to = (path: string, service: string): pulumi.Inputs => ({ matches: [prefix(path)], backendRefs: [{ group: "", kind: "Service", name: service, port: portOf(service), weight: 1 }] });
    route("services", "https", [...(edge.routes ?? []).map(({ path, to: service }) => to(path, service)), to("/", edge.enters)]);
    if (edge.rateLimit !== undefined) customResource(component, `${name}-affinity`, affinity(edge, namespace), { dependsOn: [gateway] });
    return { gateway };
}

/** `agents-api.example.com` → `agents-api-tls`. */
export function tlsSecretOf(hostname: string): string {
    return `${hostname.split(".")[0]}-tls`;
}

/**
 * The web front counts requests for each caller, each of its replicas for itself: so one caller must always come to the
 * same replica, or the limit would be as many times higher. Every implementation of gateways has its own object for it.
 */
function affinity({ name, enters, gatewayClass }: GatewayEdge, namespace: pulumi.Input<string>): Parameters<typeof customResource>[2] {
    if (gatewayClass.startsWith("gke-")) {
        return {
            apiVersion: "networking.gke.io/v1",
            kind: "GCPBackendPolicy",
            name: `${name}-affinity`,
            namespace,
            spec: { targetRef: { group: "", kind: "Service", name: enters }, default: { sessionAffinity: { type: "CLIENT_IP" } } },
        };
    }
    return {
        apiVersion: "gateway.envoyproxy.io/v1alpha1",
        kind: "BackendTrafficPolicy",
        name: `${name}-affinity`,
        namespace,
        spec: { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: `${name}-services` }], loadBalancer: { type: "ConsistentHash", consistentHash: { type: "SourceIP" } } },
    };
}

function prefix(value: string): pulumi.Inputs {
    return { path: { type: "PathPrefix", value } };
}

function problemsOf({ edge, services }: GatewayArgs): string[] {
    const problems: string[] = [];
    if (!edge.address.startsWith("https://")) problems.push(`edge.address: "${edge.address}" is not https, and a certificate is for nothing else`);
    for (const target of [edge.enters, ...(edge.routes ?? []).map((route) => route.to)]) {
        if (!services.some((service) => service.name === target && service.port !== undefined)) problems.push(`services: none with a port is called "${target}", where the gateway leads to`);
    }
    return problems;
}
