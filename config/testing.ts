/** A configuration with every setting of the application, for tests. All secrets in it are the same word, to be looked for. */

export const canary = "canary-8846190246-canary-8846190246";

/** By key, as the CLI hands them over. */
export const everySetting: Readonly<Record<string, string>> = {
    registration: "invited",
    publicUrl: "https://agents.example.com",
    oidcProviders: JSON.stringify([{ id: "company", name: "Company", issuer: "https://login.example.com", clientId: "agents", clientSecret: canary, roleClaim: "groups", roles: { it: "admin" } }]),
    mcpServers: JSON.stringify([
        { name: "crm", url: "http://crm.tools.svc:8080/mcp", secret: `Bearer ${canary}`, allow: [{ tools: ["find_customer"] }] },
        { name: "maps", url: "https://maps.example.com:8443/mcp", allow: [{ tools: ["*"], roles: ["admin"] }] },
    ]),
    toolsAllowed: JSON.stringify([{ tools: ["*"], roles: ["user", "admin"] }]),
    models: JSON.stringify([{ name: "main", provider: "anthropic", model: "a-model", apiKey: canary }, { name: "local", provider: "ollama", model: "m", url: "http://ollama.ollama.svc:11434/v1" }]),
    modelMonthlyBudget: "50",
    outgoingAllowedHosts: JSON.stringify([{ host: "idp.corp.example.com", cidr: "10.3.0.0/24" }, { host: "crm.tools.svc", port: 8080 }]),
    rateLimitUser: "600",
    rateLimitTenant: "6000",
    retentionDays: JSON.stringify({ conversations: 365, documents: 730 }),
    scannerUrl: "https://scanner.example.com/scan",
    scannerFailsOpen: "true",
    refundFourEyesThreshold: "2000",
    sessionKeyAccepted: "2",
};

/** Of these the ones with secrets in them, which have to be encrypted. */
export const listsWithSecrets = ["oidcProviders", "mcpServers", "models"] as const;

/** The same where there is no Kubernetes: nothing inside a cluster or a private network. */
export const everySettingOutside: Readonly<Record<string, string>> = {
    ...everySetting,
    mcpServers: JSON.stringify([{ name: "crm", url: "https://crm.example.com/mcp", secret: `Bearer ${canary}`, allow: [{ tools: ["find_customer"] }] }]),
    models: JSON.stringify([{ name: "main", provider: "anthropic", model: "a-model", apiKey: canary }]),
    outgoingAllowedHosts: JSON.stringify([{ host: "hooks.example.com" }]),
};
