/**
 * Runs in a process of its own, so that its time and memory are its own:
 *
 *     node --import tsx run.mjs langchain|llamaindex ingest FILE.pdf
 *     node --import tsx run.mjs langchain|llamaindex search ASKED.json
 *
 * Parser, splitter and vector store are the framework's, with their defaults; the embedding model is the application's,
 * on as many threads, so that the model makes no difference. Answers one line of JSON.
 */
import { readFileSync } from "node:fs";
import { createEmbedder } from "../../src/models/embedder.ts";
import { appFolder } from "../../src/env.ts";

const [framework, mode, path] = process.argv.slice(2);
const embedder = createEmbedder({ modelFolder: appFolder("models/minilm"), threads: 2 });
await embedder.embed(["ready", "ready"]);
const embedAll = async (texts) => (await embedder.embed(texts)).map((vector) => Array.from(vector));

/** Both give `add(documents)`, how many chunks there are, and `find(question, k)`. */
const frameworks = { langchain, llamaindex };
const peer = await frameworks[framework]();
const started = performance.now();
if (mode === "ingest") {
    await peer.add([{ id: path, text: await peer.readPdf(readFileSync(path)) }]);
    answer({ chunks: peer.chunks() });
} else {
    const { documents, questions, k } = JSON.parse(readFileSync(path, "utf8"));
    await peer.add(documents);
    const found = [];
    for (const question of questions) found.push(await peer.find(question, k));
    answer({ chunks: peer.chunks(), found });
}

function answer(more) {
    const { user, system } = process.cpuUsage();
    const said = JSON.stringify({ seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6, memory: process.resourceUsage().maxRSS * 1024, ...more });
    // A pipe takes a long answer in parts: exit when it has all of them.
    process.stdout.write(`${said}\n`, () => process.exit(0));
}

async function langchain() {
    const { Embeddings } = await import("@langchain/core/embeddings");
    const { Document } = await import("@langchain/core/documents");
    const { RecursiveCharacterTextSplitter } = await import("@langchain/textsplitters");
    const { MemoryVectorStore } = await import("@langchain/classic/vectorstores/memory");
    class Local extends Embeddings {
        embedDocuments = embedAll;
        embedQuery = async (text) => (await embedAll([text]))[0];
    }
    const store = new MemoryVectorStore(new Local({}));
    return {
        // The engine of its PDFLoader.
        readPdf: async (bytes) => (await (await import("pdf-parse/lib/pdf-parse.js")).default(bytes)).text,
        async add(documents) {
            const chunks = await new RecursiveCharacterTextSplitter().splitDocuments(documents.map(({ id, text }) => new Document({ pageContent: text, metadata: { id } })));
            await store.addDocuments(chunks);
        },
        chunks: () => store.memoryVectors.length,
        find: async (question, k) => (await store.similaritySearch(question, k)).map(({ pageContent, metadata }) => ({ id: metadata.id, text: pageContent })),
    };
}

async function llamaindex() {
    const { BaseEmbedding, Document, MetadataMode, Settings, VectorStoreIndex } = await import("llamaindex");
    class Local extends BaseEmbedding {
        getTextEmbedding = async (text) => (await embedAll([text]))[0];
        getTextEmbeddings = embedAll;
    }
    Settings.embedModel = new Local();
    let index;
    return {
        // The engine of its PDFReader.
        async readPdf(bytes) {
            const { extractText, getDocumentProxy } = await import("unpdf");
            return (await extractText(await getDocumentProxy(new Uint8Array(bytes)), { mergePages: true })).text;
        },
        async add(documents) {
            index = await VectorStoreIndex.fromDocuments(documents.map(({ id, text }) => new Document({ text, metadata: { id } })), { logProgress: false });
        },
        chunks: () => Object.keys(index.indexStruct.nodesDict).length,
        find: async (question, k) => (await index.asRetriever({ similarityTopK: k }).retrieve({ query: question })).map(({ node }) => ({ id: node.metadata.id, text: node.getContent(MetadataMode.NONE) })),
    };
}
