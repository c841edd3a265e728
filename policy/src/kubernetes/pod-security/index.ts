import type { Rule } from "../../core/rule";
import { appArmor } from "./apparmor";
import { capabilitiesAdded } from "./caps-added";
import { capabilitiesDropAll } from "./caps-drop-all";
import { hostNamespaces } from "./host-namespaces";
import { hostPort } from "./host-port";
import { hostProbes } from "./host-probes";
import { hostProcess } from "./host-process";
import { privilegeEscalation } from "./priv-escalation";
import { privileged } from "./privileged";
import { procMount } from "./proc-mount";
import { runAsNonRoot } from "./run-as-non-root";
import { runAsUser } from "./run-as-user";
import { seccomp } from "./seccomp";
import { seLinux } from "./selinux";
import { sysctls } from "./sysctls";
import { volumeTypes } from "./volume-types";

/** The Pod Security Standards: together these rules refuse exactly what Kubernetes refuses. */
export const podSecurityRules: readonly Rule[] = [
    privileged, hostNamespaces, privilegeEscalation, runAsNonRoot, runAsUser, capabilitiesDropAll, capabilitiesAdded, seccomp,
    volumeTypes, hostPort, hostProbes, appArmor, seLinux, procMount, sysctls, hostProcess,
];
