/** What the rules of the Pod Security Standards share. The executable truth is k8s.io/pod-security-admission; policy/reference compares. */
import type { Findings } from "../../core/findings";
import type { Settings, SettingsSchema } from "../../core/settings";
import type { Pod } from "../pods";

/** Settings of every Pod Security rule. */
export const standardsSettings: SettingsSchema = {
    kubernetesVersion: {
        type: "string",
        pattern: "^(1\\.(0|[1-9][0-9]{0,2})|latest)$",
        default: "1.34",
        description: "The Kubernetes version whose Pod Security Standards apply, such as 1.34, or latest.",
    },
    profile: {
        type: "string",
        enum: ["baseline", "restricted"],
        default: "restricted",
        description: "The profile to hold pods to. With baseline, what only restricted demands is not checked.",
    },
};

/** The profile and version that a rule has to follow. */
export class Standards {
    private readonly minor: number;
    readonly restricted: boolean;

    constructor(settings: Settings) {
        const version = settings.text("kubernetesVersion");
        this.minor = version === "latest" ? Number.POSITIVE_INFINITY : Number(version.slice(2));
        this.restricted = settings.text("profile") === "restricted";
    }

    /** True if the configured version is 1.`minor` or newer. */
    since(minor: number): boolean {
        return this.minor >= minor;
    }

    /**
     * The collector for demands that pods with `hostUsers: false` are exempt from since 1.35: their root is nobody on
     * the node. Nothing for such a pod, and only doubts where it is not known yet.
     */
    exceptUserNamespace(pod: Pod, findings: Findings): Findings | undefined {
        if (!this.since(35)) return findings;
        const hostUsers = pod.spec.at("hostUsers");
        if (hostUsers.unknown) return findings.under({ doubt: hostUsers, partial: pod.partial });
        return hostUsers.value === false ? undefined : findings;
    }

    /**
     * The collector for demands that Windows pods are exempt from: nothing for a Windows pod,
     * and only doubts for a pod whose operating system is not known yet.
     */
    exceptWindows(pod: Pod, since: number, findings: Findings): Findings | undefined {
        if (!this.restricted || !this.since(since)) return findings;
        const os = pod.spec.at("os", "name");
        if (os.unknown) return findings.under({ doubt: os, partial: pod.partial });
        return os.value === "windows" ? undefined : findings;
    }
}
