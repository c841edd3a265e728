/** The simulated clouds of a stack seen from outside: what is in them, what may go wrong, and what a killed run leaves behind. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { FaultPlan } from "../../toolchain/plugins/clouds/faults";
import { Journal } from "../../toolchain/plugins/clouds/journal";
import type { CloudObject } from "../../toolchain/plugins/clouds/vendor";
import type { Props } from "../../toolchain/plugins/sdk/values";
import { homeFolder } from "../../toolchain/core/paths";
import { cloudsFile, type OperationOptions, type Workspace } from "../../toolchain/pulumi";

const VARIABLE = "AGENT_PLATFORM_CLOUD_FAULTS";

interface Recorded {
    urn: string;
    type: string;
    id?: string;
    custom: boolean;
    delete?: boolean;
}

export class Clouds {
    private readonly journal: Journal;

    constructor(private readonly workspace: Pick<Workspace, "projectName" | "stack">) {
        this.journal = new Journal(cloudsFile(workspace.projectName, workspace.stack));
    }

    /** Every object of every cloud, without those inside of Kubernetes clusters. */
    objects(): CloudObject[] {
        return this.entries().filter(([key]) => !key.startsWith("k8s|")).map(([, value]) => value as unknown as CloudObject);
    }

    /** By the name in the program. @throws when there is not exactly one */
    object(name: string): CloudObject {
        const found = this.objects().filter(({ urn }) => urn.endsWith(`::${name}`));
        assert.equal(found.length, 1, `${found.length} objects are named ${name}`);
        return found[0]!;
    }

    /** Somebody changes an object by hand. */
    async drift(name: string, changes: Props): Promise<void> {
        const { urn } = this.object(name);
        await this.journal.change((change) => {
            for (const [key, value] of change.list("")) {
                const object = value as unknown as CloudObject;
                if (object.urn === urn) change.put(key, { ...object, inputs: { ...object.inputs, ...changes }, outputs: { ...object.outputs, ...changes } } as unknown as Props);
            }
        });
    }

    /** Somebody deletes an object by hand. */
    async lose(name: string): Promise<void> {
        const { urn } = this.object(name);
        await this.journal.change((change) => {
            for (const [key, value] of change.list("")) if ((value as unknown as CloudObject).urn === urn) change.remove(key);
        });
    }

    /** What goes wrong from now on; nothing without a plan. */
    faults(plan?: FaultPlan): void {
        const file = homeFolder("faults.json");
        if (plan === undefined) {
            rmSync(file, { force: true });
            delete process.env[VARIABLE];
            return;
        }
        writeFileSync(file, JSON.stringify(plan));
        process.env[VARIABLE] = file;
    }

    /** The clouds hold exactly what the state says: nothing that no resource owns, and nothing is missing. */
    assertNoOrphans(): void {
        const state = this.recorded();
        const inState = state.filter(({ type }) => !type.startsWith("kubernetes:")).map(({ type, id }) => `${type} ${id}`);
        const inClouds = this.objects().map(({ type, id }) => `${type} ${id}`);
        assert.deepEqual(inClouds.sort(), inState.filter((each) => !each.startsWith("random:")).sort(), "cloud objects against the state");
        const objects = this.entries().filter(([key]) => key.startsWith("k8s|")).map(([key]) => key.split("|").slice(2)).map(([kind, namespace, name]) => `${kind!.split("/").at(-1)} ${namespace === "" ? "" : `${namespace}/`}${name}`);
        const wanted = state.filter(({ type }) => type.startsWith("kubernetes:")).map(({ type, id }) => `${type.split(":").at(-1)} ${id}`);
        assert.deepEqual(objects.sort(), wanted.sort(), "Kubernetes objects against the state");
    }

    private entries(): [string, Props][] {
        return this.journal.read((view) => view.list("")).filter(([key]) => !key.startsWith("made|") && !key.startsWith("faults|"));
    }

    private recorded(): Recorded[] {
        const file = homeFolder("state", ".pulumi", "stacks", this.workspace.projectName, `${this.workspace.stack}.json`);
        if (!existsSync(file)) return [];
        const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest?: { resources?: Recorded[] } } };
        return (checkpoint.latest?.resources ?? []).filter(({ custom, type, id }) => custom && id !== undefined && !type.startsWith("pulumi:"));
    }
}

/** A moment at which a run is killed: after so many operations on the clouds, before or after the last of them has taken effect. */
export interface KillPoint {
    skip: number;
    fault: "kill-before" | "kill-after";
}

/** Points spread at random over `operations`. */
export function randomPoints(count: number, operations: number, random: () => number = Math.random): KillPoint[] {
    return Array.from({ length: count }, () => ({ skip: Math.floor(random() * operations), fault: random() < 0.5 ? "kill-before" : "kill-after" }));
}

/**
 * Kills runs of `up` one after the other, each at its point counted from its own beginning, then lets one end: everything
 * must be there, once, and nothing else. @returns how many of the points were reached before a run had nothing left to do
 */
export async function killAndConverge(workspace: Workspace, points: readonly KillPoint[], options: OperationOptions = {}): Promise<number> {
    const clouds = new Clouds(workspace);
    let killed = 0;
    try {
        for (const [index, { skip, fault }] of points.entries()) {
            clouds.faults({ rules: [{ fault, skip, operation: "any", label: `${index} ${Date.now()}` }] });
            await workspace.ensureStack();
            if (await survives(workspace, options)) continue;
            killed++;
        }
    } finally {
        clouds.faults();
    }
    await workspace.ensureStack();
    const outcome = await workspace.up(options);
    assert.ok(outcome.ok, "the run after the killed ones converges");
    clouds.assertNoOrphans();
    return killed;
}

async function survives(workspace: Workspace, options: OperationOptions): Promise<boolean> {
    try {
        return (await workspace.up(options)).ok;
    } catch {
        return false;
    }
}
