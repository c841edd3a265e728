/** The secret settings of the application, as the components take them. What they are is config/app-settings.ts. */
import * as pulumi from "@pulumi/pulumi";
import type { SessionKeys } from "../components/agent-cluster/session-keys";
import { chosenOf, type AppSettings } from "../config/app-settings";

/** The bundle of secrets that were configured, by their key in it. */
const bundle = "app-settings";

/** By `bundle/key`, for machines that fetch each secret from a cloud's store. */
export function secretSettings(settings: AppSettings): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(chosenOf(settings).flatMap(({ kept, text }) => (kept?.startsWith(`${bundle}/`) === true ? [[kept, pulumi.secret(text)]] : [])));
}

/** By bundle, for Kubernetes; no bundle where nothing secret is set. */
export function secretBundles(settings: AppSettings): { readonly "app-settings"?: Record<string, pulumi.Output<string>> } {
    const values = Object.entries(secretSettings(settings));
    return values.length === 0 ? {} : { [bundle]: Object.fromEntries(values.map(([name, value]) => [name.slice(bundle.length + 1), value])) };
}

/** Which keys sign sessions. */
export function sessionKeys({ sessionKey, sessionKeyAccepted }: AppSettings & { readonly sessionKey?: number | undefined }): SessionKeys {
    return { signs: sessionKey, accepted: sessionKeyAccepted };
}
