/** What a Pulumi type token says about a Kubernetes object. */
export interface Kind {
    /** `core` for the group without a name. */
    readonly group: string;
    readonly kind: string;
    /** Patches hold only what they change; lists hold objects under `items`. */
    readonly form: "object" | "patch" | "list";
    /** Part of Kubernetes itself, as against a custom resource. */
    readonly builtin: boolean;
}

const builtinGroups = new Set([
    "core", "apps", "batch", "extensions", "policy", "autoscaling", "settings.k8s.io",
    "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "auditregistration.k8s.io",
    "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io",
    "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io",
    // Not of Kubernetes, but with the same workloads in it.
    "apps.openshift.io",
]);

// Tokens of components of the provider's package; they hold no object themselves.
const componentGroups = new Set(["helm.sh", "yaml", "kustomize"]);

const known = new Map<string, Kind | undefined>();

/** The kind that a type token names, or nothing if it is no Kubernetes object. */
export function kindOf(type: string): Kind | undefined {
    // A program has few types and many resources: each token is taken apart once.
    if (!known.has(type)) known.set(type, parse(type));
    return known.get(type);
}

/** A test for kinds of Kubernetes itself, by name, in any version and form. */
export function isKind(...kinds: readonly string[]): (type: string) => boolean {
    const wanted = new Set(kinds);
    return type => {
        const kind = kindOf(type);
        return kind !== undefined && kind.builtin && wanted.has(kind.kind);
    };
}

function parse(type: string): Kind | undefined {
    const match = /^kubernetes:([^/:]+)\/[^/:]+:([^/:]+)$/.exec(type);
    if (!match) return undefined;
    const [, rawGroup = "", rawKind = ""] = match;
    if (componentGroups.has(rawGroup)) return undefined;
    const builtin = builtinGroups.has(rawGroup);
    if (!builtin) return { group: rawGroup, kind: rawKind, form: "object", builtin };
    for (const [suffix, form] of [["Patch", "patch"], ["List", "list"]] as const) {
        if (rawKind.length > suffix.length && rawKind.endsWith(suffix)) return { group: rawGroup, kind: rawKind.slice(0, -suffix.length), form, builtin };
    }
    return { group: rawGroup, kind: rawKind, form: "object", builtin };
}
