import { containerWith, podWith } from "../examples";
import { pss } from "../frameworks";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

const types = ["", "container_t", "container_init_t", "container_kvm_t"];

export const seLinux = podRule({
    id: "k8s-selinux",
    title: "SELinux options stay those of containers",
    what: "`seLinuxOptions.type` is not set, container_t, container_init_t, container_kvm_t or (since 1.31) container_engine_t, and `user` and `role` are not set, for the pod and every container.",
    why: "Another type, user or role takes the process out of the confinement that keeps containers apart from the node and from each other.",
    severity: "medium",
    strictness: "mandatory",
    references: [pss("Baseline", "SELinux")],
    remediation: ["Remove `user` and `role`, and set `type` to an allowed one or remove it."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { seLinuxOptions: { type: "container_t", level: "s0:c1,c2" } } })],
    violating: [podWith({ securityContext: { seLinuxOptions: { type: "spc_t" } } }), containerWith({ securityContext: { seLinuxOptions: { user: "system_u" } } }), containerWith({ securityContext: { seLinuxOptions: { role: "sysadm_r" } } })],
    checkPod(pod, settings, findings) {
        const allowed = new Set<unknown>(new Standards(settings).since(31) ? [...types, "container_engine_t"] : types);
        for (const holder of [pod, ...pod.containers]) {
            findings.forbid(holder.security("seLinuxOptions", "type"), value => !allowed.has(value), "is not a type for containers");
            for (const field of ["user", "role"]) findings.forbid(holder.security("seLinuxOptions", field), value => value !== "", "must not be set");
        }
    },
});
