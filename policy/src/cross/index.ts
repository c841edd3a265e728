import type { Rule } from "../core/rule";
import { hardcodedSecret } from "./hardcoded-secret";
import { ignoreChanges } from "./ignore-changes";
import { labelsRegion } from "./labels-region";
import { opaqueBundle } from "./opaque-bundle";
import { protect } from "./protect";
import { providerCredentials } from "./provider-creds";

export const crossRules: readonly Rule[] = [hardcodedSecret, protect, ignoreChanges, labelsRegion, opaqueBundle, providerCredentials];
