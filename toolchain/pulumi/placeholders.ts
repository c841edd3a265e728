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
            objectAccessKey: "simulated-access-key",
            objectSecretKey: "simulated-secret-key",
            vaultSealToken: "simulated-seal-token",
            netbirdSetupKey: "00000000-0000-0000-0000-000000000000",
        },
    },
    portable: { plain: { tunnelHostname: "agents.example.com" }, secret: { tunnelToken: "simulated-tunnel-token-0000" } },
};
