import { planned, real, shared, type Row } from "../row";

/** Document 003. */
export const hetzner: readonly Row[] = [
    { id: "hetzner-1", text: "Network, 3 control-plane VMs, pools App/AI/DB, API load balancer and App load balancer, firewall", proofs: [planned("topology/firewalls.test.ts", "say the same in the words of each cloud")], missing: "no VM was started" },
    { id: "hetzner-2", text: "Talos configuration with the iSCSI extension, bootstrap, no SSH", proofs: [], missing: "Talos cannot run here" },
    { id: "hetzner-3", text: "Cilium eBPF in kube-proxy's place with Gateway API; Longhorn HA with encrypted volumes; local NVMe for the database", proofs: [] },
    { id: "hetzner-4", text: "Vault, SOPS with age; 100 % of the runtime secrets from them", proofs: [] },
    { id: "hetzner-5", text: "Authentik OIDC/SAML/SCIM, LDAP and social; MFA (TOTP, WebAuthn) for admins; providers and outposts as code; SSO for Grafana, Longhorn, Devtron", proofs: [] },
    { id: "hetzner-6", text: "NetBird; kube-api and talosctl only from CI addresses and the VPN; tools behind a private gateway", proofs: [planned("topology/firewalls.test.ts", "open to everybody only WireGuard, and TLS where a flow crosses the internet")] },
    { id: "hetzner-7", text: "Devtron and Argo CD: build, Trivy/Clair gate, registry, GitOps commit, reconcile, cutover; promote.sh; Talos Bootstrap Action", proofs: [] },
    { id: "hetzner-8", text: "Webhook receiver → NATS → LangGraph → inference and Postgres HA", proofs: [real("app/src/webhooks/webhooks.test.ts", "are acted upon once, by the agent, to the end"), shared.queueOfBrokers], missing: "the whole chain in one cluster, and Postgres HA failing over" },
    { id: "hetzner-9", text: "Ollama, Steel Browser, Flowise, LangGraph; Nuxt and Go apps by HTTPRoute", proofs: [] },
    { id: "hetzner-10", text: "KEDA (queue depth, cron), HPA on CPU/RAM, Guaranteed QoS, PgBouncer", proofs: [planned("topology/objectives.test.ts", "turn a time for work into messages for each replica")] },
    { id: "hetzner-11", text: "HTTP/3, QUIC, edge cache > 80 % offload, Brotli", proofs: [], missing: "Cloudflare's edge was not used" },
    { id: "hetzner-12", text: "Cosign: signed images and charts; admission blocks what is not signed", proofs: [] },
    { id: "hetzner-13", text: "Audit: talosctl, kubectl and sign-in events to Loki; changes of rights detected", proofs: [] },
    { id: "hetzner-14", text: "Public API P95 < 200 ms; webhook to database < 10 s; 0 LLM timeouts at twice the peak", proofs: [planned("topology/objectives.test.ts", "watch what is promised: backups, the log's archive, the error budget, the time of answers")], missing: "not measured under load" },
    { id: "hetzner-15", text: "Restore < 30 min; survives any 2 workers or 1 control-plane node", proofs: [planned("topology/objectives.test.ts", "refuse a restore that takes longer than promised, and back up more often before that"), shared.killed], missing: "no restore was timed and no node was lost" },
    { id: "hetzner-16", text: "Snapshots of etcd and Longhorn, encrypted, in S3 with object lock", proofs: [] },
    { id: "hetzner-17", text: "cert-manager, ExternalDNS; A record to the load balancer; customers by CNAME and ACME TXT; SNI routing of app.example.com and www.customer.com", proofs: [] },
    { id: "hetzner-18", text: "Runbook: kubeconfig, health, etcd quorum, kube-apiserver, Longhorn UI, Argo CD sync, etcd restore; error budgets; owners of 9 domains; 9-step sequence; 5-step quick start", proofs: [planned("topology/objectives.test.ts", "watch what is promised: backups, the log's archive, the error budget, the time of answers")] },
    { id: "hetzner-19", text: "Access by identity, group and network; internal tools never on the public gateway", proofs: [planned("topology/tailnet.test.ts", "lets the people of a group reach what is for them, and knows who they are")] },
];
