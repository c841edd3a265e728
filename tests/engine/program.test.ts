/** The whole program with the real CLI, its plugins and the policy pack: what `pulumi preview` shows a person. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPack } from "../../policy/build";
import { configurationFor } from "../../policy/src/environments";
import { repository } from "../../toolchain/core/paths";
import { pulumiProvisions, requireTools, type Tools } from "../../toolchain/pulumi";
import { tryRun, type RunResult } from "../../toolchain/core/run";
import { imagesOf } from "../golden/graph";

const token = "canary-token-8846190246";

describe("the program in the real engine", function () {
    this.timeout(180_000);
    const homeBefore = process.env.AGENT_PLATFORM_HOME;
    let folder: string;
    let tools: Tools;

    before(async () => {
        await buildPack();
        folder = mkdtempSync(join(tmpdir(), "agent-platform-engine-"));
        mkdirSync(join(folder, "state"));
        mkdirSync(join(folder, "home"));
        process.env.AGENT_PLATFORM_HOME = join(folder, "home");
        for (const provision of pulumiProvisions) await provision.ensure(() => undefined);
        tools = await requireTools();
        const project = join(folder, "project");
        mkdirSync(project);
        // The CLI writes into the files of a stack; everything else is the checkout itself.
        for (const entry of readdirSync(repository)) {
            if (/^Pulumi.*\.yaml$/.test(entry)) copyFileSync(join(repository, entry), join(project, entry));
            else if (!entry.startsWith(".")) symlinkSync(join(repository, entry), join(project, entry));
        }
        // No cluster answers: preview then shows what the program asks for, which is what is tested here.
        for (const [path, context] of [["home/kubeconfig", "agent-platform-local"], ["own-kubeconfig", "agent-platform-portable"]] as const) writeFileSync(join(folder, path), kubeconfig(context));
        const mine: Record<string, string[]> = {
            dev: [],
            portable: [
                ...["--plaintext", `agent-platform:images.cloudflared=${imagesOf("portable").cloudflared}`, "--plaintext", `agent-platform:kubeconfig=${join(folder, "own-kubeconfig")}`],
                ...["--plaintext", "agent-platform:tunnelHostname=agents.example.com", "--secret", `agent-platform:tunnelToken=${token}`],
            ],
        };
        for (const [stack, settings] of Object.entries(mine)) {
            await must("stack", "init", stack);
            const built = ["app", "web", "postgres"].flatMap((name) => ["--plaintext", `agent-platform:images.${name}=${imagesOf(stack)[name]}`]);
            await must("config", "set-all", "--stack", stack, "--path", ...built, ...settings);
        }
    });

    after(() => {
        if (homeBefore === undefined) delete process.env.AGENT_PLATFORM_HOME;
        else process.env.AGENT_PLATFORM_HOME = homeBefore;
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    function pulumi(...args: string[]): Promise<RunResult> {
        return tryRun("pulumi", [...args, "--non-interactive"], {
            cwd: join(folder, "project"),
            env: {
                PATH: `${tools.folder}:${process.env.PATH}`,
                ...(tools.home === undefined ? {} : { PULUMI_HOME: tools.home }),
                PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
                PULUMI_CONFIG_PASSPHRASE: "test",
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                KUBECONFIG: undefined,
            },
        });
    }

    async function must(...args: string[]): Promise<string> {
        const { code, stdout, stderr } = await pulumi(...args);
        assert.equal(code, 0, `pulumi ${args.join(" ")}\n${stdout}\n${stderr}`);
        return stdout;
    }

    for (const [stack, environment] of [["dev", "dev"], ["portable", "prod"]] as const) {
        it(`previews ${stack} as its golden graph has it, past every policy`, async () => {
            const levels = join(folder, `${stack}-policies.json`);
            writeFileSync(levels, JSON.stringify(configurationFor(environment, "portable")));
            const shown = JSON.parse(await must("preview", "--stack", stack, "--json", "--policy-pack", join(repository, "policy"), "--policy-pack-config", levels)) as { steps: { op: string; urn: string }[] };
            const golden = JSON.parse(readFileSync(join(repository, "tests", "golden", `${stack}.json`), "utf8")) as { resources: { type: string; name: string }[] };
            const name = (urn: string) => `${urn.split("::")[2]!.split("$").at(-1)} ${urn.split("::")[3]}`;
            assert.deepEqual(
                shown.steps.map((step) => `${step.op} ${name(step.urn)}`).sort(),
                [...golden.resources.map((resource) => `create ${resource.type} ${resource.name}`), `create pulumi:pulumi:Stack agent-platform-${stack}`].sort(),
            );
            assert.equal(shown.steps.some((step) => step.urn.endsWith("::tunnel-secrets")), stack === "portable");
            assert.ok(!`${JSON.stringify(shown)}${readFileSync(join(folder, "project", `Pulumi.${stack}.yaml`), "utf8")}`.includes(token), "the token shows nowhere");
        });
    }

    it("stops at a wrong configuration with one message that names everything, and no stack trace", async () => {
        const wrong = { "agent-platform:agentMaxReplicas": "many", "agent-platform:protectData": "7", "agent-platform:zebra": "1" };
        const { code, stdout, stderr } = await pulumi("preview", "--stack", "dev", ...Object.entries(wrong).flatMap(([key, value]) => ["--config", `${key}=${value}`]));
        const text = stdout + stderr;
        assert.notEqual(code, 0);
        for (const part of ["AP-CONFIG-INVALID", 'agentMaxReplicas is "many" and must be a whole number from 1 to 5', 'protectData is "7" and must be true or false', "zebra is no key of this project"]) assert.ok(text.includes(part), `${part}\nin\n${text}`);
        assert.ok(!/^\s+at .+:\d+:\d+/m.test(text), text);
        assert.ok(!text.includes("kubernetes:"), "no resource before the configuration is right");
    });

    function kubeconfig(context: string): string {
        return JSON.stringify({
            apiVersion: "v1",
            kind: "Config",
            "current-context": context,
            contexts: [{ name: context, context: { cluster: "nowhere", user: "nobody" } }],
            clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:9" } }],
            users: [{ name: "nobody", user: { token: "x" } }],
        });
    }
});
