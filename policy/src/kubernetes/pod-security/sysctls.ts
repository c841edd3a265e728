import { podWith } from "../examples";
import { pss } from "../frameworks";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

// When each became safe, by minor version of Kubernetes 1.
const safeSince: Readonly<Record<number, readonly string[]>> = {
    0: ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start"],
    27: ["net.ipv4.ip_local_reserved_ports"],
    29: ["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"],
    32: ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"],
    37: ["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"],
};

export const sysctls = podRule({
    id: "k8s-sysctls",
    title: "Pods set only safe kernel parameters",
    what: `\`securityContext.sysctls\` names only parameters that are safe in the configured Kubernetes version: ${Object.entries(safeSince).map(([minor, names]) => `${names.join(", ")}${minor === "0" ? "" : ` (since 1.${minor})`}`).join(", ")}.`,
    why: "Other parameters are shared with the node or switch protections off for every pod there.",
    severity: "medium",
    strictness: "mandatory",
    references: [pss("Baseline", "Sysctls")],
    remediation: ["Remove the parameter from the pod.", "If all pods of a kind of node need it, set it when the node is made."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { sysctls: [{ name: "net.ipv4.tcp_keepalive_time", value: "60" }] } })],
    violating: [podWith({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "65536" }] } })],
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        const safe = new Set<unknown>(Object.entries(safeSince).flatMap(([minor, names]) => (standards.since(Number(minor)) ? names : [])));
        for (const parameter of pod.security("sysctls").list()) findings.require(parameter.at("name"), name => safe.has(name), "is not a safe kernel parameter");
    },
});
