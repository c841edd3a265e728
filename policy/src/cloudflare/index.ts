import type { Rule } from "../core/rule";
import { cfAccessToken } from "./access-token";
import { cfDnsProxied } from "./dns-proxied";
import { cfHttpsHsts } from "./https-hsts";
import { cfMinTls } from "./min-tls";
import { cfRulesetSkip } from "./ruleset-skip";
import { cfSslStrict } from "./ssl-strict";
import { cfTunnel } from "./tunnel";
import { cfTunnelAccess } from "./tunnel-access";
import { cfWaf } from "./waf";
import { cfZoneComplete } from "./zone-complete";

export const cloudflareRules: readonly Rule[] = [cfSslStrict, cfMinTls, cfHttpsHsts, cfZoneComplete, cfDnsProxied, cfWaf, cfRulesetSkip, cfTunnel, cfTunnelAccess, cfAccessToken];
