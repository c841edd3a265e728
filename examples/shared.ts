/** What the examples have in common: a topology, images by digest, and providers for a cluster of your own. */
import * as kubernetes from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { portable } from "../blueprints/portable";

/** Who runs, what is kept, who may talk to whom. */
export const topology = portable({
    storageSize: "10Gi", agentMinReplicas: 1, agentMaxReplicas: 5, agentOngoingRequests: 5, serviceReplicas: 2, reservedPercent: 100, refundApprovalThreshold: 100,
    adminEmail: "admin@example.com", userEmail: "user@example.com", tunnel: { hostname: "agents.example.com", token: "" },
});

const digest = (number: number) => `@sha256:${String(number).repeat(64)}`;
export const images = {
    app: `registry.example.com/agents/app${digest(1)}`,
    web: `registry.example.com/agents/web${digest(2)}`,
    postgres: `registry.example.com/agents/postgres${digest(3)}`,
    cloudflared: `docker.io/cloudflare/cloudflared${digest(4)}`,
};

export const providers = {
    kubernetes: new kubernetes.Provider("kubernetes", { context: "my-cluster" }),
    random: new random.Provider("random"),
};
