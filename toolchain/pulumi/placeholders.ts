/**
 * What a simulation puts in the place of what Pulumi.<stack>.yaml cannot hold: secrets, and names that only a real
 * deployment has. Values of the file itself are never replaced, except secrets, which are not read.
 */

/** Keys without the project's prefix. */
export interface Placeholders {
    readonly plain?: Readonly<Record<string, string>>;
    readonly secret?: Readonly<Record<string, string>>;
    /** Images of others come from the stack's own registry too, where they are signed. */
    readonly mirrors?: true;
}

export const placeholders: Readonly<Record<string, Placeholders>> = {
    standard: {
        plain: { archiveUrl: "s3://agents-backup/postgres", archiveEndpoint: "https://s3.eu-central-1.amazonaws.com" },
        secret: { archiveAccessKey: "simulated-access-key", archiveSecretKey: "simulated-secret-key" },
    },
    hetzner: {
        mirrors: true,
        secret: {
            hcloudToken: "simulated-hcloud-token-simulated-hcloud-token-simulated-hcloud-tok",
            cloudflareToken: "simulated-cloudflare-token-0123456789abcd",
            dnsToken: "simulated-dns-token-0123456789abcd",
            objectAccessKey: "simulated-access-key",
            objectSecretKey: "simulated-secret-key",
            vaultSealToken: "simulated-seal-token",
            netbirdSetupKey: "00000000-0000-0000-0000-000000000000",
        },
    },
    portable: { plain: { tunnelHostname: "agents.example.com" }, secret: { tunnelToken: "simulated-tunnel-token-0000" } },
};

/** Lists that are encrypted as a whole: of what is in them nothing is known, and something that makes sense stands for it. */
const lists: Readonly<Record<string, string>> = {
    oidcProviders: JSON.stringify([{ id: "simulated", name: "Simulated", issuer: "https://login.example.com", clientId: "simulated", clientSecret: "simulated" }]),
    mcpServers: JSON.stringify([{ name: "simulated", url: "https://tools.example.com/mcp", secret: "simulated", allow: [{ tools: ["*"] }] }]),
    models: JSON.stringify([{ name: "simulated", provider: "anthropic", model: "simulated", apiKey: "simulated" }]),
};

/** What stands for a value of a stack's file that is encrypted or has encrypted parts; undefined for any other. @param key without the project's prefix */
export function standIn(key: string, value: unknown): string | undefined {
    if (isEncrypted(value)) return lists[key] ?? `simulated-${key}-0000000000000000`;
    let found = false;
    const text = JSON.stringify(value, (_, part: unknown) => {
        if (!isEncrypted(part)) return part;
        found = true;
        return "simulated";
    });
    return found ? text : undefined;
}

function isEncrypted(value: unknown): boolean {
    return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secure" in value;
}
