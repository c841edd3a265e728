/** The data that an ephemeral stack begins with: made up, and the same each time. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repository } from "../../core/paths";
import { Problem } from "../../core/problem";
import type { Report } from "../../core/provision";
import type { Reached } from "../bringUp";

const folder = join(repository, "examples", "documents");
/** Milliseconds that processing them may take. */
const patience = 120_000;

interface Job {
    id: string;
    state: string;
    error: { message: string } | null;
}

/**
 * Uploads the example documents as the first user and waits until they can be asked about. The orders are there from
 * the beginning. Documents that are there already stay as they are.
 */
export async function loadSynthetic({ url, signIn }: Reached, report: Report): Promise<string> {
    const { user } = signIn;
    if (url === undefined || user === undefined) throw failed("the deployment has told no address or no sign-in");
    const { token } = await call<{ token: string }>(`${url}/api/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: user.email, password: user.password }) });
    const headers = { authorization: `Bearer ${token}` };
    const files = globSync("*", { cwd: folder }).sort();
    const jobs = new Set<string>();
    for (const file of files) {
        report(`uploading ${file}`);
        const body = new FormData();
        body.append("file", new Blob([readFileSync(join(folder, file))]), basename(file));
        const { jobId, duplicate } = await call<{ jobId: string; duplicate: boolean }>(`${url}/api/v2/upload`, { method: "POST", headers, body });
        if (!duplicate) jobs.add(jobId);
    }
    for (const end = Date.now() + patience; jobs.size > 0; await sleep(300)) {
        const { jobs: now } = await call<{ jobs: Job[] }>(`${url}/api/v2/jobs`, { headers });
        for (const job of now) {
            if (job.state === "failed") throw failed(job.error?.message ?? "a document could not be processed");
            if (job.state === "done") jobs.delete(job.id);
        }
        report(`${files.length - jobs.size} of ${files.length} documents processed`);
        if (Date.now() > end) throw failed(`documents were not processed within ${patience / 1000} s`);
    }
    return `${files.length} documents`;
}

async function call<T>(address: string, request: RequestInit): Promise<T> {
    const response = await fetch(address, request);
    if (!response.ok) throw failed(`${new URL(address).pathname} answered ${response.status}`);
    return (await response.json()) as T;
}

function failed(why: string): Problem {
    return new Problem("AP-SYNTHETIC-DATA", { what: "the synthetic data could not be loaded", why, fix: "run the same command again, or go without: --data none" });
}
