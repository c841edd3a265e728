import type { Rule } from "../core/rule";
import { hclBackups } from "./backups";
import { hclLbPrivate } from "./lb-private";
import { hclLbTls } from "./lb-tls";
import { hclOpenAdminPorts } from "./open-admin-ports";
import { hclProtection } from "./protection";
import { hclServerFirewalled } from "./server-firewalled";
import { hclServerPrivate } from "./server-private";
import { hclSshKeys } from "./ssh-keys";

export const hetznerRules: readonly Rule[] = [hclOpenAdminPorts, hclServerFirewalled, hclServerPrivate, hclSshKeys, hclProtection, hclLbTls, hclLbPrivate, hclBackups];
