/** The process of the simulated `kubernetes`; a file of its own, because what it loads is large. */
import { KubernetesProvider } from "../../kubernetes/provider";
import { Faults } from "../faults";
import { runSimulated } from "../run";
import { toSimulatedCluster } from "./connect";

void runSimulated((_cloud, release, journal, plan) => new KubernetesProvider(release, toSimulatedCluster(journal, new Faults(plan, journal))));
