import { testMutations, type Mutation } from "../testing/mutations";
import { soundCloudflare } from "./sound";
import { cloudflare } from "./types";

const token: readonly Mutation[] = [
    ["expiresOn", undefined, "cf-access-token"], ["expiresOn", "", "cf-access-token"], ["condition", undefined, "cf-access-token"], ["condition/requestIp/ins", [], "cf-access-token"],
    ["condition/requestIp/ins", ["0.0.0.0/0"], "cf-access-token"], ["condition/requestIp/ins", ["0.0.0.0/1", "128.0.0.0/1"], "cf-access-token"], ["condition/requestIp/ins", ["2001:db8::/32"]], ["name", "other"],
];
const record: readonly Mutation[] = [
    ["proxied", false, "cf-dns-proxied"], ["proxied", undefined, "cf-dns-proxied"], ["type", "TXT"], ["type", "A"], ["content", "192.168.1.7", "cf-dns-proxied"], ["content", "100.64.0.9", "cf-dns-proxied"], ["content", "203.0.113.7"],
    ["content", "fd00::7", "cf-dns-proxied"], ["name", "*", "cf-dns-proxied"], ["name", "*.shop.example.com", "cf-dns-proxied"], ["name", "_acme-challenge.example.com"], ["name", "@"],
];
const policy: readonly Mutation[] = [
    ["decision", "bypass", "cf-access-token"], ["decision", "non_identity"], ["decision", "deny"], ["includes/0", { everyone: {} }, "cf-access-token"], ["includes/1", { everyone: {} }, "cf-access-token"],
    ["includes/0", { ip: { ip: "0.0.0.0/0" } }, "cf-access-token"], ["includes/0", { email: { email: "alex@example.com" } }], ["sessionDuration", "720h", "cf-access-token"], ["sessionDuration", "24h"], ["sessionDuration", "1440m"], ["sessionDuration", "86401s", "cf-access-token"], ["sessionDuration", undefined],
];
const tunnel: readonly Mutation[] = [
    ["config/originRequest/noTlsVerify", true, "cf-tunnel"], ["config/originRequest/noTlsVerify", "true", "cf-tunnel"], ["config/originRequest", undefined], ["config/ingresses/0/originRequest/noTlsVerify", true, "cf-tunnel"],
    ["config/ingresses/1/service", "http://web:8080", "cf-tunnel"], ["config/ingresses/1/service", "http_status:503"], ["config/ingresses", [], "cf-tunnel"], ["config/ingresses/0/service", "ssh://node:22", "cf-tunnel-access"],
    ["config/ingresses/0/service", "tcp://db:5432", "cf-tunnel-access"], ["config/ingresses/0", { service: "rdp://desk:3389", originRequest: { access: { required: true, teamName: "shop", audTags: ["a"] } } }], ["config/ingresses/0/service", "https://web:8443"], ["config", undefined],
];

testMutations("Cloudflare", soundCloudflare, {
    [cloudflare.setting]: [
        ["value", "full", "cf-ssl-strict"], ["value", "flexible", "cf-ssl-strict"], ["value", "off", "cf-ssl-strict"], ["value", undefined, "cf-ssl-strict"], ["value", "origin_pull"], ["settingId", "brotli"],
    ],
    [cloudflare.settingsOverride]: [
        ["settings/ssl", "flexible", "cf-ssl-strict"], ["settings/minTlsVersion", "1.0", "cf-min-tls"], ["settings/minTlsVersion", "1.3"], ["settings/tls13", "off", "cf-min-tls"], ["settings/tls13", "zrt"], ["settings/alwaysUseHttps", "off", "cf-https-hsts"],
        ["settings/securityHeader/enabled", false, "cf-https-hsts"], ["settings/securityHeader/maxAge", 3600, "cf-https-hsts"], ["settings/securityHeader/maxAge", undefined, "cf-https-hsts"], ["settings/securityHeader/preload", false], ["settings", undefined],
    ],
    [cloudflare.dnsRecord]: record,
    [cloudflare.record]: record,
    [cloudflare.ruleset]: [
        ["rules/0/enabled", false, "cf-ruleset-skip"], ["rules/0/enabled", true], ["rules/0/actionParameters/overrides", { enabled: false }, "cf-ruleset-skip"], ["rules/0/actionParameters/overrides", { action: "log" }],
        ["rules/1", { action: "skip", expression: "true", actionParameters: { ruleset: "current" } }, "cf-ruleset-skip"], ["rules/1", { action: "skip", expression: "(http.host eq \"shop.example.com\")", actionParameters: { phases: ["http_ratelimit"] } }, "cf-ruleset-skip"],
        ["rules/1", { action: "skip", expression: "ip.src eq 203.0.113.7", actionParameters: { phases: ["http_ratelimit"] } }], ["rules/1", { action: "skip", expression: "not ip.src in {203.0.113.7}", actionParameters: { phases: ["http_ratelimit"] } }, "cf-ruleset-skip"],
        ["rules/1", { action: "skip", expression: "http.request.uri.path eq \"/health\"", actionParameters: { products: ["waf"] } }], ["rules/1", { action: "skip", expression: "true", actionParameters: { products: ["hot"] } }],
        ["rules/0/actionParameters/ssl", "flexible", "cf-ssl-strict"], ["phase", "http_request_cache_settings"],
    ],
    [cloudflare.pageRule]: [["actions/ssl", "off", "cf-ssl-strict"], ["actions/ssl", "strict"], ["actions/disableSecurity", true, "cf-ruleset-skip"], ["actions/waf", "off", "cf-ruleset-skip"], ["actions/securityLevel", "essentially_off", "cf-ruleset-skip"], ["actions/securityLevel", "high"]],
    [cloudflare.hostnameTls]: [["value", "1.0", "cf-min-tls"], ["value", "1.3"], ["settingId", "ciphers"]],
    [cloudflare.tunnelConfig]: tunnel,
    [cloudflare.tunnelConfigOld]: tunnel,
    [cloudflare.accessPolicy]: policy,
    [cloudflare.accessPolicyOld]: policy,
    [cloudflare.accessApplication]: [["sessionDuration", "168h", "cf-access-token"], ["sessionDuration", undefined], ["sessionDuration", "forever", "cf-access-token"], ["policies/0/decision", "bypass", "cf-access-token"], ["policies/0/includes", [{ everyone: {} }], "cf-access-token"], ["policies", ["policy-id"]]],
    [cloudflare.apiToken]: token,
    [cloudflare.accountToken]: token,
});
