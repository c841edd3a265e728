/** Everything our commands do with a stack. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { log } from "../core/log";
import { homeFolder, repository } from "../core/paths";
import { Problem } from "../core/problem";
import { ensureAll, type Report } from "../core/provision";
import { withoutAutomaticLog } from "./automaticLog";
import { ensureBackend, ownsBackend, pulumiEnvironment, type Variables } from "./environment";
import { EventReader, type Summary, type Violation } from "./events";
import { explainFailure, interruptedRun, stackLocked } from "./failures";
import { currentRecord, formatRecord, notesOn, recordTag, type HistoryEntry, type PolicyNote, type PolicyRecord } from "./policyRecord";
import { runPulumi, type PulumiResult, type PulumiRun } from "./process";
import { cloudsFile, simulating } from "./simulation";
import { copyStackFile, requireStackFile, stackFilePath, tidyStackFile } from "./stackFile";
import { readLocks, readState, removeBrokenAttributes, stateFile, type LockHolder, type StackState } from "./state";
import { pulumiProvisions, requireTools, type Tools } from "./tools";

/** How long a run that a killed command has left behind is waited for. */
const LEFT_BEHIND_MS = 60_000;

export interface OperationOptions {
    report?: Report;
    /** Folder of the compiled policy pack. */
    policyPack?: string;
    /** Compare with what really is there first. */
    refresh?: boolean;
    /** Arguments for the CLI beside ours. */
    args?: readonly string[];
    /** Stops as Ctrl-C does: what has been begun is finished, and the stack is unlocked. */
    signal?: AbortSignal;
}

export interface Outcome extends Summary {
    ok: boolean;
    /** The person asked to stop; what had been begun was finished, and the stack is unlocked. */
    interrupted: boolean;
    /** Mandatory violations: the reason why it is not ok, when there are any. */
    blocked: Violation[];
    /** Of a preview: whether other policies were in force when the stack was last changed, or none. */
    policyNotes: PolicyNote[];
}

/** What an earlier run had left behind, and what was done about it. */
export interface Recovery {
    unlocked: boolean;
    /** URNs of the resources it was at work on. */
    repaired: string[];
}

export class Workspace {
    private constructor(
        readonly project: string,
        readonly projectName: string,
        readonly stack: string,
        private readonly tools: Tools,
        private readonly variables: Variables,
    ) {}

    /**
     * @param project folder with Pulumi.yaml; this repository by default
     * @param variables added to the environment of every pulumi process
     * @throws Problem when Pulumi is not set up, or the passphrase is lost
     */
    static async open(stack: string, project = repository, variables: Variables = {}): Promise<Workspace> {
        const tools = await requireTools();
        if (ownsBackend(stack)) await ensureBackend();
        if (tools.home === homeFolder("pulumi")) withoutAutomaticLog(tools.home);
        const { name } = parse(await readFile(join(project, "Pulumi.yaml"), "utf8")) as { name: string };
        return new Workspace(project, name, stack, tools, { ...pulumiEnvironment(tools, stack), ...variables });
    }

    /**
     * For taking down what an older version of this repository may have deployed: sets up what this one needs first.
     * @returns nothing when the stack was never deployed from here
     */
    static async ofDeployed(stack: string, report: Report): Promise<Workspace | undefined> {
        const { name } = parse(await readFile(join(repository, "Pulumi.yaml"), "utf8")) as { name: string };
        if (ownsBackend(stack) && (await readState(name, stack)) === undefined) return undefined;
        await ensureAll(pulumiProvisions, report);
        return Workspace.open(stack);
    }

    /** Nothing, when the stack does not exist, or its state is kept in a backend of the user's choice. */
    async state(): Promise<StackState | undefined> {
        return ownsBackend(this.stack) ? readState(this.projectName, this.stack) : undefined;
    }

    /**
     * Creates the stack if need be, and clears up after a run that was killed.
     * @throws Problem when another run is at work, or the state is damaged or gone
     */
    async ensureStack(report: Report = () => undefined): Promise<Recovery> {
        if (!ownsBackend(this.stack)) return { unlocked: false, repaired: [] };
        if ((await readState(this.projectName, this.stack)) === undefined) {
            await this.create(report);
            return { unlocked: false, repaired: [] };
        }
        await this.remember();
        return this.recover(report);
    }

    async preview(options: OperationOptions = {}): Promise<Outcome> {
        const env = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
        const [outcome, { notes, interrupted }] = await Promise.all([this.operate("previewing", ["preview", "--json", ...commonArguments(options)], options, env), this.policyNotes(options)]);
        return { ...outcome, interrupted: outcome.interrupted || interrupted, policyNotes: notes };
    }

    /** Without another preview: that has been shown before. */
    async up(options: OperationOptions = {}): Promise<Outcome> {
        const outcome = await this.operate("deploying", ["up", "--json", "--yes", "--skip-preview", ...commonArguments(options)], options);
        if (outcome.ok) await this.recordPolicies(options);
        return outcome;
    }

    async refresh(options: OperationOptions = {}): Promise<Outcome> {
        return this.operate("refreshing", ["refresh", "--json", "--yes", "--skip-preview", ...commonArguments({ ...options, policyPack: undefined, refresh: false })], options);
    }

    async destroy(options: OperationOptions = {}): Promise<Outcome> {
        return this.operate("destroying", ["destroy", "--json", "--yes", "--skip-preview", ...commonArguments({ ...options, policyPack: undefined })], options);
    }

    /** The outputs of the stack with secrets in clear: keep them in memory. Empty before the first deployment. */
    async outputs(): Promise<Record<string, unknown>> {
        const result = await this.run(["stack", "output", "--json", "--show-secrets"]);
        if (result.code !== 0) throw explainFailure(this.stack, "reading the outputs of", result.stderr, undefined);
        return JSON.parse(result.stdout || "{}") as Record<string, unknown>;
    }

    /** What the stack's tag and history say of the policies under which it was last changed. */
    private async policyNotes(options: OperationOptions): Promise<{ notes: PolicyNote[]; interrupted: boolean }> {
        const now = policiesOf(options);
        if (now === undefined) return { notes: [], interrupted: false };
        const [tag, history] = await Promise.all([this.run(["stack", "tag", "get", recordTag]), this.run(["stack", "history", "--json", "--page-size", "10"])]);
        // A stack without a tag, or a backend that keeps none, has nothing to compare with.
        const notes = notesOn(tag.code === 0 ? tag.stdout : undefined, history.code === 0 ? (JSON.parse(history.stdout || "[]") as HistoryEntry[]) : [], now);
        return { notes, interrupted: tag.interrupted || history.interrupted };
    }

    private async recordPolicies(options: OperationOptions): Promise<void> {
        const now = policiesOf(options);
        if (now === undefined) return;
        const result = await this.run(["stack", "tag", "set", recordTag, formatRecord(now)]);
        if (result.code !== 0) log(`the policies in force could not be recorded: ${result.stderr.trim()}`);
    }

    /**
     * Removes the stack itself: its state, its history, and that it ever was.
     * @param lost although its state names resources, because what they were in is gone; otherwise Pulumi refuses
     */
    async forget(lost = false): Promise<void> {
        if ((await readState(this.projectName, this.stack)) !== undefined) {
            const result = await this.run(["stack", "rm", "--yes", "--preserve-config", ...(lost ? ["--force"] : [])]);
            if (result.code !== 0) throw explainFailure(this.stack, "removing", result.stderr, undefined);
        }
        await rm(this.memory(), { force: true });
    }

    private async operate(doing: string, args: string[], options: OperationOptions, env: Variables = {}): Promise<Outcome> {
        const reader = new EventReader(options.report ?? (() => undefined), args[0] === "preview");
        await this.tidy();
        const file = ownsBackend(this.stack) ? ["--config-file", await this.copyStackFile()] : [];
        let result: PulumiResult;
        try {
            result = await this.withClouds((clouds) => this.run([...args, ...file, ...(options.args ?? [])], { onLine: (line) => reader.line(line), env: { ...env, ...clouds.env }, signal: options.signal, kill: clouds.kill }));
        } finally {
            await this.tidy();
        }
        const summary = reader.result();
        for (const diagnostic of summary.diagnostics) log(`${diagnostic.severity}: ${diagnostic.urn ?? ""} ${diagnostic.message}`);
        const outcome: Outcome = { ...summary, ok: result.code === 0, interrupted: result.interrupted, blocked: summary.violations.filter(({ level }) => level === "mandatory"), policyNotes: [] };
        if (outcome.ok || outcome.interrupted || outcome.blocked.length > 0) return outcome;
        log(result.stderr);
        throw explainFailure(this.stack, doing, result.stderr, summary);
    }

    private async run(args: readonly string[], options: Pick<PulumiRun, "onLine" | "signal" | "kill"> & { env?: Variables } = {}): Promise<PulumiResult> {
        return runPulumi(join(this.tools.folder, "pulumi"), [...args, "--stack", this.stack, "--non-interactive"], { ...options, cwd: this.project, env: { ...this.variables, ...options.env } });
    }

    /** In a copy of the project's file, so that nothing is written beside the real one. See stackFile.ts. */
    private async create(report: Report): Promise<void> {
        if (existsSync(this.memory())) {
            throw new Problem("AP-STATE-MISSING", {
                what: `The state of stack ${this.stack} is gone`,
                why: `it was deployed from here before, but ${stateFile(this.projectName, this.stack)} does not exist any more; without it Pulumi would deploy everything a second time`,
                fix: `restore that file from a backup; or, to start over, delete what was deployed by hand and remove ${this.memory()}`,
            });
        }
        requireStackFile(this.project, this.stack);
        report("creating the stack");
        const scratch = await mkdtemp(join(tmpdir(), "agent-platform-stack-"));
        try {
            const files = [join(this.project, "Pulumi.yaml"), ...(simulating() ? [] : [stackFilePath(this.project, this.stack)])];
            for (const file of files) await copyFile(file, join(scratch, basename(file)));
            const result = await runPulumi(join(this.tools.folder, "pulumi"), ["stack", "init", this.stack, "--no-select", "--non-interactive"], { cwd: scratch, env: this.variables });
            if (result.interrupted) throw interruptedRun();
            if (result.code !== 0 && !/already exists/.test(result.stderr)) throw explainFailure(this.stack, "creating", result.stderr, undefined);
        } finally {
            await rm(scratch, { recursive: true, force: true });
        }
        // So that plain pulumi commands know which stack is meant.
        await runPulumi(join(this.tools.folder, "pulumi"), ["stack", "select", this.stack, "--non-interactive"], { cwd: this.project, env: this.variables });
        await this.remember();
    }

    private async recover(report: Report): Promise<Recovery> {
        const locks = await this.locksOfTheDead(report);
        await removeBrokenAttributes(this.projectName, this.stack);
        if (locks.length > 0) {
            report("unlocking the stack after a run that was killed");
            // The killed run may have left the resources in an order that every other command refuses; unlocking must not.
            for (const command of [["cancel", this.stack, "--disable-integrity-checking"], ["state", "repair", "--stack", this.stack]]) {
                const result = await runPulumi(join(this.tools.folder, "pulumi"), [...command, "--yes", "--non-interactive"], { cwd: this.project, env: this.variables });
                if (result.interrupted) throw interruptedRun();
                if (result.code !== 0) throw explainFailure(this.stack, "unlocking", result.stderr, undefined);
            }
        }
        const pending = (await readState(this.projectName, this.stack))?.pending ?? [];
        if (pending.length > 0) {
            // The next up would call what was begun unchanged, or create it twice: the state has to learn what really is there.
            report(`finding out what an interrupted run has done (${pending.length} resources)`);
            const { interrupted } = await this.refresh({ report, args: ["--clear-pending-creates"] });
            if (interrupted) throw interruptedRun();
        }
        return { unlocked: locks.length > 0, repaired: pending };
    }

    /**
     * Locks whose runs are over. A run whose command was killed ends by itself as soon as it wants to say something.
     * @throws Problem AP-STACK-LOCKED for one that is at work
     */
    private async locksOfTheDead(report: Report): Promise<LockHolder[]> {
        let told = false;
        for (const until = Date.now() + LEFT_BEHIND_MS; ; await sleep(200)) {
            const locks = await readLocks(this.projectName, this.stack);
            const living = locks.find((lock) => lock.alive);
            if (living === undefined) return locks;
            if (!living.leftBehind || Date.now() > until) throw stackLocked(this.stack, living);
            if (!told) report(`waiting for process ${living.pid}, which a killed run has left behind`);
            told = true;
        }
    }

    /** With the simulated clouds at hand, when that is what this is about. */
    private async withClouds<T>(work: (clouds: { env: Variables; kill?: AbortSignal }) => Promise<T>): Promise<T> {
        if (!simulating()) return work({ env: {} });
        const { startClouds } = await import("../plugins/clouds/hub");
        const kill = new AbortController();
        const clouds = await startClouds(cloudsFile(this.projectName, this.stack), process.env.AGENT_PLATFORM_CLOUD_FAULTS, () => kill.abort());
        try {
            return await work({ env: { PULUMI_DEBUG_PROVIDERS: clouds.attached }, kill: kill.signal });
        } finally {
            clouds.stop();
        }
    }

    private copyStackFile(): Promise<string> {
        return copyStackFile(this.project, this.stack, async (file, secrets) => {
            const settings = Object.entries(secrets).flatMap(([key, value]) => ["--secret", `${key}=${value}`]);
            const result = await this.run(["config", "set-all", "--config-file", file, ...settings]);
            if (result.code !== 0) throw explainFailure(this.stack, "configuring", result.stderr, undefined);
        });
    }

    private async tidy(): Promise<void> {
        if (simulating() || !ownsBackend(this.stack) || !existsSync(stackFilePath(this.project, this.stack))) return;
        await tidyStackFile(this.project, this.stack, (await readState(this.projectName, this.stack))?.salt);
    }

    /** Says that this stack has existed; kept apart from the state, to notice when that is lost. */
    private memory(): string {
        return homeFolder("stacks", `${this.projectName}.${this.stack}.exists`);
    }

    private async remember(): Promise<void> {
        if (existsSync(this.memory())) return;
        await mkdir(homeFolder("stacks"), { recursive: true, mode: 0o700 });
        await writeFile(this.memory(), "");
    }
}

function policiesOf({ policyPack, args = [] }: OperationOptions): PolicyRecord | undefined {
    const config = args.indexOf("--policy-pack-config");
    return policyPack === undefined ? undefined : currentRecord(policyPack, config < 0 ? undefined : args[config + 1]);
}

function commonArguments(options: OperationOptions): string[] {
    return [...(options.refresh ? ["--refresh"] : []), ...(options.policyPack === undefined ? [] : ["--policy-pack", options.policyPack])];
}
