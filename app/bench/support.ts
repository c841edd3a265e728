/** What the benchmarks share: a database of their own, documents to read, and times. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { appFolder } from "../src/env.js";
import { startRole, type RoleProcess } from "../src/testing/processes.js";
import { realDatabase, type TestDatabase } from "../src/testing/databases.js";
import { pdf } from "../src/testing/files.js";

export async function database(): Promise<TestDatabase> {
    const opened = await realDatabase();
    if (opened === undefined) throw new Error("The benchmarks need a PostgreSQL of their own, which runs on Linux as root only.");
    return opened;
}

let compiled = false;

/** A role as the image runs it: compiled JavaScript, in production. */
export async function startCompiled(role: string, env: Record<string, string>): Promise<RoleProcess> {
    if (!compiled) {
        rmSync(appFolder("dist"), { recursive: true, force: true });
        execFileSync("npm", ["run", "--silent", "build"], { cwd: appFolder(), stdio: "inherit" });
        compiled = true;
    }
    return startRole(role, { NODE_ENV: "production", MODEL_DIR: appFolder("models/minilm"), ...env }, "dist/main.js");
}

/** Sentences of the golden set's documents: real words, in any amount. */
export function sentences(): string[] {
    return ["halden", "pinewood"]
        .flatMap((tenant) => readdirSync(appFolder("eval/documents", tenant)).map((name) => readFileSync(appFolder("eval/documents", tenant, name), "utf8")))
        .flatMap((text) => text.replace(/^[#|].*$/gm, "").split(/(?<=[.!?])\s+/))
        .map((sentence) => sentence.replace(/[^\x20-\x7e]/g, "").trim())
        .filter((sentence) => sentence.length > 20);
}

/** A PDF of dense pages: about 350 words each, as reports have. No two pages are alike. */
export function report(pages: number, seed = 1): Buffer {
    const known = sentences();
    let state = seed;
    const next = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
    return pdf(
        Array.from({ length: pages }, (_, page) => {
            const lines = [`# Section ${page + 1} of report ${seed}`];
            for (let words = 0; words < 350; ) {
                const sentence = `${known[next() % known.length]!.replace(/\d+/g, () => String(next() % 900))}`;
                lines.push(...(sentence.match(/.{1,90}(?:\s|$)/g) ?? []));
                words += sentence.split(" ").length;
            }
            return lines;
        }),
    );
}

export function percentile(values: readonly number[], share: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

