import { expect } from "../common/expect";
import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { hetzner } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

export const hclProtection = typedRule({
    id: "hcl-protection",
    title: "Servers, volumes, networks and load balancers cannot be deleted by mistake",
    what: "`deleteProtection` is true, and on servers `rebuildProtection` too (Hetzner wants both or neither).",
    why: "One wrong click, or one stolen token, otherwise deletes disk and address, and Hetzner keeps neither.",
    severity: "medium",
    strictness: "production",
    references: [hetzner("Resource protection")],
    remediation: ["Set `deleteProtection: true` (servers: `rebuildProtection: true` as well)."],
    compliant: [good(hcloud.server), good(hcloud.volume)],
    violating: [bad(hcloud.server, { deleteProtection: null }), bad(hcloud.server, { rebuildProtection: false }), bad(hcloud.volume, { deleteProtection: false }), bad(hcloud.network, { deleteProtection: null })],
    types: [hcloud.server, hcloud.volume, hcloud.network, hcloud.loadBalancer, "hcloud:index/floatingIp:FloatingIp", "hcloud:index/primaryIp:PrimaryIp", "hcloud:index/zone:Zone", "hcloud:index/storageBox:StorageBox"],
    check(resource, _settings, findings) {
        expect(resource, "deleteProtection", isTrue, "lets it be deleted by mistake", findings);
        if (resource.type === hcloud.server) expect(resource, "rebuildProtection", isTrue, "lets its disk be overwritten by mistake", findings);
    },
});
