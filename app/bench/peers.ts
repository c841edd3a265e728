/** The same documents, questions and embedding model with the default splitters of LangChain.js and LlamaIndex.TS and dense search. */
import { readdirSync, readFileSync } from "node:fs";
import { SentenceSplitter } from "@llamaindex/core/node-parser";
import { RecursiveCharacterTextSplitter } from "@langchain/textsplitters";
import { appFolder } from "../src/env.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import { shippedQuestions } from "../src/evaluation/golden.js";
import { openShipped } from "../src/evaluation/shipped.js";
import { createEmbedder } from "../src/models/embedder.js";
import { print } from "./support.js";

export async function benchPeers(): Promise<void> {
    const modelFolder = appFolder("models/minilm");
    const embedder = createEmbedder({ modelFolder, threads: 2 });
    const folder = appFolder("eval/documents/halden");
    const files = readdirSync(folder).map((filename) => ({ filename, text: readFileSync(`${folder}/${filename}`, "utf8") }));
    const questions = shippedQuestions().filter(({ tenant }) => tenant === "halden");
    const peer = async (split: (text: string) => Promise<string[]>) => {
        const chunks = (await Promise.all(files.map(async ({ filename, text }) => (await split(text)).map((chunk) => ({ filename, chunk }))))).flat();
        const vectors = await embedder.embed(chunks.map(({ chunk }) => chunk));
        const { scores } = await evaluate(
            {
                async search(question, k) {
                    const [asked] = await embedder.embed([question]);
                    return chunks
                        .map(({ filename, chunk }, i) => ({ id: String(i), documentId: filename, filename, page: null, heading: "", text: chunk, score: asked!.reduce((sum, value, j) => sum + value * vectors[i]![j]!, 0), similarity: 0 }))
                        .sort((a, b) => b.score - a.score)
                        .slice(0, k);
                },
            },
            questions,
        );
        return `${scores.ndcg10.toFixed(3)} nDCG@10, recall@1 ${scores.recall1.toFixed(3)}, ${chunks.length} chunks of ${Math.round(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0) / chunks.length)} characters`;
    };
    const langchain = new RecursiveCharacterTextSplitter();
    const llamaindex = new SentenceSplitter();
    const rows: Record<string, string> = {
        "LangChain.js, default splitter": await peer((text) => langchain.splitText(text)),
        "LlamaIndex.TS, default splitter": await peer(async (text) => llamaindex.splitText(text)),
    };
    await embedder.close();
    const shipped = await openShipped(modelFolder, 2);
    for (const ranking of ["dense", "hybrid"] as const) {
        const { scores } = await shipped.run(ranking, { answers: false });
        rows[`here, ${ranking}`] = `${scores.ndcg10.toFixed(3)} nDCG@10, recall@1 ${scores.recall1.toFixed(3)}, ${shipped.passages} chunks`;
    }
    await shipped.close();
    console.log("Retrieval quality beside peers (golden set; larger chunks make it easier to hold the answer, and harder to show it)");
    print(rows);
}
