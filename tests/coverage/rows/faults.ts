import { planned, real, shared, type Row } from "../row";

/** What is wrong in the documents, and must not be copied. */
export const faults: readonly Row[] = [
    { id: "fault-1", text: "001: the database password in a ConfigMap", proofs: [planned("tests/golden/program.test.ts", "shows no secret outside Secrets")] },
    { id: "fault-2", text: "001: images `:latest`", proofs: [shared.containers] },
    { id: "fault-3", text: "001: two independent Redis behind one Service", proofs: [real("tests/cluster/standard.test.ts", "keeps a copy of its Redis: one primary, and the Service leads to it alone"), real("tests/cluster/standard.test.ts", "has a primary and a copy again"), shared.standardDocument] },
    { id: "fault-4", text: "001: probes on one service only", proofs: [shared.containers] },
    { id: "fault-5", text: "001: daily backups and an RPO below 1 h", proofs: [planned("topology/objectives.test.ts", "refuse a daily backup and an hour of loss")] },
    { id: "fault-6", text: "001: annotations of ingress-nginx that do not exist; 001 and 004: ingress-nginx, which ended in March 2026", proofs: [shared.rateLimit, planned("tests/golden/program.test.ts", "opens nothing to the outside but the gateway of a blueprint that has one")] },
    { id: "fault-7", text: "003: `talosctl etcd health` and `etcd restore` do not exist; kube-apiserver is a static pod", proofs: [], missing: "written right in the runbook, not run" },
    { id: "fault-8", text: "004: Ray Serve is Python, so the app cannot run in it", proofs: [real("app/src/models/inference.test.ts", "rerank: the passage with the sentence that answers comes first, wherever that stands in it"), planned("blueprints/portable.test.ts", "has a RayService of 1 to 5 with 5 requests in hand, when it is told to")], missing: "the Python services ran without KubeRay" },
    { id: "fault-9", text: "Redis (000–002) against no Redis (004): one queue, three drivers", proofs: [shared.queueMany, shared.queueOfBrokers, real("app/src/queue/queue.test.ts", "gives a silent worker's message to another")] },
];
