/** Neon: Postgres projects. */
import { z } from "zod";
import { PluginError } from "../sdk/failure";
import { Api } from "../sdk/http";
import { providerOf } from "../sdk/kinds";
import type { Provider } from "../sdk/provider";
import { NeonClient, neonApi } from "./client";
import { project } from "./kinds";

export const neonConfig = z.object({
    apiKey: z.string().min(1).optional().describe("an API key of an organization; or set NEON_API_KEY"),
    baseUrl: z.string().regex(/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)[:/]/).optional().describe("an https address"),
});

export function neonProvider(version: string, pace: { timeout?: number; pause?: number } = {}): Provider {
    return providerOf<NeonClient>({
        name: "neon",
        version,
        config: neonConfig,
        kinds: { Project: project },
        connect({ apiKey = process.env.NEON_API_KEY ?? "", baseUrl = neonApi }) {
            if (apiKey === "") throw new PluginError("no API key for Neon: pulumi config set --secret agent-platform:neonApiKey, or NEON_API_KEY");
            // 423: other operations of the project are under way.
            return new NeonClient(new Api({ vendor: "Neon", baseUrl: String(baseUrl), headers: { authorization: `Bearer ${String(apiKey)}` }, notNow: [423], ...pace }), pace.pause);
        },
    });
}
