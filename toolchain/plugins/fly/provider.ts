/** Fly.io: apps, secrets and machines. */
import { z } from "zod";
import { PluginError } from "../sdk/failure";
import { Api } from "../sdk/http";
import { providerOf } from "../sdk/kinds";
import type { Provider } from "../sdk/provider";
import { FlyClient, flyApi } from "./client";
import { app, machine, secrets } from "./kinds";

export const flyConfig = z.object({
    token: z.string().min(1).optional().describe("an API token (fly tokens create org); or set FLY_API_TOKEN"),
    baseUrl: z.string().regex(/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)[:/]/).optional().describe("an https address"),
});

export function flyProvider(version: string, pace: { timeout?: number; pause?: number } = {}): Provider {
    return providerOf<FlyClient>({
        name: "fly",
        version,
        config: flyConfig,
        kinds: { App: app, Secrets: secrets, Machine: machine },
        connect({ token = process.env.FLY_API_TOKEN ?? "", baseUrl = flyApi }) {
            if (token === "") throw new PluginError("no token for Fly.io: pulumi config set --secret agent-platform:flyToken, or FLY_API_TOKEN");
            // 408 and 412: the machine is still changing, or somebody holds its lease.
            return new FlyClient(new Api({ vendor: "Fly.io", baseUrl: String(baseUrl), headers: { authorization: `Bearer ${String(token)}` }, notNow: [412], ...pace }));
        },
    });
}
