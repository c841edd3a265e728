import type { Rule } from "../core/rule";
import { imagePinned } from "./images/image-pinned";
import { psaLabels } from "./namespaces/psa-labels";
import { networkPolicyCoverage } from "./network/coverage";
import { serviceExposure } from "./network/service-exposure";
import { podSecurityRules } from "./pod-security";
import { plaintextSecrets } from "./secrets/plaintext-secrets";

export const kubernetesRules: readonly Rule[] = [...podSecurityRules, imagePinned, plaintextSecrets, serviceExposure, psaLabels, networkPolicyCoverage];
