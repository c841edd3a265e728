/** The private copy of Pulumi.<stack>.yaml that a simulation works with: complete without anything of a real deployment. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { isMap, isScalar, parseDocument, type Document } from "yaml";
import { builtImages, publicImages } from "../../topology/types";
import { placeholders, standIn } from "./placeholders";

const PROJECT = "agent-platform:";

/** Sets the secrets of a stack file with the CLI, which alone can encrypt them. */
export type Encrypt = (file: string, secrets: Readonly<Record<string, string>>) => Promise<void>;

/** Writes the copy, unless the one that is there was made from the same. */
export async function writeSimulatedFile(copy: string, text: string, stack: string, encrypt: Encrypt): Promise<void> {
    const { plain, secret } = simulatedSettings(text, stack);
    const key = `${createHash("sha256").update(JSON.stringify({ plain, secret })).digest("hex")}\n`;
    const mark = `${copy}.simulated`;
    if (existsSync(copy) && existsSync(mark) && (await readFile(mark, "utf8")) === key) return;
    // The salt stays: secrets that the state holds were encrypted with it.
    const salt = existsSync(copy) ? /^encryptionsalt:.*$/m.exec(await readFile(copy, "utf8"))?.[0] : undefined;
    await writeFile(copy, salt === undefined ? plain : `${plain.trimEnd()}\n${salt}\n`, { mode: 0o600 });
    if (Object.keys(secret).length > 0) await encrypt(copy, secret);
    await writeFile(mark, key, { mode: 0o600 });
}

/** The file without its secrets, and with a placeholder for what is missing. */
export function simulatedSettings(text: string, stack: string): { plain: string; secret: Record<string, string> } {
    const document = parseDocument(text);
    document.delete("encryptionsalt");
    document.delete("secretsprovider");
    const secret: Record<string, string> = {};
    for (const key of keysOf(document)) {
        const other = standIn(key.slice(key.indexOf(":") + 1), (document.toJSON() as { config: Record<string, unknown> }).config[key]);
        if (other === undefined) continue;
        document.deleteIn(["config", key]);
        secret[key] = other;
    }
    const given = placeholders[stack] ?? {};
    for (const [key, value] of Object.entries(given.plain ?? {})) if (!document.hasIn(["config", PROJECT + key])) document.setIn(["config", PROJECT + key], value);
    for (const [key, value] of Object.entries(given.secret ?? {})) secret[PROJECT + key] = value;
    const images = `${PROJECT}images`;
    for (const [name, image] of Object.entries(simulatedImages(stack, document))) if (!document.hasIn(["config", images, name])) document.setIn(["config", images, name], image);
    return { plain: document.toString({ lineWidth: 0 }), secret };
}

/** By digests that no registry has. */
function simulatedImages(stack: string, document: Document): Record<string, string> {
    const registry = document.getIn(["config", `${PROJECT}registry`]);
    const own = typeof registry === "string" ? registry : stack === "dev" ? "localhost/agent-platform" : "registry.example.com/agent-platform";
    const digest = (name: string) => createHash("sha256").update(`simulated ${name}`).digest("hex");
    const placeOf = (name: (typeof publicImages)[number]) => (placeholders[stack]?.mirrors ? `${own}/${name}` : (published[name] ?? `docker.io/${name}/${name}`));
    return {
        ...Object.fromEntries(builtImages.map((name) => [name, `${own}/${name}@sha256:${digest(name)}`])),
        ...Object.fromEntries(publicImages.map((name) => [name, `${placeOf(name)}@sha256:${digest(name)}`])),
    };
}

function keysOf(document: Document): string[] {
    const config = document.get("config");
    return isMap(config) ? config.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
}

/** Where images of others are published, if not under a name of their own. */
const published: Readonly<Partial<Record<(typeof publicImages)[number], string>>> = {
    cloudflared: "docker.io/cloudflare/cloudflared",
    "cloudnative-pg": "ghcr.io/cloudnative-pg/postgresql",
    nats: "docker.io/library/nats",
    pgbouncer: "ghcr.io/cloudnative-pg/pgbouncer",
    redis: "docker.io/library/redis",
};
