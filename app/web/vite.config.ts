import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the API answers during development: the embedded app (`ROLE=all`) unless told otherwise. */
const api = process.env.API_URL ?? "http://127.0.0.1:8002";

export default defineConfig({
    plugins: [react()],
    server: {
        port: Number(process.env.WEB_PORT ?? 5173),
        proxy: {
            "/api": { target: api },
            "/chat": { target: api },
            "/health": { target: api },
        },
    },
    build: {
        target: "es2022",
        // light-dark() must stay as written: rewriting it would double every colour rule.
        cssTarget: ["chrome123", "firefox120", "safari17.5"],
        // No data: URLs, so the content security policy can be just 'self'.
        assetsInlineLimit: 0,
        sourcemap: false,
    },
});
