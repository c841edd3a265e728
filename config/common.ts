/** What every blueprint asks, and what those ask that run in a Kubernetes that is there already. */
import { z } from "zod";
import { contextName } from "../toolchain/kubernetes/installation";
import { checkAppSettings, type WayOut } from "./app-checks";
import { appFields, type AppSettings } from "./app-settings";
import { dnsName, email, secret, text, hostname, whole, yesNo, type ConfigFinding, type RawConfig, type Reading } from "./fields";
import { imagesField, type Images } from "./images";

/** The answers that every blueprint has. */
export interface CommonConfig extends AppSettings {
    readonly images: Images;
    readonly refundApprovalThreshold: number;
    readonly agentOngoingRequests: number;
    readonly protectData: boolean;
    /** The number of the key that signs sessions. @default 1 */
    readonly sessionKey?: number | undefined;
    readonly adminEmail: string;
    readonly userEmail: string;
    /** What a month may cost at the least scale; a preview above it stops. */
    readonly monthlyBudget?: { readonly amount: number; readonly currency: "USD" | "EUR" };
}

export const commonFields = {
    registry: z.string().regex(/^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9][-a-z0-9._]*)*$/).optional().describe("a registry and path without scheme, e.g. registry.example.com/agents"),
    images: imagesField(),
    refundApprovalThreshold: whole(0, 1_000_000).default(100).describe("a whole amount in euros from 0 to 1000000"),
    agentOngoingRequests: whole(1, 10).default(5).describe("a whole number from 1 to 10"),
    protectData: yesNo().default(true).describe("true or false"),
    sessionKey: whole(1, 9_999).default(1).describe("the number of a key, from 1 to 9999"),
    adminEmail: email().default("admin@agent-platform.local").describe("an e-mail address"),
    userEmail: email().default("user@agent-platform.local").describe("an e-mail address"),
    monthlyBudget: z.string().regex(/^\d{1,7}(\.\d{1,2})? (USD|EUR)$/).transform(budgetOf).optional().describe("an amount and its currency, e.g. 500 EUR"),
    ...appFields,
};

function budgetOf(text: string): NonNullable<CommonConfig["monthlyBudget"]> {
    const [amount, currency] = text.split(" ") as [string, "USD" | "EUR"];
    return { amount: Number(amount), currency };
}

export function checkCommon({ values }: Reading<typeof commonFields>, out: WayOut = { kubernetes: true }): ConfigFinding[] {
    const { adminEmail, userEmail } = values;
    return [
        ...(adminEmail !== undefined && adminEmail === userEmail ? [{ key: "userEmail", value: userEmail, problem: "is the address of the admin too: approvals need two people" }] : []),
        ...checkAppSettings(values, out),
    ];
}

/** A Kubernetes that is there already. */
export interface ExistingCluster {
    /** Path of the kubeconfig; undefined: the one that kubectl would take. */
    readonly kubeconfig?: string;
    readonly context: string;
}

export const clusterFields = {
    context: text().optional().describe("the name of a context in the kubeconfig"),
    kubeconfig: text().optional().describe("the path of a kubeconfig file"),
    storageClass: z.string().regex(dnsName).optional().describe("the name of a StorageClass of the cluster"),
};

export function checkCluster({ has, raw }: Reading<typeof clusterFields>): ConfigFinding[] {
    if (has("kubeconfig") && !has("context")) return [{ key: "context", problem: "is missing: a kubeconfig of your own needs the name of the context in it" }];
    if (has("context") || raw.localKubeconfig !== undefined) return [];
    return [{ key: "context", problem: "is not set, and this machine has no local cluster: `npm run up` starts one; or name a context of your kubeconfig" }];
}

/** The cluster that was named, or the local one. */
export function clusterOf({ context, kubeconfig }: { readonly context?: string | undefined; readonly kubeconfig?: string | undefined }, raw: RawConfig): ExistingCluster {
    if (context === undefined) return { ...(raw.localKubeconfig === undefined ? {} : { kubeconfig: raw.localKubeconfig }), context: contextName };
    return { ...(kubeconfig === undefined ? {} : { kubeconfig }), context };
}

/** A Cloudflare tunnel that people come in through. */
export interface Tunnel {
    readonly hostname: string;
    readonly token: string;
}

export const tunnelFields = {
    tunnelToken: secret(z.string().min(20).optional().describe("the token of a Cloudflare tunnel")),
    tunnelHostname: hostname().optional().describe("a host name such as agents.example.com"),
};

export function checkTunnel({ has }: Reading<typeof tunnelFields>): ConfigFinding[] {
    if (has("tunnelToken") && !has("tunnelHostname")) return [{ key: "tunnelHostname", problem: "is missing: the public name that the tunnel serves, e.g. agents.example.com" }];
    if (has("tunnelHostname") && !has("tunnelToken")) return [{ key: "tunnelToken", problem: "is missing: tunnelHostname is only reached through a tunnel" }];
    return [];
}

export function tunnelOf({ tunnelToken, tunnelHostname }: { readonly tunnelToken?: string | undefined; readonly tunnelHostname?: string | undefined }): { readonly tunnel?: Tunnel } {
    return tunnelToken === undefined || tunnelHostname === undefined ? {} : { tunnel: { hostname: tunnelHostname, token: tunnelToken } };
}
