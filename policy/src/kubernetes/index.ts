import type { Rule } from "../core/rule";
import { imagePinned } from "./images/image-pinned";
import { imageRegistry } from "./images/image-registry";
import { namespace } from "./namespaces/namespace";
import { psaLabels } from "./namespaces/psa-labels";
import { networkPolicyCoverage } from "./network/coverage";
import { ingress } from "./network/ingress";
import { networkPolicyOpen } from "./network/open";
import { serviceExposure } from "./network/service-exposure";
import { podSecurityRules } from "./pod-security";
import { adminBinding } from "./rbac/admin-binding";
import { rbacEscalation } from "./rbac/escalation";
import { rbacExec } from "./rbac/exec";
import { rbacSecrets } from "./rbac/secrets";
import { rbacWildcard } from "./rbac/wildcard";
import { plaintextSecrets } from "./secrets/plaintext-secrets";
import { availability } from "./workloads/availability";
import { defaultServiceAccount } from "./workloads/default-sa";
import { probes } from "./workloads/probes";
import { readOnlyRoot } from "./workloads/readonly-rootfs";
import { resources } from "./workloads/resources";
import { runtimeSocket } from "./workloads/runtime-socket";
import { serviceAccountToken } from "./workloads/sa-token";
import { sandboxRuntime } from "./workloads/sandbox-runtime";

export const kubernetesRules: readonly Rule[] = [
    ...podSecurityRules,
    runtimeSocket, readOnlyRoot, resources, probes, sandboxRuntime, serviceAccountToken, defaultServiceAccount,
    imagePinned, imageRegistry, plaintextSecrets, namespace, psaLabels,
    rbacWildcard, rbacSecrets, rbacEscalation, rbacExec, adminBinding,
    serviceExposure, ingress, networkPolicyCoverage, networkPolicyOpen, availability,
];
