import { typedRule } from "../../common/rule";
import { isTrue } from "../../common/truth";
import { resourceOf } from "../../core/resource";
import type { Example } from "../../core/rule";
import { google } from "../frameworks";

/** Where each type says that its machines have no public address, and what it says then. */
const places: Readonly<Record<string, readonly [path: string, wanted: unknown]>> = {
    "gcp:dataflow/job:Job": ["ipConfiguration", "WORKER_IP_PRIVATE"],
    "gcp:dataproc/cluster:Cluster": ["clusterConfig.gceClusterConfig.internalIpOnly", true],
    "gcp:datafusion/instance:Instance": ["privateInstance", true],
    "gcp:notebooks/instance:Instance": ["noPublicIp", true],
    "gcp:workbench/instance:Instance": ["gceSetup.disablePublicIp", true],
    "gcp:cloudbuild/workerPool:WorkerPool": ["workerConfig.noExternalIp", true],
};
const notebook = "gcp:workbench/instance:Instance";

function example(disablePublicIp: boolean | undefined): Example {
    const content = { location: "europe-west4-a", labels: { owner: "platform" }, gceSetup: disablePublicIp === undefined ? {} : { disablePublicIp } };
    return { resources: [resourceOf(notebook, "shop", content)], shown: { place: "workbench Instance", content } };
}

export const managedPrivate = typedRule({
    id: "gcp-managed-private",
    title: "Machines behind managed services have no public address",
    what: "Dataflow jobs, Dataproc clusters, Data Fusion instances, notebooks and pools of Cloud Build workers are set to private addresses, which none of them has by default.",
    why: "These machines hold the data and credentials of those who use them, and nobody patches or watches them as one's own.",
    severity: "high",
    strictness: "mandatory",
    references: [google("Private IP for managed services")],
    remediation: ["Set the property that the message names, and give the subnet Private Google Access."],
    compliant: [example(true)],
    violating: [example(false), example(undefined)],
    types: Object.keys(places),
    check({ properties, type }, _settings, findings) {
        const [path, wanted] = places[type]!;
        findings.require(properties.at(...path.split(".")), raw => (wanted === true ? isTrue(raw) : raw === wanted), "gives machines public addresses");
    },
});
