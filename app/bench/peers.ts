/** The same documents, questions, embedding model and machine with LangChain.js and LlamaIndex.TS as they come. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { appFolder } from "../src/env.js";
import { evaluate } from "../src/evaluation/evaluate.js";
import { shippedQuestions } from "../src/evaluation/golden.js";
import { openShipped } from "../src/evaluation/shipped.js";
import { openIngestion } from "./ingest.js";
import { Report } from "./report.js";
import { report as pdfReport } from "./support.js";

const PEERS = { langchain: "LangChain.js", llamaindex: "LlamaIndex.TS" } as const;
type Peer = keyof typeof PEERS;
const PAGES = 100;
/** Longer than this is not waited for. */
const TIMEOUT_MS = 900_000;

interface Answer {
    seconds: number;
    /** Seconds of CPU, with loading the model. */
    cpu: number;
    memory: number;
    chunks: number;
    found?: { id: string; text: string }[][];
}

export async function benchPeers(): Promise<void> {
    const report = new Report("peers", `Beside LangChain.js and LlamaIndex.TS: their defaults for parsing, cutting and storing, the same embedding model on two threads`, "npm run bench -- peers");
    install();
    const folder = mkdtempSync(join(tmpdir(), "bench-peers-"));
    try {
        await ingestion(report, folder);
        await quality(report, folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
    report.close();
}

async function ingestion(report: Report, folder: string): Promise<void> {
    const path = join(folder, "report.pdf");
    writeFileSync(path, pdfReport(PAGES, 7));
    const own = await openIngestion();
    await own.run(pdfReport(10, 8));
    const { seconds, cpu, chunks } = await own.run(readFileSync(path));
    await own.close();
    report.add(`here: ${PAGES} pages`, PAGES / seconds, "pages/s", { note: `${chunks} passages in PostgreSQL with their words, all of every page embedded` });
    report.add("here: CPU time a page, all processes", ((cpu.worker + cpu.parsers + cpu.database) / PAGES) * 1000, "ms");
    for (const [peer, name] of entries()) {
        const answer = await ask(peer, "ingest", path);
        const cut = peer === "llamaindex" ? "; the model sees the first 256 of up to 1,024 tokens of each" : "";
        report.add(`${name}: ${PAGES} pages`, PAGES / answer.seconds, "pages/s", { note: `${answer.chunks} chunks in memory${cut}` });
        report.add(`${name}: CPU time a page`, (answer.cpu / PAGES) * 1000, "ms", { note: "with loading the model" });
        report.add(`${name}: most memory`, answer.memory / 2 ** 20, "MiB");
    }
}

async function quality(report: Report, folder: string): Promise<void> {
    const source = appFolder("eval/documents/halden");
    const questions = shippedQuestions().filter(({ tenant }) => tenant === "halden");
    const path = join(folder, "asked.json");
    writeFileSync(path, JSON.stringify({ k: 20, questions: questions.map(({ question }) => question), documents: readdirSync(source).map((id) => ({ id, text: readFileSync(join(source, id), "utf8") })) }));
    for (const [peer, name] of entries()) {
        const { found, chunks } = await ask(peer, "search", path);
        const given = new Map(questions.map(({ question }, i) => [question, found![i]!]));
        const { scores } = await evaluate(
            { search: async (question) => given.get(question)!.map(({ id, text }, i) => ({ id: String(i), documentId: id, filename: id, page: null, heading: "", text, score: -i, similarity: 0 })) },
            questions,
        );
        report.add(`${name}: golden set, nDCG@10`, scores.ndcg10, "", { note: `${chunks} chunks: larger ones hold an answer more easily, and show it less` });
    }
    const shipped = await openShipped(appFolder("models/minilm"), 2);
    for (const ranking of ["dense", "hybrid"] as const) report.add(`here, ${ranking}: golden set, nDCG@10`, (await shipped.run(ranking, { answers: false })).scores.ndcg10, "", { note: `${shipped.passages} passages` });
    await shipped.close();
}

function entries(): [Peer, string][] {
    return Object.entries(PEERS) as [Peer, string][];
}

async function ask(peer: Peer, mode: "ingest" | "search", path: string): Promise<Answer> {
    const script = appFolder("bench/peers/run.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, peer, mode, path], { cwd: appFolder("."), timeout: TIMEOUT_MS, maxBuffer: 2 ** 28 });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as Answer;
}

/** Not with the application: 70 packages that nothing else needs. */
function install(): void {
    const folder = appFolder("bench/peers");
    if (!existsSync(join(folder, "node_modules/.package-lock.json"))) execFileSync("npm", ["ci", "--ignore-scripts", "--omit=optional", "--no-workspaces"], { cwd: folder, stdio: "inherit" });
}
