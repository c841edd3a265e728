/** The door for operators: tools by name on a port of the app machines that no load balancer leads to, behind authentik. */
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { custom } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

export interface PrivateGatewayArgs {
    readonly home: PlatformHome;
    readonly gatewayClass: string;
    /** Port on the machines: inside the private network alone, which operators reach over the mesh. */
    readonly port: number;
    /** Names are below it. */
    readonly domain: string;
    readonly issuer: string;
    /** Tools: `grafana` becomes `grafana.<domain>`, and leads to a Service. */
    readonly tools: readonly { readonly name: string; readonly service: string; readonly namespace: string; readonly port: number; readonly pods: Readonly<Record<string, string>>; readonly podPort: number }[];
    readonly after: readonly pulumi.Resource[];
}

export class PrivateGateway extends pulumi.ComponentResource {
    constructor(name: string, args: PrivateGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:PrivateGateway", name, {}, opts);
        const { home, domain, port, tools } = args;
        refuse(this, "PrivateGateway", name, [80, 443].includes(port) ? [`port: ${port} is where people come in from outside`] : []);
        const space = new PlatformNamespace("private-gateway", { home, level: "restricted" }, { parent: this });
        const dependsOn = [...args.after, ...space.guards];
        custom(this, `${name}-certificate`, {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            name: "private-tls",
            namespace: space.namespace,
            spec: { secretName: "private-tls", dnsNames: [`*.${domain}`], issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: args.issuer }, privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" } },
        }, { dependsOn });
        custom(this, `${name}-gateway`, {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "Gateway",
            name: "private",
            namespace: space.namespace,
            spec: {
                gatewayClassName: args.gatewayClass,
                // Routes of these namespaces alone: nothing else can hang itself onto it.
                listeners: [{ name: "https", protocol: "HTTPS", port, hostname: `*.${domain}`, tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: "private-tls" }] }, allowedRoutes: { namespaces: { from: "Selector", selector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...new Set(tools.map((tool) => tool.namespace))].sort() }] } } } }],
            },
        }, { dependsOn });
        for (const tool of tools) {
            custom(this, `${name}-${tool.name}-route`, {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "HTTPRoute",
                name: tool.name,
                namespace: tool.namespace,
                spec: {
                    parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "private", namespace: "private-gateway", sectionName: "https" }],
                    hostnames: [`${tool.name}.${domain}`],
                    rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs: [{ group: "", kind: "Service", name: tool.service, port: tool.port, weight: 1 }] }],
                },
            }, { dependsOn });
            fromGateway(this, `${name}-${tool.name}`, { namespace: tool.namespace, name: `${tool.name}-from-gateway`, pods: tool.pods, port: tool.podPort }, { dependsOn });
        }
        this.registerOutputs({});
    }
}

/**
 * Lets Cilium's gateway in to some pods. To policies it is no pod and no address but an identity of its own, which the
 * NetworkPolicies of Kubernetes have no word for.
 */
export function fromGateway(parent: pulumi.Resource, name: string, door: { readonly namespace: pulumi.Input<string>; readonly name: string; readonly pods: Readonly<Record<string, string>>; readonly port: number }, opts: pulumi.CustomResourceOptions = {}): pulumi.Resource {
    return custom(parent, `${name}-from-gateway`, {
        apiVersion: "cilium.io/v2",
        kind: "CiliumNetworkPolicy",
        name: door.name,
        namespace: door.namespace,
        spec: { endpointSelector: { matchLabels: { ...door.pods } }, ingress: [{ fromEntities: ["ingress"], toPorts: [{ ports: [{ port: String(door.port), protocol: "TCP" }] }] }] },
    }, opts);
}
