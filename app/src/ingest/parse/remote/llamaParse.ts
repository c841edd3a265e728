/** LlamaParse: upload, wait, fetch Markdown by page. */
import { openAsBlob } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ask, RemoteError, type RemoteParser } from "./remote.js";

const uploaded = z.object({ id: z.string().regex(/^[\w-]{1,100}$/) });
const state = z.object({ status: z.string() });
const result = z.object({ pages: z.array(z.object({ page: z.number().int().positive(), md: z.string().nullish(), text: z.string().nullish() })) });

export interface LlamaParseOptions {
    apiKey: string;
    /** @default https://api.cloud.llamaindex.ai */
    url?: string;
    accepts: (mediaType: string) => boolean;
    /** @default 1000 */
    pollMs?: number;
}

export function llamaParse({ apiKey, url = "https://api.cloud.llamaindex.ai", accepts, pollMs = 1_000 }: LlamaParseOptions): RemoteParser {
    const headers = { authorization: `Bearer ${apiKey}`, accept: "application/json" };
    const at = (path: string) => new URL(`/api/v1/parsing/${path}`, url);
    const read = async <T>(schema: z.ZodType<T>, response: Response): Promise<T> => {
        const parsed = schema.safeParse(await response.json().catch(() => undefined));
        if (!parsed.success) throw new RemoteError("It answered something else than it should.", true, parsed.error);
        return parsed.data;
    };
    return {
        name: "llamaparse",
        accepts,
        async parse({ path, filename, mediaType }, signal) {
            const form = new FormData();
            form.set("file", await openAsBlob(path, { type: mediaType }), filename);
            const { id } = await read(uploaded, await ask(at("upload"), { method: "POST", headers, body: form, signal }));
            for (;;) {
                const { status } = await read(state, await ask(at(`job/${id}`), { headers, signal }));
                if (status === "SUCCESS" || status === "PARTIAL_SUCCESS") break;
                if (status !== "PENDING") throw new RemoteError(`Its job ended as ${status.slice(0, 40)}.`, false);
                await sleep(pollMs, undefined, { signal });
            }
            const { pages } = await read(result, await ask(at(`job/${id}/result/json`), { headers, signal }));
            return pages.map(({ page, md, text }) => ({ page, markdown: md ?? text ?? "" }));
        },
    };
}
