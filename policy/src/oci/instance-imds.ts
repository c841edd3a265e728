import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { cisOci } from "./frameworks";
import { launchesOf } from "./instances";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociInstanceImds = typedRule({
    id: "oci-instance-imds",
    title: "Machines answer only the newer metadata requests",
    what: "`instanceOptions.areLegacyImdsEndpointsDisabled` is true on instances and in instance configurations.",
    why: "Version 1 of the metadata service answers plain GET requests: a web application that fetches any address it is given hands out the machine's credentials.",
    severity: "high",
    strictness: "mandatory",
    references: [cisOci("3.1")],
    remediation: ["Set `instanceOptions: { areLegacyImdsEndpointsDisabled: true }`."],
    compliant: [good(oci.instance, { instanceOptions: { areLegacyImdsEndpointsDisabled: true } }), good(oci.instanceConfiguration)],
    violating: [
        bad(oci.instance, { instanceOptions: null }),
        bad(oci.instance, { instanceOptions: { areLegacyImdsEndpointsDisabled: false } }),
        bad(oci.instanceConfiguration, { instanceDetails: { launchDetails: { instanceOptions: null } } }),
    ],
    types: [oci.instance, oci.instanceConfiguration],
    check(resource, _settings, findings) {
        for (const launch of launchesOf(resource)) findings.require(launch.at("instanceOptions", "areLegacyImdsEndpointsDisabled"), isTrue, "lets version 1 of the metadata service answer");
    },
});
