/** The images of a deployment: those of the stack configuration first, those that `npm run up` built for the rest. */
import { z } from "zod";
import { imageNames, type ImageName } from "../topology/types";
import { json, parseJson, type ConfigFinding, type RawConfig } from "./fields";

/** Images by digest; those that a blueprint does not need may be absent. */
export type Images = Readonly<Partial<Record<ImageName, string>>>;

export interface ImageSettings {
    readonly images?: Images | undefined;
    readonly registry?: string | undefined;
}

export const imageByDigest = /^[a-z0-9][-a-z0-9._/:]*@sha256:[0-9a-f]{64}$/;

/** Those that nobody here builds, with an example of where each comes from. */
const published: Readonly<Partial<Record<ImageName, string>>> = {
    tailscale: "the image of Tailscale by digest, e.g. docker.io/tailscale/tailscale:v1.90.6@sha256:…",
    nginx: "an image of NGINX that runs as user 101 by digest, e.g. docker.io/nginxinc/nginx-unprivileged:1.28-alpine@sha256:…",
    squid: "an image of Squid that runs as user 13 by digest, e.g. docker.io/ubuntu/squid:6.6-24.04_beta@sha256:…",
    redis: "the image of Redis 7 by digest, e.g. docker.io/library/redis:7-alpine@sha256:…",
    "cloudnative-pg": "the image of PostgreSQL with pgvector for CloudNativePG by digest, e.g. ghcr.io/cloudnative-pg/postgresql:17-standard-trixie@sha256:…",
    "cloudnative-pg-operator": "the image of CloudNativePG's operator by digest, by which it has to be installed too, e.g. ghcr.io/cloudnative-pg/cloudnative-pg:1.29.0@sha256:…; its first step runs in every Postgres pod",
    nats: "the image of NATS by digest, e.g. docker.io/library/nats:2.12-scratch@sha256:…",
    ollama: "the image of Ollama by digest, e.g. docker.io/ollama/ollama@sha256:…",
    "steel-browser": "the image of Steel Browser by digest, e.g. ghcr.io/steel-dev/steel-browser@sha256:…",
    flowise: "the image of Flowise by digest, e.g. docker.io/flowiseai/flowise@sha256:…",
    netbird: "NetBird's rootless image by digest, e.g. docker.io/netbirdio/netbird:rootless-latest@sha256:…",
    "talos-backup": "the image of talos-backup by digest, e.g. ghcr.io/siderolabs/talos-backup@sha256:…",
    ray: "the image that app/remote/Dockerfile makes by digest, e.g. registry.example.com/agents/ray@sha256:…",
    pgbouncer: "the image of PgBouncer for CloudNativePG by digest, e.g. ghcr.io/cloudnative-pg/pgbouncer@sha256:…",
    cloudflared: "the image of the tunnel's connector by digest, e.g. docker.io/cloudflare/cloudflared@sha256:…",
};

/** An object whose keys are image names; each may be left to images.json. */
export function imagesField() {
    const shape = Object.fromEntries(imageNames.map((name) => [name, z.string().regex(imageByDigest).optional()])) as Record<ImageName, z.ZodOptional<z.ZodString>>;
    return json(z.strictObject(shape)).prefault("{}").describe(`an object of ${imageNames.join(", ")}, each an image by digest: name@sha256:<64 hex digits>`);
}

/** The images that are wanted, and what is wrong with them. */
export function imagesOf(wanted: readonly ImageName[], settings: ImageSettings, raw: RawConfig): { found: Images; findings: ConfigFinding[] } {
    const found: Partial<Record<ImageName, string>> = {};
    const findings: ConfigFinding[] = [];
    const built = raw.builtImages === undefined ? undefined : parseJson(raw.builtImages);
    const file: Record<string, unknown> = typeof built === "object" && built !== null ? { ...built } : {};
    for (const name of wanted) {
        const key = `images.${name}`;
        const fromFile = typeof file[name] === "string" ? file[name] : undefined;
        const value = settings.images?.[name] ?? fromFile;
        const elsewhere = settings.images?.[name] === undefined && settings.registry !== undefined && value?.startsWith(`${settings.registry}/`) === false;
        if (value !== undefined && imageByDigest.test(value) && !elsewhere) found[name] = value;
        else if (settings.images === undefined) continue; // Already said to be malformed as a whole.
        else if (published[name] !== undefined) findings.push({ key, problem: `is missing: ${published[name]}` });
        else if (elsewhere) findings.push({ key, value, problem: `in .agent-platform/images.json is not in the registry ${settings.registry}: \`npm run up -- --registry ${settings.registry}\` pushes it there` });
        else if (value !== undefined) findings.push({ key, value, problem: "in .agent-platform/images.json is not pinned by digest: `npm run up` writes that file anew" });
        else findings.push({ key, problem: "is not known: run `npm run up`, which builds it and notes it in .agent-platform/images.json, or set it, by digest" });
    }
    return { found, findings };
}
