/**
 * What policy-controller asks of an image, as its own objects. Pure.
 *
 * An image that matches no policy is refused; one that matches several has to satisfy every one of them.
 */

/** Pods of namespaces with this label are looked at, and those of no other. */
export const signedOnly = { "policy.sigstore.dev/include": "true" } as const;

/** An image that nobody here signs, admitted by its digest and nothing else. */
export interface ImageOfOthers {
    /** `NAME@sha256:…`, with or without a tag between them. */
    readonly image: string;
    /** Why it may run unsigned. */
    readonly reason: string;
}

const authority = "pipeline";
/** In the version that they are kept in, which nobody has to translate. */
const policy = <Spec extends object>(name: string, spec: Spec, annotations: Readonly<Record<string, string>> = {}) => ({
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "ClusterImagePolicy",
    name,
    // Whatever makes pods waits until the controller has taken it up: until then they would be refused.
    annotations: { "pulumi.com/waitFor": "condition=Ready", ...annotations },
    spec: { mode: "enforce", ...spec },
});

/** A signature by the key, of exactly this digest. Signatures of cosign 3 in its new format are not found: docs/signed-images.md. */
export function signedPolicy(publicKey: string, images: readonly string[]) {
    return policy("signed", { images: images.map((glob) => ({ glob })), authorities: [{ name: authority, key: { data: publicKey, hashAlgorithm: "sha256" } }] });
}

/** A scan of Trivy that the same key has signed, and in which nothing is worse than that. */
export function scannedPolicy(publicKey: string, images: readonly string[], highestScore: number) {
    const scan = { name: "scan", predicateType: "vuln", policy: { type: "rego", data: scanRule(highestScore) } };
    return policy("scanned", { images: images.map((glob) => ({ glob })), authorities: [{ name: authority, key: { data: publicKey, hashAlgorithm: "sha256" }, attestations: [scan] }] });
}

/** What no scan names is not known to be harmless: a report without Trivy's schema is none. */
function scanRule(highestScore: number): string {
    return [
        "package sigstore",
        "",
        "default isCompliant = false",
        "",
        "report := input.predicate.scanner.result",
        "",
        "tooHigh[id] {",
        "    found := report.Results[_].Vulnerabilities[_]",
        `    found.CVSS[_].V3Score > ${highestScore.toFixed(1)}`,
        "    id := found.VulnerabilityID",
        "}",
        "",
        "isCompliant {",
        "    report.SchemaVersion",
        "    count(tooHigh) == 0",
        "}",
        "",
    ].join("\n");
}

/** Exactly these, whoever has signed them or not. */
export function digestPolicy(others: readonly ImageOfOthers[]) {
    const reasons = Object.fromEntries(others.map(({ image, reason }) => [`agent-platform/${repositoryOf(image).split("/").at(-1)!}`, reason]));
    return policy("by-digest", { images: others.map(({ image }) => ({ glob: globOf(image) })), authorities: [{ name: "digest", static: { action: "pass" } }] }, reasons);
}

/** Every image of a repository, whatever its tag or digest. */
export function everyImageOf(image: string): string {
    return `${repositoryOf(image)}@*`;
}

/** An image by digest as the controller calls it: without a tag, and with the registry's full name. */
export function globOf(image: string): string {
    return `${repositoryOf(image)}@${image.split("@")[1]!}`;
}

function repositoryOf(image: string): string {
    const [name] = image.split("@") as [string];
    const withoutTag = name.lastIndexOf(":") > name.lastIndexOf("/") ? name.slice(0, name.lastIndexOf(":")) : name;
    const parts = withoutTag.split("/");
    const registry = parts.length > 1 && (/[.:]/.test(parts[0]!) || parts[0] === "localhost") ? parts.shift()! : "docker.io";
    if (registry !== "docker.io") return [registry, ...parts].join("/");
    return ["index.docker.io", ...(parts.length === 1 ? ["library"] : []), ...parts].join("/");
}

/** Whether a policy of patterns looks at an image. */
export function matches(globs: readonly string[], image: string): boolean {
    const name = globOf(image);
    return globs.some((glob) => new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("**", "\u0000").replaceAll("*", "[^/]*").replaceAll("\u0000", ".*")}$`).test(name));
}
