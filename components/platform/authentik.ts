/** One place to sign in: authentik, with everything in it that would otherwise be clicked together. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, refuse } from "../parts/component";
import { secretFromVault } from "../parts/external-secret";
import { networkBlueprint, secondFactorBlueprint, secretsOf, toolsBlueprint, type Tool } from "./authentik-blueprints";
import { directoryPorts, secretOf, sourcesBlueprint, type IdentitySource } from "./authentik-sources";
import { variableOf } from "./authentik-yaml";
import { release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface AuthentikArgs {
    readonly home: PlatformHome;
    readonly tools: readonly Tool[];
    /** Where people come from beside authentik itself. @default nowhere */
    readonly sources?: readonly IdentitySource[];
    /** Groups of people; the first two are administrators and operators and need a second factor. */
    readonly groups: readonly string[];
    /** Ranges of the mesh from which alone tools are opened. */
    readonly insideRanges: readonly string[];
    /** Where its secrets come from: the store, and the path in it with `secret-key` and the keys of `secretsOf` tools and `secretOf` sources. */
    readonly secrets: { readonly store: string; readonly path: string; readonly ready: pulumi.Resource };
    /** Its Postgres: a cluster of CloudNativePG in its own namespace, whose `app` user it is. */
    readonly database: { readonly storageClass: string; readonly operator: pulumi.Resource };
    readonly openedBy?: readonly Door[];
}

export class Authentik extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: AuthentikArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Authentik", name, {}, opts);
        const { home, tools, sources = [], groups, secrets } = args;
        refuse(this, "Authentik", name, [
            ...(groups.length >= 2 ? [] : ["groups: the first two are administrators and operators"]),
            ...(args.insideRanges.length > 0 ? [] : ["insideRanges: without a range nobody could open a tool"]),
            ...tools.flatMap((tool) => tool.groups.filter((group) => !groups.includes(group)).map((group) => `tools: "${tool.slug}" is for a group "${group}" that does not exist`)),
            ...tools.filter((tool) => !tool.address.startsWith("https://")).map((tool) => `tools: "${tool.slug}" is opened without TLS`),
            ...tools.flatMap(({ slug, signIn, scim }) => [...(signIn.kind === "saml" ? [signIn.acsUrl] : []), ...(scim === undefined ? [] : [scim.url])].filter((url) => !url.startsWith("https://")).map((url) => `tools: "${slug}" is told of people at "${url}", without TLS`)),
            ...sources.flatMap((source) => (source.kind === "ldap" && !source.server.startsWith("ldaps://") ? [`sources: "${source.slug}" is asked without TLS`] : [])),
            ...twice([...tools, ...sources].map(({ slug }) => slug)).map((slug) => `tools, sources: "${slug}" is there twice, and their secrets would be one`),
        ]);
        const behind = tools.flatMap((tool) => (tool.signIn.kind === "proxy" ? [namespaceOf(tool.signIn.internal)] : []));
        const space = new PlatformNamespace("authentik", {
            home,
            level: "restricted",
            keepsData: true,
            incoming: [{ to: "itself" }, { to: { namespace: "monitoring" }, ports: [9000, 9300, 9187] }, { to: { namespace: "cnpg-system" }, ports: [5432, 8000] }, ...(args.openedBy ?? [])],
            outgoing: [{ to: "itself" }, { to: "api-server" }, { to: "internet", ports: [...new Set([443, 587, ...directoryPorts(sources)])] }, ...behind.map((namespace): Door => ({ to: { namespace } }))],
        }, { parent: this });
        const keys = [...tools.flatMap(secretsOf), ...sources.flatMap((source) => secretOf(source) ?? [])];
        const secret = secretFromVault(this, `${name}-secrets`, { store: secrets.store, namespace: space.namespace, secret: "authentik-secrets", path: secrets.path, keys: ["secret-key", ...keys] }, { dependsOn: [secrets.ready, ...space.guards] });
        const database = new k8s.apiextensions.CustomResource(`${name}-database`, {
            apiVersion: "postgresql.cnpg.io/v1",
            kind: "Cluster",
            metadata: { name: "authentik-db", namespace: space.namespace, labels: { ...common } },
            spec: {
                instances: 3,
                bootstrap: { initdb: { database: "authentik", owner: "authentik" } },
                storage: { size: "10Gi", storageClass: args.database.storageClass },
                resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "250m", memory: "512Mi" } },
            },
        }, fixedName(this, { protect: home.protect, dependsOn: [args.database.operator, ...space.guards] }));
        // A Secret, although it holds none: blueprints speak of clients' secrets, which authentik reads from its environment.
        const blueprints = new k8s.core.v1.Secret(`${name}-blueprints`, {
            metadata: { name: "agent-platform-blueprints", namespace: space.namespace, labels: { ...common } },
            stringData: { ...(sources.length === 0 ? {} : { "sources.yaml": sourcesBlueprint(sources) }), "tools.yaml": toolsBlueprint(tools, groups), "second-factor.yaml": secondFactorBlueprint(groups.slice(0, 2)), "network.yaml": networkBlueprint(tools, args.insideRanges) },
        }, fixedName(this));
        const fromSecret = (variable: string, secretName: string, key: string) => ({ name: variable, valueFrom: { secretKeyRef: { name: secretName, key } } });
        this.ready = release(this, name, {
            home,
            chart: "authentik",
            namespace: space,
            // It starts when Vault has what it reads, which somebody puts there after Vault is ready.
            timeout: 1800,
            values: {
                authentik: { error_reporting: { enabled: false }, postgresql: { host: "authentik-db-rw", name: "authentik", user: "authentik" } },
                global: {
                    env: [
                        fromSecret("AUTHENTIK_SECRET_KEY", "authentik-secrets", "secret-key"),
                        // CloudNativePG makes the password of the owner and keeps it in this Secret.
                        fromSecret("AUTHENTIK_POSTGRESQL__PASSWORD", "authentik-db-app", "password"),
                        ...keys.map((key) => fromSecret(variableOf(key), "authentik-secrets", key)),
                    ],
                    securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } },
                },
                blueprints: { secrets: ["agent-platform-blueprints"] },
                server: { replicas: 2, pdb: { enabled: true, minAvailable: 1 }, containerSecurityContext: hardened, metrics: { enabled: true }, resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { memory: "1Gi" } } },
                worker: { replicas: 2, pdb: { enabled: true, minAvailable: 1 }, containerSecurityContext: hardened, resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { memory: "1Gi" } } },
                postgresql: { enabled: false },
            },
        }, { dependsOn: [secret, database, blueprints] });
        this.registerOutputs({});
    }
}

const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

function twice(slugs: readonly string[]): string[] {
    return [...new Set(slugs.filter((slug, index) => slugs.indexOf(slug) !== index))];
}

/** `longhorn-system` of `http://longhorn-frontend.longhorn-system.svc`. */
function namespaceOf(internal: string): string {
    return new URL(internal).hostname.split(".")[1] ?? "";
}
