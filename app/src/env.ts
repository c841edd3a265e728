/** The environment, read once. Any `X` may be given as `X_FILE`, the path of a file that holds it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { parsersVariable } from "./ingest/parse/remote/config.js";
import { mcpServersVariable, toolRulesVariable } from "./mcp/config.js";
import { anthropicWith, modelsVariable } from "./models/chat/config.js";
import { oidcVariable } from "./oidc/config.js";
import { retentionVariable } from "./people/retention.js";

export const ROLES = ["agent", "rag", "upload", "worker", "mcp", "parse", "migrate", "all"] as const;
export type Role = (typeof ROLES)[number];

const DEFAULT_PORTS: Record<Role, number> = { agent: 8002, rag: 8001, upload: 8000, worker: 8004, mcp: 8003, parse: 8005, migrate: 0, all: 8002 };
const NEEDS: Record<Role, readonly string[]> = {
    agent: ["DATABASE_URL", "JWT_SECRET"],
    rag: ["DATABASE_URL", "JWT_SECRET"],
    upload: ["DATABASE_URL", "JWT_SECRET"],
    worker: ["DATABASE_URL"],
    mcp: ["DATABASE_URL", "JWT_SECRET"],
    parse: ["PARSE_API_KEY"],
    migrate: ["DATABASE_OWNER_URL", "DATABASE_APP_PASSWORD", "SEED_ADMIN_EMAIL", "SEED_ADMIN_PASSWORD", "SEED_USER_EMAIL", "SEED_USER_PASSWORD"],
    all: [],
};

const secret = z
    .string()
    .min(32, "must have at least 32 characters; generate one, for example with: openssl rand -base64 48")
    .refine((value) => new Set(value).size >= 10 && !/change.?me|default|secret|password|example/i.test(value), "looks like a default; generate one, for example with: openssl rand -base64 48");
const password = z.string().min(12, "must have at least 12 characters");
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, "must look like postgres://user:password@host:5432/database");

const schema = z.object({
    ROLE: z.enum(ROLES),
    PORT: z.coerce.number().int().min(0).max(65535).optional(),
    DATABASE_URL: databaseUrl.optional(),
    DATABASE_OWNER_URL: databaseUrl.optional(),
    DATABASE_APP_PASSWORD: password.optional(),
    JWT_SECRET: secret.optional(),
    /** The secret before this one, while tokens signed with it are still good: a quarter of an hour after a change. */
    JWT_SECRET_PREVIOUS: secret.optional(),
    /** Who may make an account without an administrator: everybody, the invited, nobody. */
    REGISTRATION: z.enum(["open", "invited", "closed"]).default("closed"),
    /** Where people may sign in instead, as a JSON list (docs/app.md). */
    OIDC_PROVIDERS: oidcVariable.optional(),
    /** Where browsers find the application, for the way back from a provider; without it, the address they used. */
    PUBLIC_URL: z.url().optional(),
    /** Requests a minute of one person, and of one tenant, to one replica; 0 for no limit. */
    RATE_LIMIT_USER: z.coerce.number().int().nonnegative().default(1_200),
    RATE_LIMIT_TENANT: z.coerce.number().int().nonnegative().default(12_000),
    /** For the worker: how many days which kind of data is kept, as a JSON object (docs/app.md). */
    RETENTION_DAYS: retentionVariable.optional(),
    /** Takes the bytes of an upload, says whether they are clean (docs/app.md). */
    SCANNER_URL: z.url().optional(),
    /** Whether uploads are taken unseen while the scanner is away. */
    SCANNER_FAILS_OPEN: z.stringbool().default(false),
    SEED_ADMIN_EMAIL: z.email().optional(),
    SEED_ADMIN_PASSWORD: password.optional(),
    SEED_USER_EMAIL: z.email().optional(),
    SEED_USER_PASSWORD: password.optional(),
    RAG_SERVICE_URL: z.url().default("http://rag-service:8001"),
    MCP_URL: z.url().default("http://mcp-tools:8003/mcp"),
    REFUND_APPROVAL_THRESHOLD: z.coerce.number().nonnegative().default(100),
    /** EUR; above it two administrators have to approve. The agent and the tools must agree on it. */
    REFUND_FOUR_EYES_THRESHOLD: z.coerce.number().nonnegative().default(1000),
    /** Hosts that notifications may be sent to although they are not public, separated by commas. */
    OUTGOING_ALLOWED_HOSTS: z.string().default("").transform((hosts) => hosts.split(",").map((host) => host.trim()).filter((host) => host !== "")),
    MAX_UPLOAD_BYTES: z.coerce.number().int().min(1024).max(2 ** 30).default(50 * 1024 * 1024),
    MODEL_DIR: z.string().min(1).default(fileURLToPath(new URL("../models/minilm", import.meta.url))),
    EMBEDDING_THREADS: z.coerce.number().int().min(1).max(64).default(2),
    /** How long a worker that went silent keeps its job. */
    WORKER_LEASE_MS: z.coerce.number().int().min(500).max(600_000).default(30_000),
    /** What carries the work of ingestion; the rows in PostgreSQL stay the truth. Only workers connect to a broker. */
    QUEUE_DRIVER: z.enum(["postgres", "redis", "nats"]).default("postgres"),
    REDIS_URL: z.string().regex(/^rediss?:\/\//, "must look like redis://user:password@host:6379").optional(),
    NATS_URL: z.string().regex(/^(nats|tls):\/\//, "must look like nats://user:password@host:4222").optional(),
    /** Bytes of documents that one tenant may have in work at a time. */
    QUEUE_TENANT_BYTES: z.coerce.number().int().min(1024).default(256 * 1024 * 1024),
    /** Where texts become vectors instead of here: takes {model, input}, answers {data: [{index, embedding}]}. */
    EMBEDDER_URL: z.url().optional(),
    EMBEDDER_API_KEY: z.string().min(1).optional(),
    /** Its model; when it is the one that is here too, that stands in while the service is away. @default all-MiniLM-L6-v2 */
    EMBEDDER_MODEL: z.string().min(1).optional(),
    /** A model that reorders the best passages: takes {query, documents}, answers {results: [{index, relevance_score}]}. */
    RERANKER_URL: z.url().optional(),
    RERANKER_API_KEY: z.string().min(1).optional(),
    RERANKER_MODEL: z.string().min(1).optional(),
    /** Language models as a JSON list, asked in this order (docs/app.md); without any, answers are quotes. */
    MODELS: modelsVariable.optional(),
    /** Where MODELS are not given, one of Anthropic with this key. */
    ANTHROPIC_API_KEY: z.string().min(1).optional(),
    ANTHROPIC_MODEL: z.string().min(1).default("claude-sonnet-4-5"),
    /** Dollars that a tenant may spend on models in a calendar month. */
    MODEL_MONTHLY_BUDGET: z.coerce.number().nonnegative().optional(),
    /** Parsers elsewhere as a JSON list, asked in this order before the local one (docs/app.md). */
    PARSERS: parsersVariable.optional(),
    /** Where PARSERS are not given, LlamaParse with this key. */
    LLAMAPARSE_API_KEY: z.string().min(1).optional(),
    /** Further MCP servers as a JSON list (docs/app.md); holds their secrets. */
    MCP_SERVERS: mcpServersVariable.optional(),
    /** Which role of which tenant may call which of our own tools, as a JSON list; without it every tool's own roles. */
    TOOLS_ALLOWED: toolRulesVariable.optional(),
    /** What workers elsewhere have to show to the role `parse`. */
    PARSE_API_KEY: secret.optional(),
    LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
    /** Only for `all`: where the embedded database lives; empty means in memory. */
    DATA_DIR: z.string().optional(),
});

export type Env = Omit<z.infer<typeof schema>, "PORT"> & { PORT: number };

/** Everything that is wrong with the environment, in one message. */
export class EnvError extends Error {}

export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
    const problems: string[] = [];
    const values: Record<string, string> = {};
    for (const name of Object.keys(schema.shape)) {
        const file = source[`${name}_FILE`];
        if (file !== undefined && file !== "") {
            try {
                values[name] = readFileSync(file, "utf8").trimEnd();
            } catch (error) {
                problems.push(`${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
            }
        } else if (source[name] !== undefined && source[name] !== "") {
            values[name] = source[name];
        }
    }
    const parsed = schema.safeParse(values);
    if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`));
    const role = schema.shape.ROLE.safeParse(values.ROLE);
    if (role.success) problems.push(...NEEDS[role.data].filter((name) => values[name] === undefined && source[`${name}_FILE`] === undefined).map((name) => `${name}: is required for ROLE=${role.data}`));
    const broker = { redis: "REDIS_URL", nats: "NATS_URL", postgres: undefined }[parsed.data?.QUEUE_DRIVER ?? "postgres"];
    if (broker !== undefined && values[broker] === undefined && values.ROLE === "worker") problems.push(`${broker}: is required for QUEUE_DRIVER=${values.QUEUE_DRIVER}`);
    if (problems.length > 0 || !parsed.success) throw new EnvError(`The environment is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    const { PORT, ROLE, MODELS, ANTHROPIC_API_KEY, ANTHROPIC_MODEL, PARSERS, LLAMAPARSE_API_KEY } = parsed.data;
    return {
        ...parsed.data,
        PORT: PORT ?? DEFAULT_PORTS[ROLE],
        MODELS: MODELS ?? (ANTHROPIC_API_KEY === undefined ? undefined : [anthropicWith(ANTHROPIC_API_KEY, ANTHROPIC_MODEL)]),
        PARSERS: PARSERS ?? (LLAMAPARSE_API_KEY === undefined ? undefined : [{ provider: "llamaparse", apiKey: LLAMAPARSE_API_KEY }]),
    };
}

/** The folder of the app package, wherever it is installed. */
export const appFolder = (...parts: string[]): string => join(fileURLToPath(new URL("..", import.meta.url)), ...parts);
