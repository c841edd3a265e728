import { typedRule } from "../common/rule";
import { credentialInText } from "../secrets/detect";
import { cisControl, hetzner } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

export const hclSshKeys = typedRule({
    id: "hcl-ssh-keys",
    title: "Servers are made with SSH keys, and without secrets in their user data",
    what: "`sshKeys` is not empty, and `userData` holds no credential. A Talos machine configuration, which has to hold the keys of its cluster, is allowed by the setting `talos`.",
    why: "Without a key Hetzner sends a root password by mail. User data can be read by every process on the server, from the metadata address, for as long as it lives.",
    severity: "high",
    strictness: "mandatory",
    references: [hetzner("Servers: SSH keys"), cisControl("5.2")],
    remediation: ["Name a key in `sshKeys` (also where the system has no SSH: it keeps the mail from being sent), and let the server fetch its secrets."],
    settings: { talos: { type: "boolean", default: true, description: "Whether user data may be a Talos machine configuration." } },
    compliant: [good(hcloud.server, { sshKeys: ["platform"], userData: "#cloud-config\npackages: [curl]\n" })],
    violating: [bad(hcloud.server, { sshKeys: null }), bad(hcloud.server, { sshKeys: [] }), bad(hcloud.server, { userData: "#cloud-config\nwrite_files:\n- content: |\n    DB_PASSWORD=correct-horse-battery\n" })],
    types: [hcloud.server],
    check({ properties }, settings, findings) {
        const keys = properties.at("sshKeys");
        if (keys.unknown) findings.undetermined(keys);
        else if (keys.list().length === 0) findings.violation(keys, "is empty, so a root password is sent by mail");
        const data = properties.at("userData");
        if (data.unknown) findings.undetermined(data);
        else if (data.text !== undefined && !(settings.flag("talos") && /^\s*version: v1alpha1\b[\s\S]{0,5000}^machine:/m.test(data.text))) {
            const kind = credentialInText(data.text);
            if (kind) findings.violation(data, `holds ${kind}`);
        }
    },
});
