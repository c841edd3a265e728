/**
 * Public collections with judged questions, read from a folder of the reader's own: none comes with the repository.
 * Two forms are known: BEIR's (corpus.jsonl, queries.jsonl, qrels/test.tsv) and that of the classic collections of
 * Cornell and Glasgow (documents.all, queries.qry, relevant.rel; `.I`, `.T`, `.W`).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Collection {
    name: string;
    documents: { id: string; title: string; text: string }[];
    questions: { id: string; text: string }[];
    /** Of each question, the documents that answer. Judged not to answer counts as never judged. */
    relevant: Map<string, Set<string>>;
}

/** Every collection below the folder, by name. */
export function readCollections(folder: string): Collection[] {
    return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
        .flatMap((name) => {
            const path = join(folder, name);
            if (existsSync(join(path, "corpus.jsonl"))) return [asked({ name, ...readBeir(path) })];
            if (existsSync(join(path, "documents.all"))) return [asked({ name, ...readClassic(path) })];
            return [];
        });
}

type Read = Omit<Collection, "name">;

function readBeir(folder: string): Read {
    const lines = (name: string) => readFileSync(join(folder, name), "utf8").split("\n").filter((line) => line !== "");
    const objects = (name: string) => lines(name).map((line) => JSON.parse(line) as { _id: string; title?: string; text: string });
    return {
        documents: objects("corpus.jsonl").map(({ _id: id, title = "", text }) => ({ id, title, text })),
        questions: objects("queries.jsonl").map(({ _id: id, text }) => ({ id, text })),
        relevant: grouped(lines("qrels/test.tsv").slice(1).map((line) => line.split("\t")).filter(([, , score]) => Number(score) > 0)),
    };
}

function readClassic(folder: string): Read {
    const text = (name: string) => readFileSync(join(folder, name), "latin1");
    const records = (name: string) =>
        text(name).split(/^\.I\s+/m).slice(1).map((record) => {
            const [id = "", ...rest] = record.split("\n");
            const field = (letter: string) => flat(new RegExp(`^\\.${letter}\\s*\\n([^]*?)(?=^\\.[A-Z]\\s*$|(?![^]))`, "m").exec(rest.join("\n"))?.[1] ?? "");
            return { id: String(Number(id.trim())), title: field("T"), text: field("W") };
        });
    const documents = records("documents.all").map(({ id, title, text: body }) => ({ id, title: title.replace(/[ .]+$/, ""), text: flat(body.startsWith(title) ? body.slice(title.length) : body) || title }));
    const questions = records("queries.qry");
    const judged = text("relevant.rel").split("\n").map((line) => line.trim().split(/\s+/)).filter(([, document, score]) => document !== undefined && score !== "-1");
    const numbered = judged.map(([question, document]) => [String(Number(question)), String(Number(document))]);
    // Cranfield numbers its questions with gaps and judges them by their place.
    const byPlace = !questions.every(({ id }, i) => id === String(i + 1)) && numbered.some(([question]) => !questions.some(({ id }) => id === question));
    return { documents: documents.filter(({ text: body }) => body !== ""), questions: byPlace ? questions.map((question, i) => ({ ...question, id: String(i + 1) })) : questions, relevant: grouped(numbered) };
}

/** Without the questions that nothing answers. */
function asked(collection: Collection): Collection {
    const known = new Set(collection.documents.map(({ id }) => id));
    for (const documents of collection.relevant.values()) for (const id of documents) if (!known.has(id)) documents.delete(id);
    return { ...collection, questions: collection.questions.filter(({ id }) => (collection.relevant.get(id)?.size ?? 0) > 0) };
}

function grouped(pairs: readonly (readonly string[])[]): Map<string, Set<string>> {
    const groups = new Map<string, Set<string>>();
    for (const [question, document] of pairs) groups.set(question!, (groups.get(question!) ?? new Set()).add(document!));
    return groups;
}

function flat(text: string): string {
    return text.replace(/\s+/g, " ").trim();
}
