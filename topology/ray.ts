/** Numbers of Ray that several rooms have to agree on. */

/** Ports of Ray, all of them fixed, so that policies can name them. */
export const rayPorts = { serve: 8000, metrics: 8080, dashboard: 8265, gcs: 6379, agent: 52365, agentGrpc: 52366, runtimeEnv: 52367, nodeManager: 52368, objectManager: 52369, workers: { first: 10010, last: 10059 } } as const;

/** Document 004: at least 1, at most 5, another one for each 5 requests in hand. */
export const rayReplicas = { min: 1, max: 5, ongoingRequests: 5 } as const;
