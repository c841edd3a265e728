/** Uploads and the workers that read them; then the services of the cluster, which need both. */
import { UploadPipeline } from "../components/upload-pipeline";
import { shareOf } from "../topology/derive";
import { cluster } from "./agent-cluster";
import { rag } from "./rag-service";
import { providers, topology } from "./shared";

export const upload = new UploadPipeline("upload", { form: { kind: "in-cluster" }, home: cluster.home, share: shareOf(topology, "UploadPipeline"), database: rag.database }, { providers });

cluster.serve({ secrets: rag.database.secrets, after: [rag.database.ready, ...upload.built.addresses] });
