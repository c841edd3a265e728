import { typedRule } from "../../common/rule";
import { isText } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

const rawFields = ["rawKey", "rsaEncryptedKey", "diskEncryptionKeyRaw", "diskEncryptionKeyRsa"];

export const diskKey = typedRule({
    id: "gcp-disk-key",
    title: "Keys of disks are kept in Cloud KMS, not in the program",
    what: "Disks, machines and templates name their key by `kmsKeySelfLink` (`kmsKeyName`), never as `rawKey`, `diskEncryptionKeyRaw` or the like.",
    why: "A key in the program is in the repository, in the state and in every preview: it protects nothing from anybody who sees those.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("4.7")],
    remediation: ["Make a key in Cloud KMS and name it by `kmsKeySelfLink`."],
    compliant: [good(gcp.disk, { diskEncryptionKey: { kmsKeySelfLink: "projects/shop-prod/locations/europe-west4/keyRings/shop/cryptoKeys/data" } })],
    violating: [bad(gcp.disk, { diskEncryptionKey: { rawKey: "c29tZXRoaW5nIHRoYXQgaXMgdG9vIHNob3J0IGZvciBhIGtleQ==" } }), bad(gcp.instance, { bootDisk: { diskEncryptionKeyRaw: "c29tZXRoaW5nIHRoYXQgaXMgdG9vIHNob3J0IGZvciBhIGtleQ==" } })],
    types: [gcp.disk, gcp.regionDisk, gcp.instance, gcp.instanceTemplate, gcp.regionInstanceTemplate, "gcp:compute/snapshot:Snapshot", "gcp:compute/image:Image"],
    check({ properties }, _settings, findings) {
        const disks = [properties, properties.at("bootDisk"), ...["attachedDisks", "disks"].flatMap(field => properties.at(field).list())];
        for (const disk of disks) checkDisk(disk, findings);
    },
});

function checkDisk(disk: Value, findings: Findings): void {
    if (disk.unknown) return findings.undetermined(disk);
    const holders = [disk, ...["diskEncryptionKey", "sourceImageEncryptionKey", "sourceSnapshotEncryptionKey", "snapshotEncryptionKey", "sourceDiskEncryptionKey", "imageEncryptionKey"].map(field => disk.at(field))];
    for (const holder of holders) for (const field of rawFields) findings.forbid(holder.at(field), isText, "is a key in the program");
}
