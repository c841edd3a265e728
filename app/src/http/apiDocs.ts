/** docs/api.md, made from the very routes: what is not registered is not described, and what is described exists. */
import { registerAdmin } from "../approvals/routes.js";
import { registerNotifications } from "../approvals/notify.js";
import { registerAuth } from "../auth/routes.js";
import { registerChat } from "../chat/routes.js";
import { registerDocuments } from "../documents/routes.js";
import { registerUpload } from "../documents/upload.js";
import { registerEvaluation } from "../evaluation/routes.js";
import { registerToolServers } from "../mcp/routes.js";
import { registerUsage } from "../models/usage.js";
import { registerOrders } from "../orders/routes.js";
import { registerPeople } from "../people/register.js";
import { registerJobs } from "../queue/routes.js";
import { registerSearch } from "../rag/routes.js";
import { registerThreads } from "../threads/routes.js";
import { registerWebhooks } from "../webhooks/routes.js";
import { createApp, type App } from "./app.js";

interface Schema {
    $ref?: string;
    type?: string | string[];
    properties?: Record<string, Schema>;
    required?: string[];
    items?: Schema;
    enum?: unknown[];
    description?: string;
    anyOf?: Schema[];
    oneOf?: Schema[];
    additionalProperties?: unknown;
    format?: string;
    default?: unknown;
}

interface Operation {
    summary?: string;
    description?: string;
    parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
    requestBody?: { content?: Record<string, { schema?: Schema }> };
    responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
}

interface Document {
    paths: Record<string, Record<string, Operation>>;
    components?: { schemas?: Record<string, Schema> };
}

const GROUPS: readonly [title: string, belongs: (path: string) => boolean][] = [
    ["People: sign-in, accounts, sessions, keys", (path) => /^\/api\/(login|logout|me|auth|register|account|sessions|keys)(\/|$)/.test(path)],
    ["Documents and their ingestion", (path) => path.startsWith("/api/v2/")],
    ["Search (the service `rag`, port 8001)", (path) => path === "/search"],
    ["Conversations", (path) => /^\/(api\/)?(chat|threads)/.test(path)],
    ["Orders", (path) => path === "/api/orders"],
    ["Administration", (path) => path.startsWith("/api/admin/")],
    ["The tenant's directory (SCIM 2.0)", (path) => path.startsWith("/api/scim/")],
    ["Events from other systems", (path) => path.includes("webhooks/")],
];

/** Every route of every role on one app. Nothing is asked of it but its description, so that what it works with may be missing. */
export function describedApp(): App {
    const nothing = {} as never;
    const app = createApp({ log: nothing, metrics: nothing, ready: async () => undefined });
    registerAuth(app, nothing);
    registerPeople(app, { env: {} as never, database: nothing, sessions: nothing });
    registerUpload(app, { database: nothing, queue: nothing, maxBytes: 0 });
    registerJobs(app, nothing, nothing);
    registerDocuments(app, nothing);
    registerSearch(app, nothing);
    registerChat(app, nothing, nothing);
    registerThreads(app, nothing, nothing, nothing);
    registerOrders(app, nothing, nothing);
    registerAdmin(app, nothing, nothing);
    registerNotifications(app, nothing, {});
    registerWebhooks(app, nothing);
    registerEvaluation(app, nothing);
    registerUsage(app, nothing);
    registerToolServers(app, nothing, nothing);
    return app;
}

export function apiPage(): string {
    const document = describedApp().getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Agent platform", version: "1" } }) as unknown as Document;
    const used = new Set<string>();
    const sections = GROUPS.map(([title, belongs]) => {
        const operations = Object.entries(document.paths)
            .filter(([path]) => belongs(path) && !path.startsWith("/chat"))
            .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => operationText(method, path, operation, used)));
        return `## ${title}\n\n${operations.join("\n")}`;
    });
    const left = Object.keys(document.paths).filter((path) => !GROUPS.some(([, belongs]) => belongs(path)));
    if (left.length > 0) throw new Error(`No group for ${left.join(", ")}`);
    const shapes = shapesText(document.components?.schemas ?? {}, used);
    return `${HEAD}\n${sections.join("\n")}\n## Shapes\n\n${shapes}`;
}

const HEAD = `# HTTP API

<!-- Made by: npm run -w @agent-platform/app api-docs. A test compares this page with the routes. -->

The same description is served as OpenAPI 3.1 at \`/openapi.json\` of each service. Behind the web front everything below
\`/api\` is on one address. Sign in with \`POST /api/login\` and send the token as \`Authorization: Bearer …\`; browsers use
the cookie. Errors are \`{"error": {"code", "message", "requestId"}}\`; errors.md explains every code. Times are ISO 8601.
Each service also answers \`/health\`, \`/ready\` and \`/metrics\`.
`;

function operationText(method: string, path: string, operation: Operation, used: Set<string>): string {
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== "path");
    const body = Object.entries(operation.requestBody?.content ?? {})[0]?.[1].schema;
    const lines = [`### ${method.toUpperCase()} ${path}`, "", sentence(operation.summary ?? "")];
    if (operation.description !== undefined) lines.push("", operation.description);
    lines.push("");
    for (const { name, schema, description } of parameters) lines.push(`- query \`${name}\`: ${shape(schema ?? {}, used)}${description === undefined ? "" : ` – ${description}`}`);
    if (body !== undefined) lines.push(`- body: ${shape(body, used)}`);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
        const [type, answer] = Object.entries(content ?? {})[0] ?? [];
        lines.push(`- ${status}: ${sentence(description)}${answer?.schema === undefined ? "" : type === "application/json" ? ` ${shape(answer.schema, used)}` : ` (\`${type}\`)`}`);
    }
    return `${lines.join("\n")}\n`;
}

function shapesText(schemas: Record<string, Schema>, used: Set<string>): string {
    const told = new Map<string, string>();
    // Telling one may name others.
    for (let next; (next = [...used].find((name) => !told.has(name))) !== undefined; ) told.set(next, members(schemas[next] ?? {}, used));
    return [...told.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `### ${name}\n\n${text}\n`).join("\n");
}

function members(schema: Schema, used: Set<string>): string {
    if (schema.properties === undefined) return shape(schema, used);
    return Object.entries(schema.properties)
        .map(([name, member]) => `- \`${name}\`${schema.required?.includes(name) ? "" : "?"}: ${shape(member, used)}${member.description === undefined ? "" : ` – ${member.description}`}`)
        .join("\n");
}

function shape(schema: Schema, used: Set<string>): string {
    if (schema.$ref !== undefined) {
        const name = schema.$ref.split("/").at(-1)!;
        used.add(name);
        return `[${name}](#${name.toLowerCase()})`;
    }
    const either = schema.anyOf ?? schema.oneOf;
    if (either !== undefined) return either.map((each) => shape(each, used)).join(" or ");
    if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
    const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type;
    if (type === "array") return `list of ${shape(schema.items ?? {}, used)}`;
    if (schema.properties !== undefined) return `{ ${Object.entries(schema.properties).map(([name, member]) => `${name}${schema.required?.includes(name) ? "" : "?"}: ${shape(member, used)}`).join("; ")} }`;
    return `${type ?? "anything"}${schema.format === undefined ? "" : ` (${schema.format})`}${schema.default === undefined ? "" : `, default \`${String(schema.default)}\``}`;
}

function sentence(text: string): string {
    return text === "" || /[.!?]$/.test(text) ? text : `${text}.`;
}
