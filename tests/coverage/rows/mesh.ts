import { planned, real, shared, simulated, type Row } from "../row";

const here = (title: string) => planned("blueprints/stacks.test.ts", title);
const identities = here("has an identity for each service on the tailnet, and denies what no flow needs");
const order = here("goes inside Oracle's network to its stores, by the tailnet to Cloud Run, Fly.io and Modal, by a tunnel to Neon, by TLS to Vertex");
const fly = simulated("toolchain/plugins/fly/fly.test.ts", "makes, reads, updates and removes an app, its secrets and its machines");
const modal = simulated("toolchain/plugins/modal/modal.test.ts", "builds, registers and publishes an app; does it again in place; stops it");
const neon = simulated("toolchain/plugins/neon/neon.test.ts", "makes a project, waits until it has settled, and keeps its address secret");

/** Document 000. */
export const mesh: readonly Row[] = [
    { id: "mesh-1", text: "OCI VM with the backend, also the single subnet gateway for all routes", proofs: [shared.everyStack, planned("components/agent-cluster/oci-gateway/gateway.test.ts", "advertises the stores' subnet, and every route of that leads through it"), planned("topology/paths.test.ts", "go through the one gateway when nothing better links two places")], missing: "no VM was started" },
    { id: "mesh-2", text: "OCI Object Storage (files) and OCI Cache (queue, Redis Streams), internal first", proofs: [shared.queueOfBrokers, shared.everyStack, order], missing: "the queue ran on a real Redis, not on OCI Cache" },
    { id: "mesh-3", text: "OCI security list: UDP 41641 open, otherwise strict inbound", proofs: [shared.everyStack, here("opens UDP 41641 at Oracle, and nothing else to everybody"), planned("components/agent-cluster/oci-gateway/gateway.test.ts", "has UDP 41641 open and nothing else")] },
    { id: "mesh-4", text: "Tailscale OCI ↔ Cloud Run (Vertex AI), ↔ Fly (chunking), ↔ Modal GPU (DeepSeek OCR)", proofs: [shared.everyStack, order, identities, shared.tailnetTests], missing: "no tailnet was joined; the policy's own tests were judged here, not by Tailscale" },
    { id: "mesh-5", text: "90 % and more of the traffic encrypted", proofs: [here("has at least 90 % of its traffic encrypted"), planned("topology/paths.test.ts", "count what is encrypted by volume, and stop below the share that is asked for")], missing: "reckoned from the flows, not measured on a wire" },
    { id: "mesh-6", text: "Neon Postgres (chat history) by tunnel or VPN; Vertex by HTTPS; front behind Cloudflare", proofs: [shared.everyStack, neon, order], missing: "Neon's API was a stand-in" },
    { id: "mesh-7", text: "Link order: internal → Tailscale direct → tunnel → HTTPS", proofs: [shared.bestLink, order] },
    { id: "mesh-8", text: "Defences: WireGuard, security lists, tunnel, API keys and service accounts, segmentation", proofs: [shared.everyStack, identities, here("opens UDP 41641 at Oracle, and nothing else to everybody")] },
    { id: "mesh-9", text: "Zero trust: an identity for each service, least access, monitored calls between services", proofs: [identities, planned("topology/tailnet.test.ts", "gives every container of Cloud Run, Fly.io and Modal a name of its own, and lets only administrators give names")], missing: "the tailnet's own flow logs were not seen" },
    { id: "mesh-10", text: "File → queue → Fly and Modal in parallel → stream Fly → Modal → GCP → front", proofs: [shared.queueMany, real("components/upload-pipeline/mesh/ocr.test.ts", "answers a page in the lines that the worker reads")], missing: "the stream over the four clouds was not run" },
    { id: "mesh-11", text: "A result to the user every 10 chunks", proofs: [real("app/src/documents/api.test.ts", "takes a PDF, tells its progress, finds its passages, shows it, and deletes it without a trace but the audit's")] },
    { id: "mesh-12", text: "Work on GPUs in parallel", proofs: [modal, real("components/upload-pipeline/mesh/ocr.test.ts", "answers a page in the lines that the worker reads")], missing: "no GPU was used: the function ran without its model, and Modal's API was a stand-in" },
    { id: "mesh-13", text: "End-to-end tracing", proofs: [shared.traces], missing: "one request id through all services and logs; no trace store" },
    { id: "mesh-14", text: "Graceful failure of any service", proofs: [shared.killed, shared.queueOfBrokers, real("app/src/models/generative.test.ts", "are tried again after a rate limit, then the next one is asked, then the passages are quoted"), real("app/src/ingest/parse/remote/remote.test.ts", "fall back to the local one, whatever they do")] },
    { id: "mesh-15", text: "Checklist: gateway VM, Cloud Run, Fly, Modal, Neon tunnel, end-to-end test, monitoring", proofs: [shared.everyStack, fly, modal, neon], missing: "no end-to-end run over the real services" },
];
