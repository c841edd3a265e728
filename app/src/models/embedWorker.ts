/** A thread that embeds. One text at a time: batches gain nothing on a CPU and make a vector depend on its neighbours. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { loadTokenizer } from "./tokenizer.js";

/** `stop` ends the thread as soon as the model is at rest. */
export type EmbedRequest = { id: number; texts: readonly string[] } | "stop";

export interface EmbedReply {
    id: number;
    /** The vectors one after the other. */
    vectors?: Float32Array;
    error?: string;
}

/** What the model was trained with. */
const MAX_TOKENS = 256;

const { modelFolder } = workerData as { modelFolder: string };
const tokenizer = loadTokenizer(modelFolder);
const session = await InferenceSession.create(join(modelFolder, "model.onnx"), { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });

async function embed(text: string): Promise<Float32Array> {
    const ids = tokenizer.encode(text, MAX_TOKENS);
    const { embedding } = await session.run({ input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]) });
    return embedding!.data as Float32Array;
}

let stopping = false;
/** One request after the other: what has been asked for must not stand between a request to stop and its answer. */
let turn: Promise<void> = Promise.resolve();

parentPort!.on("message", (request: EmbedRequest) => {
    if (request === "stop") {
        stopping = true;
        turn = turn.then(() => process.exit());
    } else turn = turn.then(async () => parentPort!.postMessage(await reply(request.id, request.texts)));
});

async function reply(id: number, texts: readonly string[]): Promise<EmbedReply> {
    try {
        const vectors = new Float32Array(texts.length * 384);
        for (const [i, text] of texts.entries()) {
            if (stopping) throw new Error("it was told to stop");
            vectors.set(await embed(text), i * 384);
        }
        return { id, vectors };
    } catch (error) {
        return { id, error: (error as Error).message };
    }
}
