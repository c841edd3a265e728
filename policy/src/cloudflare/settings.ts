/** Settings of zones: one resource for each, or, in older versions of the provider, all in one. */
import type { Resource } from "../core/resource";
import type { Value } from "../core/value";
import { cloudflare } from "./types";

export const settingTypes: readonly string[] = [cloudflare.setting, cloudflare.settingsOverride];

const oldNames: Readonly<Record<string, string>> = { ssl: "ssl", min_tls_version: "minTlsVersion", tls_1_3: "tls13", always_use_https: "alwaysUseHttps", security_header: "securityHeader" };

/** What a resource sets a setting to; nothing if it does not. `doubt`: it is not known yet whether it is this setting. */
export function settingOf({ type, properties }: Resource, id: string): { value: Value; doubt?: Value } | undefined {
    if (type === cloudflare.settingsOverride) {
        const value = properties.at("settings", oldNames[id]!);
        return value.absent ? undefined : { value };
    }
    const settingId = properties.at("settingId");
    if (settingId.unknown) return { value: properties.at("value"), doubt: settingId };
    return settingId.value === id ? { value: properties.at("value") } : undefined;
}
