import { typedRule } from "../common/rule";
import { isText, isTrue } from "../common/truth";
import { cisControl, hetzner } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

export const hclBackups = typedRule({
    id: "hcl-backups",
    title: "Servers with data are backed up, and volumes say how they are encrypted",
    what: "Servers with the label of the setting `statefulLabel` have `backups: true`; volumes carry the label of the setting `encryptionLabel`, because Hetzner does not encrypt them.",
    why: "A server's disk is gone with the server. A volume that nobody encrypts is readable to whoever gets the disk.",
    severity: "low",
    strictness: "advisory",
    references: [hetzner("Servers: backups"), cisControl("3.11"), cisControl("11.2")],
    remediation: ["Set `backups: true`; encrypt volumes with LUKS or in the application, and say so in the label."],
    settings: {
        statefulLabel: { type: "string", pattern: "^[^=]+=.+$", default: "stateful=true", description: "The label, as key=value, of servers that hold data." },
        encryptionLabel: { type: "string", default: "encryption", description: "The label of volumes that names how they are encrypted." },
    },
    compliant: [good(hcloud.server, { labels: { stateful: "true" }, backups: true }), good(hcloud.volume)],
    violating: [bad(hcloud.server, { labels: { stateful: "true" }, backups: false }), bad(hcloud.volume, { labels: { encryption: null } })],
    types: [hcloud.server, hcloud.volume],
    check({ properties, type }, settings, findings) {
        if (type === hcloud.volume) return findings.require(properties.at("labels", settings.text("encryptionLabel")), isText, "is not set, so nobody says how the volume is encrypted");
        const [key = "", ...value] = settings.text("statefulLabel").split("=");
        const label = properties.at("labels", key);
        if (!label.unknown && label.value !== value.join("=")) return;
        (label.unknown ? findings.under({ doubt: label }) : findings).require(properties.at("backups"), isTrue, "leaves the server's data without backups");
    },
});
