/**
 * Uploads looked at by a scanner before they are kept: the bytes are posted to `SCANNER_URL`, which answers
 * `{"clean": true}` or `{"clean": false, "reason": "…"}`. The operator names the scanner, so it may stand inside.
 */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { z } from "zod";
import type { Env } from "../env.js";
import { ApiError } from "../http/errors.js";
import type { Logger } from "../http/log.js";

export interface Scanner {
    /** @throws ApiError `UPLOAD_REFUSED`, or `SCANNER_UNAVAILABLE` where nothing is taken unseen */
    scan(file: { path: string; filename: string; bytes: number; sha256: string }): Promise<void>;
}

export interface ScannerOptions {
    url: string;
    /** Whether files are taken while the scanner is away. @default false */
    failOpen?: boolean;
    /** @default 30000 */
    timeoutMs?: number;
}

/** As the operator wants it; undefined where nothing is scanned. */
export function configuredScanner(env: Pick<Env, "SCANNER_URL" | "SCANNER_FAILS_OPEN">, log: Logger): Scanner | undefined {
    return env.SCANNER_URL === undefined ? undefined : createScanner({ url: env.SCANNER_URL, failOpen: env.SCANNER_FAILS_OPEN }, log);
}

const verdict = z.object({ clean: z.boolean(), reason: z.string().max(300).optional() });

export function createScanner({ url, failOpen = false, timeoutMs = 30_000 }: ScannerOptions, log: Logger): Scanner {
    return {
        async scan({ path, filename, bytes, sha256 }) {
            let answer: z.infer<typeof verdict>;
            try {
                const response = await fetch(url, {
                    method: "POST",
                    body: Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
                    duplex: "half",
                    redirect: "error",
                    headers: { "content-type": "application/octet-stream", "content-length": String(bytes), "x-filename": encodeURIComponent(filename), "x-sha256": sha256 },
                    signal: AbortSignal.timeout(timeoutMs),
                } as RequestInit);
                if (!response.ok) throw new Error(`the scanner answered ${response.status}`);
                answer = verdict.parse(await response.json());
            } catch (error) {
                log.error({ error, failOpen }, "an upload could not be scanned");
                if (failOpen) return;
                throw new ApiError(503, "SCANNER_UNAVAILABLE", "Files cannot be checked right now, so none are taken. Try again in a moment.", { cause: error, retryAfter: 30 });
            }
            if (!answer.clean) throw new ApiError(422, "UPLOAD_REFUSED", `The file was refused by the scanner${answer.reason === undefined ? "" : `: ${answer.reason}`}.`);
        },
    };
}
