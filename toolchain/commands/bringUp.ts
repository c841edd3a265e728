/** The way from whatever is there to a deployment that answers, for every command that brings a stack up. */
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../core/problem";
import { ensureAll, type Report } from "../core/provision";
import { runPlan, type Plan, type Step } from "../core/steps";
import { buildImages } from "../images";
import { keyPairOf, sign } from "../images/sign";
import { importImages, startCluster } from "../kubernetes";
import { startLocalPort } from "../local-port";
import { interruptedRun, Workspace, type Outcome } from "../pulumi";
import { requireAllowed } from "./changes";
import { namespaceExists, podTroubles } from "./pods";
import { chains, requireNoFailure, type Chain } from "./provisions";
import type { SignIn } from "./signIn";
import { policies, type StackSettings } from "./stack";

/** What a preview has found, and where to apply it. */
export interface Prepared {
    workspace: Workspace;
    preview: Outcome;
    /** Whether to compare with what really is there first. */
    refresh: boolean;
}

/** How people reach a deployment. */
export interface Reached {
    url: string | undefined;
    signIn: SignIn;
}

/**
 * Everything up to the point where the person is asked.
 * @param port the local port that people will use; undefined where they come in another way
 */
export async function prepare(stack: StackSettings, port: number | undefined, refresh: boolean): Promise<Prepared> {
    const needed = await chains({ localCluster: stack.local, port: port === undefined ? undefined : { stack: stack.name, port } });
    let workspace: Workspace | undefined;
    let preview: Outcome | undefined;
    await runPlan([
        { title: "Checks", run: async () => void (await requireNoFailure(needed)) },
        needed.filter(({ title }) => title !== "Local port" && (title !== "Images" || stack.local || stack.registry !== undefined)).map(chain => chainStep(chain, stack)),
        ...deliverImages(stack),
        {
            title: "Preview under the policies",
            run: async report => {
                workspace = await Workspace.open(stack.name);
                const { unlocked, repaired } = await workspace.ensureStack(report);
                // A cluster that was made anew knows nothing of what the state remembers.
                refresh ||= stack.local && ((await workspace.state())?.resources ?? 0) > 0 && !(await namespaceExists(stack));
                preview = finished(await workspace.preview({ report, refresh, ...policies(stack) }));
                const recovered = unlocked || repaired.length > 0 ? "; cleared up after a run that was killed" : "";
                return `${preview.changed === 0 ? "no changes" : `${preview.changed} changes`}${recovered}`;
            },
        },
    ]);
    requireAllowed(preview!);
    return { workspace: workspace!, preview: preview!, refresh };
}

function chainStep(chain: Chain, stack: StackSettings): Step {
    return {
        title: chain.title,
        run: async report => {
            const made = await ensureAll(chain.provisions, report);
            if (chain.title !== "Kubernetes") return made === 0 ? "cached" : undefined;
            const { unchanged } = await startCluster(report);
            return unchanged ? "running" : "started";
        },
    };
}

/** To the cluster of this machine by hand, to any other through the registry; a stack that names neither has images of its own. */
function deliverImages(stack: StackSettings): Plan {
    if (!stack.local && stack.registry === undefined) return [];
    return [{
        title: stack.local ? "Images into the cluster" : `Images to ${stack.registry}`,
        run: async report => {
            // Before anything is built: without the key it would be for nothing.
            const key = stack.signingKey === undefined ? undefined : keyPairOf(stack.signingKey);
            const built = Object.values(await buildImages(report, stack.local ? {} : { registry: stack.registry }));
            if (!stack.local) {
                if (key !== undefined) for (const { reference } of built) await sign(reference, key, report);
                return undefined;
            }
            await importImages(built.map(({ archive, digest, reference }) => ({ archive, digest, name: reference.slice(0, reference.indexOf("@")) })), report);
            return undefined;
        },
    }];
}

/** Applies what was prepared, and tells in words what pods wait for. */
export async function deploy({ workspace, refresh }: Prepared, stack: StackSettings): Promise<void> {
    await runPlan([{
        title: "Deploy",
        run: async report => {
            const watch = watchPods(stack, report);
            try {
                const outcome = await workspace.up({ report: watch.report, refresh, signal: watch.hopeless, ...policies(stack) });
                if (watch.hopeless.aborted) throw await podsNotReady(stack, "a pod failed in a way that waiting does not mend");
                requireAllowed(finished(outcome));
                return `${outcome.changed} changes`;
            } catch (error) {
                throw error instanceof Problem && error.code === "AP-PULUMI-FAILED" ? await podsNotReady(stack, error.why, error) : error;
            } finally {
                watch.stop();
            }
        },
    }]);
}

/** Milliseconds for which a pod may look as if it could never start: an image or a secret may come a moment later. */
const hopelessAfter = 90_000;

/** While Pulumi waits for pods, tells in words what they wait for: that says more than Pulumi's own line. */
function watchPods(stack: StackSettings, report: Report): { report: Report; hopeless: AbortSignal; stop(): void } {
    const hopeless = new AbortController();
    const failedSince = new Map<string, number>();
    let trouble: string | undefined;
    const timer = setInterval(() => {
        void podTroubles(stack).then(found => {
            trouble = found[0] && `${found[0].pod}: ${found[0].cause.what}`;
            if (trouble !== undefined) report(trouble);
            const failed = found.filter(({ cause }) => cause.state === "failed").map(({ pod }) => pod);
            for (const pod of failedSince.keys()) if (!failed.includes(pod)) failedSince.delete(pod);
            for (const pod of failed) failedSince.set(pod, failedSince.get(pod) ?? Date.now());
            if ([...failedSince.values()].some(since => Date.now() - since > hopelessAfter)) hopeless.abort();
        });
    }, 5_000);
    return {
        report: line => trouble === undefined && report(line),
        hopeless: hopeless.signal,
        stop: () => clearInterval(timer),
    };
}

/** The failure in words of the pods' states, or as Pulumi has told it. */
async function podsNotReady(stack: StackSettings, why: string, cause?: Problem): Promise<Problem> {
    const troubles = await podTroubles(stack);
    if (troubles.length === 0 && cause !== undefined) return cause;
    return new Problem("AP-PODS-NOT-READY", {
        what: `the deployment stopped because pods do not get ready:\n\n${troubles.map(({ text }) => text).join("\n\n")}\n`,
        why,
        fix: troubles[0]?.cause.fix ?? "run the same command again: what was done is kept",
        cause,
    });
}

/** Opens the local port where people come in through one, and waits until the deployment answers. */
export async function reach(workspace: Workspace, stack: StackSettings, port: number | undefined): Promise<Reached> {
    const { address, signIn = {} } = (await workspace.outputs()) as { address?: string; signIn?: Reached["signIn"] };
    if (port === undefined || !(address ?? "").startsWith("http://localhost")) return { url: address, signIn };
    const { url } = await startLocalPort(stack.name, { kubeconfig: stack.kubeconfig, context: stack.context, namespace: stack.namespace, service: "web", port: 8080 }, port);
    await answering(url);
    return { url, signIn };
}

/** What a person meets first, and what each says to somebody who is not signed in: the front, and the two services behind it. */
const doors = [["the front", "/", 200], ["the API", "/api/me", 401], ["the documents", "/api/v2/documents", 401]] as const;

/** Waits until all of it answers: pods that are ready can still be out of reach for a moment. */
export async function answering(url: string): Promise<void> {
    let last = "";
    for (const end = Date.now() + 180_000; Date.now() < end; await sleep(250)) {
        try {
            const answers = await Promise.all(doors.map(([, path]) => fetch(url + path, { signal: AbortSignal.timeout(5_000) })));
            if (doors.every(([, , status], door) => answers[door]!.status === status)) return;
            last = doors.map(([name], door) => `${name}: ${answers[door]!.status}`).join(", ");
        } catch (error) {
            last = error instanceof Error ? error.message : String(error);
        }
    }
    throw new Problem("AP-NOT-ANSWERING", { what: `everything is deployed, but ${url} does not answer as it should`, why: last, fix: "npm run status tells which part is not well" });
}

/** @throws Problem AP-INTERRUPTED */
function finished(outcome: Outcome): Outcome {
    if (!outcome.interrupted) return outcome;
    throw interruptedRun();
}
