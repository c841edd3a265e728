/** The states of earlier releases under today's program: what keeps data is neither replaced nor deleted. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../toolchain/core/problem";
import { homeFolder } from "../../toolchain/core/paths";
import { simulate, simulationProvisions, Workspace, type Outcome } from "../../toolchain/pulumi";
import { releases, restoreRelease } from "./release";

interface Kept {
    urn: string;
    type: string;
    protect?: boolean;
}

/** Keeps data, whether it is protected or not: `dev` protects nothing. And records: while one is gone, nobody finds us. */
const stateful = /:(StatefulSet|DnsRecord|PersistentVolumeClaim|Cluster|Volume|Database|DatabaseInstance|Bucket|S3Bucket|Project|CryptoKey|RandomPassword|Secrets)$/;

/** What our own files of the stacks have set otherwise since, and a user's file has not: moving to Vault is a step of its own. */
const asThen: Readonly<Record<string, readonly string[]>> = { hetzner: ["--config", "agent-platform:applicationSecrets=pulumi"] };

for (const release of releases()) {
    describe(`what release ${release} deployed`, function () {
        this.timeout(600_000);
        const homeBefore = process.env.AGENT_PLATFORM_HOME;
        let home: string;
        let end: () => void;

        before(async () => {
            home = mkdtempSync(join(tmpdir(), "agent-platform-upgrade-"));
            process.env.AGENT_PLATFORM_HOME = home;
            end = simulate();
            restoreRelease(release, homeFolder());
            for (const provision of simulationProvisions) await provision.ensure(() => undefined);
        });
        after(() => {
            end();
            if (homeBefore === undefined) delete process.env.AGENT_PLATFORM_HOME;
            else process.env.AGENT_PLATFORM_HOME = homeBefore;
            rmSync(home, { recursive: true, force: true });
        });

        for (const stack of ["dev", "hetzner", "managed-gcp", "mesh", "portable", "prod", "standard"]) {
            it(`keeps its data in ${stack}`, async () => {
                const workspace = await Workspace.open(stack);
                await workspace.ensureStack();
                assert.deepEqual(endangered(workspace, await workspace.preview({ args: asThen[stack] ?? [] })), []);
            });
        }

        it("lets nobody move hetzner's passwords to Vault by accident: the state protects them", async () => {
            const workspace = await Workspace.open("hetzner");
            const inVault = ["--config", "agent-platform:applicationSecrets=vault"];
            const refused = await workspace.preview({ args: inVault }).then(() => assert.fail("it would have deleted them"), ({ why }: Problem) => [...why.matchAll(/::([-a-z]+)" cannot be deleted\s+because it is protected/g)].map(([, name]) => name));
            assert.deepEqual(refused.sort(), ["agents-admin-password", "agents-session-key", "agents-user-password", "postgres-app-password", "postgres-owner-password"]);
        });

        it("would show here when it did not", async () => {
            const workspace = await Workspace.open("dev");
            const names = endangered(workspace, await workspace.preview({ args: ["--config", "agent-platform:storageClass=elsewhere"] }));
            assert.ok(names.some((name) => name.startsWith("replace postgres")), names.join(", "));
        });
    });
}

/** What keeps data and would not stay as it is, e.g. `replace postgres`. */
function endangered({ projectName, stack }: Workspace, { changes }: Outcome): string[] {
    const file = homeFolder("state", ".pulumi", "stacks", projectName, `${stack}.json`);
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: { resources: Kept[] } } };
    const kept = new Set(checkpoint.latest.resources.filter(({ type, protect }) => protect === true || stateful.test(type)).map(({ urn }) => urn));
    assert.ok(kept.size > 0, "the release had something to keep");
    return changes.filter(({ op, urn }) => /replace|delete/.test(op) && kept.has(urn)).map(({ op, name }) => `${op} ${name}`);
}
