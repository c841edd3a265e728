/** Which parsers elsewhere there are, by configuration: the variable PARSERS, a JSON list, asked in this order. */
import { z } from "zod";
import { jsonText } from "../../../json.js";
import type { Logger } from "../../../http/log.js";
import type { Metrics } from "../../../http/metrics.js";
import type { Parser } from "../parser.js";
import { llamaParse } from "./llamaParse.js";
import { pageService } from "./pageService.js";
import { withRemotes, type RemoteParser } from "./remote.js";

const parser = z
    .object({
        provider: z.enum(["llamaparse", "fly", "modal-ocr", "ray-ocr"]),
        url: z.url().optional(),
        apiKey: z.string().min(1),
        /** What it is given, such as `application/pdf` or `image/*`. */
        mediaTypes: z.array(z.string().regex(/^[\w.+-]+\/([\w.+-]+|\*)$/)).min(1).optional(),
    })
    .strict()
    .refine(({ provider, url }) => provider === "llamaparse" || url !== undefined, { message: "url is needed", path: ["url"] });

export type ParserConfig = z.infer<typeof parser>;

export const parsersVariable = jsonText.pipe(z.array(parser).min(1));

const USUAL = { llamaparse: ["application/pdf"], fly: ["application/pdf"], "modal-ocr": ["image/*"], "ray-ocr": ["image/*"] };

export function configuredParser(local: Parser, parsers: readonly ParserConfig[], log: Logger, metrics: Metrics): Parser {
    return withRemotes(local, parsers.map(remoteOf), { log, metrics });
}

function remoteOf({ provider, url, apiKey, mediaTypes = USUAL[provider] }: ParserConfig): RemoteParser {
    const accepts = (mediaType: string) => mediaTypes.some((known) => known === mediaType || (known.endsWith("/*") && mediaType.startsWith(known.slice(0, -1))));
    return provider === "llamaparse" ? llamaParse({ url, apiKey, accepts }) : pageService({ name: provider, url: url!, apiKey, accepts });
}
