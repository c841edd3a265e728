/** What `up` needs on this machine, in one list that `doctor` shows and `up` ensures. */
import { checkPort } from "../local-port";
import { imageBuilder, imagesProvision } from "../images";
import { kubernetesProvisions } from "../kubernetes";
import { buildPack, packState } from "../../policy/build";
import { pulumiProvisions } from "../pulumi";
import { Problem } from "../core/problem";
import type { Finding, Provision } from "../core/provision";

/** A chain of provisions that can be worked off beside the other chains. */
export interface Chain {
    title: string;
    provisions: readonly Provision[];
}

export interface Needs {
    /** A Kubernetes of this machine; false when the stack names a cluster of its own. */
    localCluster: boolean;
    /** The local port to check, and the stack it is for; none when people come in another way. */
    port?: { stack: string; port: number };
}

export async function chains({ localCluster, port }: Needs): Promise<Chain[]> {
    return [
        ...(port === undefined ? [] : [{ title: "Local port", provisions: [localPort(port.stack, port.port)] }]),
        { title: "Pulumi", provisions: [...pulumiProvisions, policyPack] },
        ...(localCluster ? [{ title: "Kubernetes", provisions: await kubernetesProvisions() }] : []),
        { title: "Images", provisions: [imageBuilder, imagesProvision] },
    ];
}

/** Looks at everything, the cheap checks of all chains first, and throws the first failed one. */
export async function requireNoFailure(all: readonly Chain[]): Promise<void> {
    for (const { provisions } of all) {
        for (const provision of provisions) {
            const finding = await provision.inspect();
            if (finding.state === "failed") throw finding.problem;
        }
    }
}

const policyPack: Provision = {
    id: "policy-pack",
    title: "Policy pack",
    async inspect(): Promise<Finding> {
        const state = packState();
        return state.current ? { state: "ready", source: "built", detail: state.digest?.slice(0, 12) } : { state: "missing", plan: "compile it (a second)" };
    },
    async ensure(report): Promise<void> {
        if (packState().current) return;
        report("compiling");
        await buildPack();
    },
};

function localPort(stack: string, port: number): Provision {
    return {
        id: "local-port",
        title: `Port ${port}`,
        async inspect(): Promise<Finding> {
            try {
                await checkPort(stack, port);
                return { state: "ready", detail: "free, or ours" };
            } catch (error) {
                if (error instanceof Problem) return { state: "failed", problem: error };
                throw error;
            }
        },
        ensure: () => checkPort(stack, port),
    };
}
