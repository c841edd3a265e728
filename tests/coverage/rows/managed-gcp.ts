import { planned, real, shared, type Row } from "../row";

/** Document 002. */
export const managedGcp: readonly Row[] = [
    { id: "managed-gcp-1", text: "Global HTTP(S) load balancer, health check on /health, CLIENT_IP affinity, TLS optional (here always)", proofs: [shared.everyStack, shared.goldenClouds, real("components/agent-cluster/compose/nginx.test.ts", "is not well when the api is not")] },
    { id: "managed-gcp-2", text: "Instance group of N VMs with compose: nginx, web, api, worker, worker_beat, sandbox, plugin_daemon, ssrf_proxy (Squid)", proofs: [real("components/agent-cluster/compose/nginx.test.ts", "sends each path where the topology says"), real("components/agent-cluster/compose/squid.test.ts", "refuses every private, link-local and metadata address, in whatever clothes"), planned("components/agent-cluster/compose/compose.test.ts", "has the services of document 002")], missing: "the compose project as a whole was not started (no Docker here)" },
    { id: "managed-gcp-3", text: "Cloud SQL PostgreSQL 15 twice (main; pgvector): regional, backups with PITR, private IP", proofs: [shared.everyStack, shared.goldenClouds, planned("tests/golden/clouds.test.ts", "protects what keeps data, and passwords")], missing: "no Cloud SQL was used" },
    { id: "managed-gcp-4", text: "Memorystore Standard HA with auth (sessions, jobs)", proofs: [shared.queueOfBrokers, shared.everyStack, shared.goldenClouds], missing: "the queue ran on a real Redis, not on Memorystore" },
    { id: "managed-gcp-5", text: "Cloud Storage: versioning, uniform access, service account", proofs: [shared.everyStack, shared.goldenClouds] },
    { id: "managed-gcp-6", text: "VPC, private subnet, Cloud NAT, peering", proofs: [shared.everyStack, shared.goldenClouds] },
    { id: "managed-gcp-7", text: "Firewall: internal and load balancer checks allowed, SSH restricted", proofs: [planned("blueprints/stacks.test.ts", "lets in the load balancer and its checks, and SSH from Identity-Aware Proxy alone"), planned("topology/firewalls.test.ts", "deny the rest aloud at Google, with names that are valid and not taken twice"), shared.everyStack, shared.goldenClouds] },
    { id: "managed-gcp-8", text: "Several zones, auto-healing, scaling by CPU, failover of databases and Redis", proofs: [shared.everyStack, shared.goldenClouds, planned("blueprints/stacks.test.ts", "has databases and Redis with a standby, and TLS to each")], missing: "nothing was failed over" },
    { id: "managed-gcp-9", text: "Least-privilege IAM, deletion protection, encryption", proofs: [shared.everyStack, planned("tests/golden/clouds.test.ts", "protects what keeps data, and passwords"), planned("components/agent-cluster/compose/compose.test.ts", "takes everything from a container that it does not need")] },
    { id: "managed-gcp-10", text: "Cloud Logging, Cloud Monitoring, audit logs", proofs: [shared.everyStack], missing: "Google's own logs and metrics were not seen" },
];
