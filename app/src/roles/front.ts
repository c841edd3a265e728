/** Serves the built web front from a folder, as NGINX does in a cluster. Only for the embedded mode. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import type { App } from "../http/app.js";

const TYPES: Record<string, string> = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
};
const POLICY =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

export function serveFront(app: App, folder: string): void {
    app.get("*", async (c, next) => {
        if (c.req.path.startsWith("/api/") || c.req.path === "/mcp") return next();
        const path = normalize(join(folder, decodeURIComponent(c.req.path)));
        const inside = path.startsWith(folder + sep) && extname(path) in TYPES;
        const asset = inside ? await readFile(path).catch(() => undefined) : undefined;
        // Every address that is no file is a page of the single-page application.
        const body = asset ?? (extname(c.req.path) === "" ? await readFile(join(folder, "index.html")).catch(() => undefined) : undefined);
        if (body === undefined) return next();
        c.header("Content-Security-Policy", POLICY);
        c.header("Content-Type", asset === undefined ? TYPES[".html"]! : TYPES[extname(path)]!);
        if (asset !== undefined && path.includes(`${sep}assets${sep}`)) c.header("Cache-Control", "public, max-age=31536000, immutable");
        return c.body(new Uint8Array(body));
    });
}
