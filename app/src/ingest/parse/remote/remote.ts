/** Parsers elsewhere: asked with time limits, retries and a circuit breaker; whatever goes wrong, the local one reads the document. */
import { setTimeout as sleep } from "node:timers/promises";
import { Circuit, type CircuitOptions } from "../../../http/circuit.js";
import type { Logger } from "../../../http/log.js";
import type { Metrics } from "../../../http/metrics.js";
import type { Page } from "../page.js";
import type { ParseJob, Parser } from "../parser.js";

export interface RemoteParser {
    name: string;
    accepts(mediaType: string): boolean;
    /** The whole document: either all of it comes from here or nothing, so that its passages fit together. */
    parse(job: ParseJob, signal: AbortSignal): Promise<Page[]>;
}

/** The service does not work, or not for this document; `transient` says whether asking again may help. */
export class RemoteError extends Error {
    constructor(
        message: string,
        readonly transient: boolean,
        cause?: unknown,
    ) {
        super(message, { cause });
        this.name = "RemoteError";
    }
}

export interface RemoteOptions extends CircuitOptions {
    log: Logger;
    metrics: Metrics;
    /** For one try. @default 120000 */
    timeoutMs?: number;
    /** @default 2 */
    tries?: number;
    /** @default 500 */
    backoffMs?: number;
}

export function withRemotes(local: Parser, remotes: readonly RemoteParser[], options: RemoteOptions): Parser {
    const { log, metrics, timeoutMs = 120_000, tries = 2, backoffMs = 500, opensAfter, openMs } = options;
    const circuits = new Map(remotes.map(({ name }) => [name, new Circuit({ opensAfter, openMs })]));

    async function ask(remote: RemoteParser, job: ParseJob, signal: AbortSignal | undefined): Promise<Page[] | undefined> {
        const circuit = circuits.get(remote.name)!;
        if (!circuit.enter()) return undefined;
        const count = (outcome: string) => metrics.count("remote_parse_total", "Documents given to a parser elsewhere.", { parser: remote.name, outcome });
        for (let attempt = 1; ; attempt++) {
            const timeout = AbortSignal.timeout(timeoutMs);
            try {
                const pages = await remote.parse(job, signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
                if (pages.every(({ markdown }) => markdown.trim() === "")) throw new RemoteError("It found no text.", false);
                circuit.succeeded();
                count("done");
                return pages;
            } catch (error) {
                signal?.throwIfAborted();
                const transient = !(error instanceof RemoteError) || error.transient;
                if (transient && attempt < tries) {
                    await sleep(backoffMs * 2 ** (attempt - 1), undefined, { signal });
                    continue;
                }
                // One document that it cannot read says nothing about the next.
                if (transient) circuit.failed();
                count("failed");
                log.warn({ error, parser: remote.name, attempt }, "the remote parser could not be used; the local one reads the document");
                return undefined;
            }
        }
    }

    return {
        // The next attempt may be read by another parser.
        repeatable: false,
        async *parse(job, signal) {
            for (const remote of remotes) {
                if (!remote.accepts(job.mediaType)) continue;
                const pages = await ask(remote, job, signal);
                if (pages === undefined) continue;
                yield { pages, total: pages.some(({ page }) => page !== null) ? pages.length : null };
                return;
            }
            yield* local.parse(job, signal);
        },
        close: () => local.close(),
    };
}

/** Sends a request; an answer that is no success becomes a RemoteError. */
export async function ask(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
    let response: Response;
    try {
        response = await fetch(url, { ...init, redirect: "error" });
    } catch (error) {
        throw new RemoteError("It could not be reached.", true, error);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw new RemoteError(`It answered ${response.status}.`, response.status === 408 || response.status === 429 || response.status >= 500);
}
