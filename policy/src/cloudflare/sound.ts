/** Resources of Cloudflare that keep every rule; examples and tests change them in one place. */
import { examplesFrom, type Sound } from "../common/examples";
import { cloudflare } from "./types";

const zoneId = "0123456789abcdef0123456789abcdef";
const accountId = "fedcba9876543210fedcba9876543210";
const record = { zoneId, name: "shop.example.com", type: "CNAME", content: "1234.cfargotunnel.com", ttl: 1, proxied: true };
const tunnel = { accountId, tunnelId: "1234", config: { ingresses: [{ hostname: "shop.example.com", service: "http://web:8080", originRequest: { noTlsVerify: false } }, { service: "http_status:404" }], originRequest: { noTlsVerify: false } } };
const accessPolicy = { accountId, name: "staff", decision: "allow", includes: [{ emailDomain: { domain: "example.com" } }], sessionDuration: "8h" };
const application = { accountId, name: "admin", domain: "admin.example.com", type: "self_hosted", sessionDuration: "8h", policies: [{ decision: "allow", includes: [{ group: { id: "staff" } }] }] };
const token = {
    name: "dns", expiresOn: "2030-01-01T00:00:00Z", condition: { requestIp: { ins: ["203.0.113.0/28"] } },
    policies: [{ effect: "allow", permissionGroups: [{ id: "dns-write" }], resources: JSON.stringify({ [`com.cloudflare.api.account.zone.${zoneId}`]: "*" }) }],
};

export const soundCloudflare: Sound = {
    [cloudflare.zone]: { id: zoneId, account: { id: accountId }, name: "example.com" },
    [cloudflare.setting]: { zoneId, settingId: "ssl", value: "strict" },
    [cloudflare.settingsOverride]: {
        zoneId, settings: { ssl: "strict", minTlsVersion: "1.2", tls13: "on", alwaysUseHttps: "on", securityHeader: { enabled: true, maxAge: 31536000, includeSubdomains: true, preload: true } },
    },
    [cloudflare.dnssec]: { zoneId, status: "active" },
    [cloudflare.dnsRecord]: record,
    [cloudflare.record]: record,
    [cloudflare.ruleset]: { zoneId, kind: "zone", name: "waf", phase: "http_request_firewall_managed", rules: [{ action: "execute", expression: "true", actionParameters: { id: "efb7b8c949ac4650a09736fc376e9aee" } }] },
    [cloudflare.pageRule]: { zoneId, target: "shop.example.com/*", priority: 1, actions: { cacheLevel: "bypass" } },
    [cloudflare.hostnameTls]: { zoneId, hostname: "shop.example.com", settingId: "min_tls_version", value: "1.2" },
    [cloudflare.tunnelConfig]: tunnel,
    [cloudflare.tunnelConfigOld]: tunnel,
    [cloudflare.accessPolicy]: accessPolicy,
    [cloudflare.accessPolicyOld]: accessPolicy,
    [cloudflare.accessGroup]: { accountId, name: "staff", includes: [{ emailDomain: { domain: "example.com" } }] },
    [cloudflare.accessGroupOld]: { accountId, name: "staff", includes: [{ emailDomain: { domain: "example.com" } }] },
    [cloudflare.accessApplication]: application,
    [cloudflare.accessApplicationOld]: application,
    [cloudflare.apiToken]: token,
    [cloudflare.accountToken]: { accountId, ...token },
};

export const { good, bad, resource } = examplesFrom(soundCloudflare);
