/** What the command line says of the tailnet that an ephemeral stack joins. */
import { imageByDigest } from "../../../config/images";
import { tailnetFields } from "../../../config/tailnet";
import { Problem } from "../../core/problem";
import { tailscaleImage } from "../../images/pins";
import type { EphemeralStack, Tailnet } from "./stacks";

/** Options of the commands that may choose one. */
export const tailnetOptions = { tailnet: { type: "string" }, "tailscale-image": { type: "string" } } as const;

/**
 * The tailnet that the options name; nothing when they name none.
 * @throws Problem AP-USAGE
 */
export function readTailnet({ tailnet: domain, "tailscale-image": image }: { tailnet?: string | undefined; "tailscale-image"?: string | undefined }): Tailnet | undefined {
    if (domain === undefined && image === undefined) return undefined;
    if (domain === undefined || !tailnetFields.tailnetDomain.safeParse(domain).success) {
        throw new Problem("AP-USAGE", { what: domain === undefined ? "--tailscale-image is of no use without --tailnet" : `--tailnet ${domain} is no tailnet`, why: `it is ${tailnetFields.tailnetDomain.description}, as the page DNS of its console shows it`, fix: "--tailnet example.ts.net" });
    }
    if (image !== undefined && !imageByDigest.test(image)) throw new Problem("AP-USAGE", { what: `--tailscale-image ${image} is not pinned`, why: "it is an image by digest", fix: `--tailscale-image ${tailscaleImage}` });
    return { domain, image: image ?? tailscaleImage };
}

/** What Pulumi's provider of Tailscale can sign in with. */
const credentials = ["TAILSCALE_OAUTH_CLIENT_ID", "TAILSCALE_API_KEY"] as const;

/**
 * Before anything is built: without a client the deployment would end in its middle.
 * @throws Problem AP-TAILNET-CLIENT
 */
export function requireClient({ tailnet }: Pick<EphemeralStack, "tailnet">, environment: NodeJS.ProcessEnv = process.env): void {
    if (tailnet === undefined || tailnet.hasClient || credentials.some(name => (environment[name] ?? "") !== "")) return;
    throw new Problem("AP-TAILNET-CLIENT", {
        what: `nothing here may let a node into the tailnet ${tailnet.domain}`,
        why: `${credentials.join(" and ")} are not set, and neither is agent-platform:tailscaleClientId in the stack's file`,
        fix: "export TAILSCALE_OAUTH_CLIENT_ID=… TAILSCALE_OAUTH_CLIENT_SECRET=…; docs/ephemeral.md says how to get them",
    });
}
