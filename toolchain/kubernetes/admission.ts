/** Why the check of signatures has refused something, in words. Pure. */

export interface Refusal {
    /** Stable and short, for programs. */
    readonly reason: "unsigned" | "unscanned" | "unknown-image" | "unanswered";
    /** One sentence for a person. */
    readonly what: string;
    /** What the check itself said. */
    readonly why: string;
    readonly fix: string;
}

/** How an image has to be signed so that the check finds it: in cosign's older format, and in no public log. docs/signed-images.md says more. */
export const signingOptions = ["--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"] as const;

/** One for each image that an answer of the API server, or an event, complains about; none for any other text. */
export function explainRefusals(text: string): Refusal[] {
    const unanswered = /failed calling webhook "policy\.sigstore\.dev": ([^\n]*)/.exec(text);
    if (unanswered !== null) {
        return [{ reason: "unanswered", what: "the check of signatures does not answer, and without its answer no image is let in", why: unanswered[1]!, fix: "kubectl get pods,events --namespace signatures tells why; it goes on by itself once one of its pods is ready" }];
    }
    if (!text.includes('webhook "policy.sigstore.dev" denied the request')) return [];
    const found = [...text.matchAll(/(failed policy: ([-a-z0-9]+)|no matching policies): [^\n]*?image\n(\S+)[ \t]*([^\n]*)/g)].map(([, , policy, image, said]) => refusalOf(policy, image!, said!.trim()));
    return [...new Map(found.map((one) => [one.what, one])).values()];
}

function refusalOf(policy: string | undefined, image: string, said: string): Refusal {
    if (policy === undefined) {
        return { reason: "unknown-image", what: `image ${image} is none that may run here`, why: "it is not in the registry whose images the stack's key signs, and the stack's configuration does not name it by digest", fix: "take it into your registry and sign it there, or name it by digest under agent-platform:images" };
    }
    if (policy === "scanned") {
        return { reason: "unscanned", what: `image ${image} has no signed scan, or its scan has found something worse than may be`, why: said, fix: "scan it and sign the result, as docs/signed-images.md shows; if something was found, build it anew from packages that are mended" };
    }
    return { reason: "unsigned", what: `image ${image} is not signed by the key of this stack (agent-platform:signingKey)`, why: said, fix: `cosign sign --yes --key "$COSIGN_KEY" ${signingOptions.join(" ")} ${image}` };
}
