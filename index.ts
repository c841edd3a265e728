/** Configuration → blueprint → topology → components → cloud resources. */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { blueprints } from "./blueprints";
import { AgentCluster } from "./components/agent-cluster";
import { RagService } from "./components/rag-service";
import { TunnelEdge } from "./components/tunnel-edge";
import { UploadPipeline } from "./components/upload-pipeline";
import { loadConfig } from "./config";
import { describeProblem, Problem } from "./toolchain/core/problem";
import { requireSound } from "./topology/checks";
import { autoscalingOf, shareOf } from "./topology/derive";
import { networkPoliciesOf } from "./topology/network-policies";

const { config, topology } = explained(() => {
    const config = loadConfig();
    return { config, topology: requireSound(blueprints[config.blueprint](config)) };
});

const providers = {
    kubernetes: new kubernetes.Provider("kubernetes", { ...config.cluster, enableServerSideApply: true }),
    random: new random.Provider("random"),
};

const cluster = new AgentCluster("agents", {
    namespace: topology.namespace,
    share: shareOf(topology, "AgentCluster"),
    images: config.images,
    policies: networkPoliciesOf(topology),
    autoscaling: (service) => autoscalingOf(topology, service),
    storageClass: config.storageClass,
    protect: config.protectData,
}, { providers });

const rag = new RagService("rag", { home: cluster.home, share: shareOf(topology, "RagService") }, { providers });

const upload = new UploadPipeline("upload", { home: cluster.home, share: shareOf(topology, "UploadPipeline"), database: rag.database }, { providers });

cluster.serve({ secrets: rag.database.secrets, after: [rag.database.ready, ...upload.addresses] });

if (config.tunnel !== undefined) {
    new TunnelEdge("edge", { home: cluster.home, share: shareOf(topology, "TunnelEdge"), token: pulumi.secret(config.tunnel.token) }, { providers });
}

/** The namespace that everything is in. */
export const namespace = cluster.home.namespace;
/** Where people go. */
export const address = topology.edges[0]?.address;
/** Inside the namespace: name and port of each service that others call. */
export const services = Object.fromEntries([...topology.services, ...topology.stores].flatMap(({ name, port }) => (port === undefined ? [] : [[name, port]])));
/** The first two people. */
export const signIn = {
    admin: { email: config.adminEmail, password: cluster.passwords.admin },
    user: { email: config.userEmail, password: cluster.passwords.user },
};
/** What runs. */
export const versions = { blueprint: topology.blueprint, images: config.images };

/** A problem of the person who deploys is a message, not a stack trace. */
function explained<T>(work: () => T): T {
    try {
        return work();
    } catch (error) {
        if (error instanceof Problem) throw new pulumi.RunError(describeProblem(error));
        throw error;
    }
}
