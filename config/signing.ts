/** Whose signature an image needs, for the blueprints that check it. */
import { z } from "zod";
import type { ConfigFinding, Reading } from "./fields";

export interface Signing {
    /** Public half of cosign's key, in PEM. */
    readonly publicKey: string;
    /** Registry and path of everything that the key signs. Absent: the images that this repository builds, wherever they are. */
    readonly folder?: string | undefined;
    /** The registry with the signatures; its addresses where it is in a private network. */
    readonly registry: { readonly host: string; readonly port: number; readonly cidr?: string | undefined };
}

export const signingFields = {
    signingKey: z.string().regex(/^-----BEGIN PUBLIC KEY-----[^]+-----END PUBLIC KEY-----\s*$/).optional().describe("the public key of cosign, in PEM"),
    registryCidr: z.cidrv4().optional().describe("the range of a private registry's addresses such as 10.20.0.0/24"),
};

export function checkRegistryCidr({ has }: Reading<typeof signingFields>): ConfigFinding[] {
    return has("registryCidr") && !has("signingKey") ? [{ key: "registryCidr", problem: "is of no use: only the check of signatures, which signingKey switches on, asks the registry" }] : [];
}

/** What was configured, if it was. Without a registry of one's own, images come from public ones. */
export function signingOf({ signingKey, registryCidr: cidr, registry }: { readonly signingKey?: string | undefined; readonly registryCidr?: string | undefined; readonly registry?: string | undefined }): Signing | undefined {
    if (signingKey === undefined) return undefined;
    const [host = "docker.io", port = "443"] = (registry ?? "docker.io").split("/")[0]!.split(":");
    return { publicKey: signingKey, folder: registry, registry: { host, port: Number(port), cidr } };
}
