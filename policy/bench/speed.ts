/**
 * What the pack costs: its rules alone, its start, and a preview of many resources with and without it.
 * `node --import ./toolchain/typescript/register.mjs policy/bench/speed.ts [RESOURCES]` (2000 by default) prints the table
 * of docs/policy-benchmarks.md, with the pulumi that `npm run up` uses, which is installed when it is not there.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { repository } from "../../toolchain/core/paths";
import { tryRun } from "../../toolchain/core/run";
import { pulumiEnvironment, requireTools, withoutAutomaticLog } from "../../toolchain/pulumi";
import { provideNeeds } from "../../toolchain/test/needs";
import { evaluateResource, evaluateStack } from "../src/core/evaluate";
import { resourceOf, type Resource } from "../src/core/resource";
import { configurationFile, effectiveRules, readConfiguration } from "../src/environments";
import { soundDeployment } from "../src/kubernetes/examples";
import { rules } from "../src/rules";
import { startEchoProvider } from "../tests/echo-provider";
import { Pack } from "../tests/pack";

const type = "kubernetes:apps/v1:Deployment";

/** A Deployment of three containers in a sound pod. */
function properties(index: number): Record<string, unknown> {
    const deployment = structuredClone(soundDeployment()) as { metadata: { name: string }; spec: { template: { spec: { containers: { name: string; image: string }[] } } } };
    deployment.metadata.name = `shop-${index}`;
    const { spec } = deployment.spec.template;
    const [container] = spec.containers;
    spec.containers = ["a", "b", "c"].map(name => ({ ...container!, name, image: "registry.example.com/agent-platform/shop@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" }));
    return deployment as unknown as Record<string, unknown>;
}

/** A stack of so many resources that keeps every rule. */
function sound(count: number): Resource[] {
    const around = rules.find(({ id }) => id === "k8s-netpol-coverage")!.compliant[0].resources.filter(resource => resource.type !== type);
    return [...around, ...Array.from({ length: count - around.length }, (_, index) => resourceOf(type, `shop-${index}`, properties(index)))];
}

function rulesAlone(count: number): void {
    const given = Array.from({ length: count }, (_, index) => properties(index));
    const resources = given.map((item, index): Resource => resourceOf(type, `shop-${index}`, item));
    const effective = effectiveRules(rules, readConfiguration("prod")).filter(({ level }) => level !== "disabled");
    // Resources anew each time: what rules have read before must not flatter.
    const look = () => {
        for (const resource of given.map((item, index) => resourceOf(type, `shop-${index}`, item))) for (const { rule, settings } of effective) if (rule.scope === "resource") evaluateResource(rule, resource, settings);
    };
    look();
    const each = cpuOf(look) / count;
    const stack = cpuOf(() => effective.forEach(({ rule, settings }) => rule.scope === "stack" && evaluateStack(rule, resources, settings))) / count;
    const resourceRules = effective.filter(({ rule }) => rule.scope === "resource");
    const applying = resourceRules.filter(({ rule }) => rule.scope === "resource" && rule.applies(type)).length;
    say("rules alone, a Deployment of 3 containers", `${(each + stack).toFixed(3)} ms a resource`, `processor time; ${effective.length} rules, ${applying} of them for this kind`);
}

async function start(by: string, env: NodeJS.ProcessEnv): Promise<void> {
    const times: number[] = [];
    let [memory, processor] = [0, 0];
    for (let run = 0; run < 6; run++) {
        const pack = await Pack.start(env);
        // The first one may have to compile, and keeps what it has compiled a second later.
        if (run === 0) {
            await setTimeout(2_000);
            await pack.stop();
            continue;
        }
        times.push(pack.startup);
        memory = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pack.pid}/status`, "utf8"))?.[1]) / 1024;
        processor = cpuOfProcess(pack.pid);
        await pack.stop();
    }
    say(`start of the pack by ${by}`, `${(median(times) / 1000).toFixed(2)} s, ${Math.round(memory)} MB`, `median of 5; ${(processor / 1000).toFixed(2)} s of processor time`);
}

/** The pack without an engine, over its real protocol. */
async function protocol(count: number): Promise<void> {
    const pack = await Pack.start();
    const resources = Array.from({ length: count }, (_, index) => resourceOf(type, `shop-${index}`, properties(index)));
    for (const resource of resources.slice(0, 50)) await pack.analyze(resource);
    const [begun, before] = [performance.now(), cpuOfProcess(pack.pid)];
    for (const resource of resources) await pack.analyze(resource);
    const [each, processor] = [(performance.now() - begun) / count, (cpuOfProcess(pack.pid) - before) / count];
    const [whole, wholeBefore] = [performance.now(), cpuOfProcess(pack.pid)];
    await pack.analyzeStack(resources);
    const [wholeEach, wholeProcessor] = [(performance.now() - whole) / count, (cpuOfProcess(pack.pid) - wholeBefore) / count];
    say("the pack over its protocol", `${processor.toFixed(2)} ms a resource, ${wholeProcessor.toFixed(2)} ms more for the whole`, `processor time, ${count} resources; ${each.toFixed(1)} and ${wholeEach.toFixed(1)} ms by the clock`);
    await pack.stop();
}

/** Milliseconds of processor time that a process has used; Linux counts in hundredths of a second. */
function cpuOfProcess(pid: number): number {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function engine(count: number): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "policy-bench-"));
    const provider = await startEchoProvider();
    try {
        mkdirSync(join(folder, "state"));
        withoutAutomaticLog(join(folder, "home"));
        writeFileSync(join(folder, "Pulumi.yaml"), "name: bench\nruntime:\n    name: nodejs\n    options:\n        typescript: false\nmain: index.js\n");
        writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", version: "1.0.0", private: true }));
        writeFileSync(join(folder, "stack.json"), JSON.stringify(sound(count).map(({ type, name, properties }) => ({ type, name, properties: properties.value }))));
        writeFileSync(join(folder, "index.js"), `const { CustomResource } = require("@pulumi/pulumi");\nfor (const { type, name, properties } of require("./stack.json")) new CustomResource(type, name, properties);\n`);
        symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
        const env = { PULUMI_BACKEND_URL: `file://${join(folder, "state")}`, PULUMI_HOME: join(folder, "home"), PULUMI_CONFIG_PASSPHRASE: "bench", PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_DEBUG_PROVIDERS: `kubernetes:${provider.port}` };
        const pulumi = (...args: string[]) => tryRun("pulumi", [...args, "--non-interactive"], { cwd: folder, env });
        await pulumi("stack", "init", "bench");
        const preview = async (...args: string[]) => {
            const begun = performance.now();
            // The shell knows the processor time of the engine and of all that it started.
            const { stdout, stderr } = await tryRun("bash", ["-c", `TIMEFORMAT="spent %U %S"; time pulumi "$@"`, "bash", "preview", "--stack", "bench", ...args, "--non-interactive"], { cwd: folder, env });
            if (!new RegExp(`\\+ ${count + 1} to create`).test(stdout)) throw new Error(`the preview did not come to its end: ${(stdout + stderr).slice(-2000)}`);
            const [, user, system] = /^spent ([\d.]+) ([\d.]+)$/m.exec(stderr)!;
            return { clock: (performance.now() - begun) / 1000, processor: Number(user) + Number(system) };
        };
        const bare = await preview();
        const policed = await preview("--policy-pack", join(__dirname, ".."), "--policy-pack-config", configurationFile("prod"));
        const more = (which: "clock" | "processor") => (((policed[which] - bare[which]) * 1000) / count).toFixed(2);
        say(`a preview of ${count} resources`, `${bare.clock.toFixed(1)} s bare, ${policed.clock.toFixed(1)} s under the pack`, `${more("clock")} ms a resource more, start of the pack included`);
        say("the same in processor time", `${bare.processor.toFixed(1)} s bare, ${policed.processor.toFixed(1)} s under the pack`, `${more("processor")} ms a resource more, start of the pack included`);
    } finally {
        provider.stop();
        rmSync(folder, { recursive: true, force: true });
    }
}

function say(what: string, measured: string, remark: string): void {
    console.log(`| ${what} | ${measured} | ${remark} |`);
}

/** Milliseconds of processor time, the best of five: other work on the machine changes that least. */
function cpuOf(work: () => void): number {
    return Math.min(...Array.from({ length: 5 }, () => {
        const begun = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(begun);
        return (user + system) / 1000;
    }));
}

function median(values: readonly number[]): number {
    return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

async function main(count: number): Promise<void> {
    await provideNeeds(["pulumi", "policy"]);
    console.log(`${cpus().length} cores, load before ${loadavg().map(load => load.toFixed(1)).join(" ")}\n\n| what | measured | remark |\n|---|---|---|`);
    const tools = await requireTools();
    rulesAlone(count);
    const { NODE_COMPILE_CACHE, NODE_OPTIONS } = pulumiEnvironment(tools, "dev");
    await start("`npm run up`", { NODE_COMPILE_CACHE, NODE_OPTIONS });
    await start("a runner's `pulumi`", { NODE_COMPILE_CACHE });
    await start("`pulumi` without anything", { NODE_COMPILE_CACHE: undefined });
    process.env.PATH = [tools.folder, process.env.PATH].join(delimiter);
    await protocol(Math.min(count, 500));
    await engine(count);
    console.log(`\nload after ${loadavg().map(load => load.toFixed(1)).join(" ")}`);
}

void main(Number(process.argv[2] ?? 2000));
