/**
 * Settings of the application that whoever deploys may choose, in every blueprint: another one is another entry here.
 * Each says its key's field, the variable of app/src/env.ts, the roles that read it, where a secret one is kept, and whom it
 * makes them call; blueprints/app-settings.ts makes settings, secrets and flows of that. What is not set is left to the
 * application, and the topology is as if there was no such setting.
 */
import { z } from "zod";
import { isPrivateRange } from "../topology/addresses";
import type { SecretName } from "../topology/types";
import { json, parseJson, secret, whole, yesNo } from "./fields";

/** What a process of the application can be (app/src/roles), as far as it reads any of these. */
export type AppRole = "agent" | "rag" | "upload" | "mcp" | "worker";

/** An address that a setting makes the application call. */
export interface Call {
    /** One line for people: what for. */
    readonly purpose: string;
    readonly url: string;
    /** It is called only where it is public, or one of `outgoingAllowedHosts`. */
    readonly guarded?: true;
    /** Where it stands in the value: `[0].issuer`. */
    readonly at: string;
}

export interface AppSetting<T> {
    readonly field: z.ZodType<T | undefined>;
    readonly variable: string;
    readonly roles: readonly AppRole[];
    /** Present for one that is a secret or may hold some. */
    readonly kept?: SecretName;
    /** As the application reads it. @default a text itself, JSON of all else */
    text?(value: T): string;
    calls?(value: T): readonly Call[];
}

interface Provider { readonly name: string; readonly issuer: string }
interface Server { readonly name: string; readonly url: string }
interface Model { readonly name: string; readonly provider: string; readonly url?: string; readonly apiKey?: string }

/** Parts of a network of one's own that the application may call. */
export interface AllowedHost {
    readonly host: string;
    /** Where it is; absent for a public one and for a service of the cluster. */
    readonly cidr?: string | undefined;
    readonly port: number;
}

export const appSettings = {
    registration: setting(z.enum(["open", "invited", "closed"]), "open, invited or closed", { variable: "REGISTRATION", roles: ["agent"] }),
    publicUrl: setting(z.string().regex(/^(https:\/\/[-a-z0-9.]+|http:\/\/localhost)(:\d+)?$/), "an https address without a path, e.g. https://agents.example.com", { variable: "PUBLIC_URL", roles: ["agent"] }),
    oidcProviders: setting(appJson<Provider[]>("oidc/config", "oidcVariable"), "a list of providers, each with id, name, issuer, clientId and clientSecret (docs/app.md)", {
        variable: "OIDC_PROVIDERS", roles: ["agent"], kept: "app-settings/oidc-providers",
        calls: (list) => list.map(({ name, issuer }, index) => ({ purpose: `sign-in at ${name}`, url: issuer, guarded: true, at: `[${index}].issuer` })),
    }),
    mcpServers: setting(appJson<Server[]>("mcp/config", "mcpServersVariable"), "a list of MCP servers, each with name, url and allow (docs/app.md)", {
        variable: "MCP_SERVERS", roles: ["agent"], kept: "app-settings/mcp-servers",
        calls: (list) => list.map(({ name, url }, index) => ({ purpose: `tools of ${name}`, url, guarded: true, at: `[${index}].url` })),
    }),
    toolsAllowed: setting(appJson<unknown[]>("mcp/config", "toolRulesVariable"), "a list of rules, each with tools, and roles and tenants where not all may (docs/app.md)", { variable: "TOOLS_ALLOWED", roles: ["agent", "mcp"] }),
    models: setting(appJson<Model[]>("models/chat/config", "modelsVariable"), "a list of language models, each with name, provider and model (docs/app.md)", {
        variable: "MODELS", roles: ["agent"], kept: "app-settings/models",
        calls: (list) => list.flatMap(({ name, provider, url = publicModels[provider] }, index) => (url === undefined ? [] : [{ purpose: `language model ${name}`, url, at: `[${index}].url` }])),
    }),
    modelMonthlyBudget: setting(whole(0, 1_000_000), "whole dollars a tenant and month, from 0 to 1000000", { variable: "MODEL_MONTHLY_BUDGET", roles: ["agent"] }),
    outgoingAllowedHosts: setting(json(z.array(allowedHost()).min(1)) as unknown as z.ZodType<AllowedHost[]>, 'a list such as [{"host": "idp.corp.example.com", "cidr": "10.3.0.0/24"}]', {
        variable: "OUTGOING_ALLOWED_HOSTS", roles: ["agent"],
        text: (hosts) => hosts.map(({ host }) => host).join(","),
        // Of a service of the cluster TLS is not asked; to all others the application is let out by TLS's port.
        calls: (hosts) => hosts.map(({ host, port }, index) => ({ purpose: "may be called by name", url: `${/\.svc(\.cluster\.local)?$/.test(host) ? "http" : "https"}://${host}:${port}`, at: `[${index}].host` })),
    }),
    rateLimitUser: setting(whole(0, 1_000_000), "a whole number of requests a minute, 0 for no limit", { variable: "RATE_LIMIT_USER", roles: ["agent", "rag", "upload", "mcp"] }),
    rateLimitTenant: setting(whole(0, 10_000_000), "a whole number of requests a minute, 0 for no limit", { variable: "RATE_LIMIT_TENANT", roles: ["agent", "rag", "upload", "mcp"] }),
    retentionDays: setting(appJson<Readonly<Record<string, number>>>("people/retention", "retentionVariable"), 'days by kind of data, e.g. {"conversations": 365, "sessions": 30} (docs/app.md)', { variable: "RETENTION_DAYS", roles: ["worker"] }),
    scannerUrl: setting(z.url(), "the address of a scanner of uploads, e.g. https://scanner.example.com/scan", { variable: "SCANNER_URL", roles: ["upload"], calls: (url) => [{ purpose: "scans uploads", url, at: "" }] }),
    scannerFailsOpen: setting(yesNo(), "true or false", { variable: "SCANNER_FAILS_OPEN", roles: ["upload"] }),
    refundFourEyesThreshold: setting(whole(0, 1_000_000), "a whole amount in euros from 0 to 1000000", { variable: "REFUND_FOUR_EYES_THRESHOLD", roles: ["agent", "mcp"] }),
    /** The number of a key that is accepted beside the one that signs: the one before it, or the next one (docs/operating.md). */
    sessionKeyAccepted: setting(whole(1, 9_999), "the number of a key, from 1 to 9999", { variable: "JWT_SECRET_PREVIOUS", roles: ["agent", "rag", "upload", "mcp"], kept: "session/other-key" }),
};

export type AppKey = keyof typeof appSettings;
/** What is chosen; what is absent is the application's own default. */
export type AppSettings = { readonly [K in AppKey]?: NonNullable<z.output<(typeof appSettings)[K]["field"]>> | undefined };
export const appKeys = Object.keys(appSettings) as AppKey[];
export const appFields = Object.fromEntries(appKeys.map((key) => [key, appSettings[key].field])) as { readonly [K in AppKey]: (typeof appSettings)[K]["field"] };

/** One setting that is chosen, as whoever goes through all of them sees it. */
export interface Chosen {
    readonly key: AppKey;
    readonly variable: string;
    readonly roles: readonly AppRole[];
    readonly kept?: SecretName;
    readonly text: string;
    readonly calls: readonly Call[];
}

/** The settings that are chosen, in the order of the table. */
export function chosenOf(settings: AppSettings): Chosen[] {
    return appKeys.flatMap((key): Chosen[] => {
        const { variable, roles, kept, text = textOf, calls = () => [] } = appSettings[key] as AppSetting<unknown>;
        const value = settings[key];
        return value === undefined ? [] : [{ key, variable, roles, ...(kept === undefined ? {} : { kept }), text: text(value), calls: calls(value) }];
    });
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}

function setting<T>(field: z.ZodType<T>, description: string, entry: Omit<AppSetting<T>, "field">): AppSetting<T> {
    const described: z.ZodType<T | undefined> = field.optional().describe(description);
    // A list needs no encryption as long as none of its members has a secret.
    return { field: entry.kept?.startsWith("app-settings/") === true ? secret(described, (text) => /"(apiKey|secret|clientSecret)"\s*:/.test(text)) : described, ...entry };
}

/** A value whose meaning is the application's: the schema of its variable judges, and is loaded only where such a key is set. */
function appJson<T>(file: string, variable: string): z.ZodType<T> {
    const judged = z.unknown().superRefine((value, context) => {
        if (value === undefined) return context.addIssue({ code: "custom" });
        const { [variable]: schema } = require(`../app/src/${file}`) as Readonly<Record<string, z.ZodType>>;
        const { success, error } = schema!.safeParse(JSON.stringify(value));
        if (!success) for (const { path, message } of error.issues) context.addIssue({ code: "custom", path, message });
    });
    return z.preprocess(parseJson, judged) as unknown as z.ZodType<T>;
}

/** Where providers of models are that need no address. */
const publicModels: Readonly<Record<string, string>> = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com" };

function allowedHost() {
    return z.strictObject({
        host: z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
        cidr: z.cidrv4().refine(isPrivateRange, "a private range such as 10.3.0.0/24").optional(),
        port: z.number().int().min(1).max(65_535).default(443),
    });
}
