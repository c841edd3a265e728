/** A namespace with guard rails in a cluster that is there already, the agent API and the web front. */
import { AgentCluster } from "../components/agent-cluster";
import { autoscalingOf, shareOf } from "../topology/derive";
import { networkPoliciesOf } from "../topology/network-policies";
import { images, providers, topology } from "./shared";

export const cluster = new AgentCluster("agents", {
    platform: { kind: "existing" },
    namespace: topology.namespace,
    share: shareOf(topology, "AgentCluster"),
    images,
    policies: networkPoliciesOf(topology),
    autoscaling: (service) => autoscalingOf(topology, service),
}, { providers });
