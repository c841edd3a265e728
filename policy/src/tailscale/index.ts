import type { Rule } from "../core/rule";
import { tsAclAny } from "./acl-any";
import { tsAclOverwrite } from "./acl-overwrite";
import { tsAclRoutes } from "./acl-routes";
import { tsAclScope } from "./acl-scope";
import { tsAclSsh } from "./acl-ssh";
import { tsKey } from "./key";
import { tsSettings } from "./settings";

export const tailscaleRules: readonly Rule[] = [tsAclAny, tsAclScope, tsAclSsh, tsAclRoutes, tsKey, tsAclOverwrite, tsSettings];
