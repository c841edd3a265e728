/** Retrieval with Postgres as a StatefulSet of one, inside the cluster of the other example. */
import { RagService } from "../components/rag-service";
import { shareOf } from "../topology/derive";
import { cluster } from "./agent-cluster";
import { providers, topology } from "./shared";

export const rag = new RagService("rag", { form: { kind: "statefulset" }, home: cluster.home, share: shareOf(topology, "RagService") }, { providers });
