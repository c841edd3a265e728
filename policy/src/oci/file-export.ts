import { opennessOf } from "../common/addresses";
import { typedRule } from "../common/rule";
import { oracle } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociFileExport = typedRule({
    id: "oci-file-export",
    title: "File systems are exported to known networks, without the rights of root",
    what: "Every entry of `exportOptions` is for networks that are not the whole internet, squashes identities (`ROOT` or `ALL`) and requires a privileged port. An export without options is open to all, which is Oracle's default.",
    why: "NFS believes what its clients say: who may mount it as root reads and changes every file.",
    severity: "medium",
    strictness: "mandatory",
    references: [oracle("File Storage: NFS export options")],
    remediation: ["Set `exportOptions` with a `source` network, `identitySquash: \"ROOT\"` and `requirePrivilegedSourcePort: true`."],
    compliant: [good(oci.fileExport)],
    violating: [bad(oci.fileExport, { exportOptions: null }), bad(oci.fileExport, { exportOptions: [{ source: "0.0.0.0/0", access: "READ_WRITE", identitySquash: "ALL", requirePrivilegedSourcePort: true }] }), bad(oci.fileExport, { exportOptions: [{ source: "10.0.0.0/16", identitySquash: "NONE", requirePrivilegedSourcePort: true }] })],
    types: [oci.fileExport],
    check({ properties }, _settings, findings) {
        const options = properties.at("exportOptions");
        if (options.unknown) return findings.undetermined(options);
        if (options.list().length === 0) return findings.violation(options, "is not set, so every client has every right");
        for (const option of options.list()) {
            const { open, unclear } = opennessOf([option.at("source")]);
            if (open) findings.violation(open, "exports to everybody");
            else if (unclear) findings.undetermined(unclear);
            findings.require(option.at("identitySquash"), raw => raw === "ROOT" || raw === "ALL", "lets clients be root");
            findings.forbid(option.at("requirePrivilegedSourcePort"), raw => raw === false, "lets every user of a client mount it");
        }
    },
});
