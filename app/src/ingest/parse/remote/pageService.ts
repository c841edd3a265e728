/**
 * Our own services elsewhere: the role `parse` of this image (on Fly.io, for example), and OCR on Modal or Ray Serve
 * (app/remote/). All take the file as the body and answer lines of JSON, `{"pages":[{"page","markdown"}]}`, the last of
 * which is `{"end":true}`: without it, something was lost.
 */
import { openAsBlob } from "node:fs";
import { z } from "zod";
import { ask, RemoteError, type RemoteParser } from "./remote.js";

const line = z.union([z.object({ end: z.literal(true) }), z.object({ pages: z.array(z.object({ page: z.number().int().positive().nullable(), markdown: z.string() })) }), z.object({ error: z.object({ code: z.string(), transient: z.boolean() }) })]);

export interface PageServiceOptions {
    name: string;
    url: string;
    apiKey: string;
    accepts: (mediaType: string) => boolean;
}

export function pageService({ name, url, apiKey, accepts }: PageServiceOptions): RemoteParser {
    return {
        name,
        accepts,
        async parse({ path, mediaType }, signal) {
            const response = await ask(new URL(url), { method: "POST", headers: { authorization: `Bearer ${apiKey}`, "content-type": mediaType }, body: await openAsBlob(path), signal });
            const pages = [];
            for (const text of (await response.text().catch(() => "")).split("\n")) {
                if (text.trim() === "") continue;
                const parsed = line.safeParse(parseJson(text));
                if (!parsed.success) throw new RemoteError("It answered something else than it should.", true, parsed.error);
                if ("end" in parsed.data) return pages;
                if ("error" in parsed.data) throw new RemoteError(`It could not read the document: ${parsed.data.error.code.slice(0, 60)}.`, parsed.data.error.transient);
                pages.push(...parsed.data.pages);
            }
            throw new RemoteError("Its answer broke off.", true);
        },
    };
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
