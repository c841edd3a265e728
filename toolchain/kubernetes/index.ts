/**
 * The local Kubernetes. Where Docker runs it is kind; else, on Linux as root, a node of our own. Once made, a home's
 * cluster stays of its kind. What `up`, `destroy`, `status` and `doctor` need is here and nowhere else.
 */
import { homeFolder } from "../core/paths";
import type { Provision, Report } from "../core/provision";
import * as node from "./cluster";
import { cgroupCheck, diskCheck, homeCheck, kernelCheck, memoryCheck, networkCheck, rootCheck } from "./checks";
import type { ImportedImage } from "./images";
import { claimInstallation, findInstallation } from "./installation";
import { dockerRuns, importIntoKind, isKindHome, kindProgram, kindStatus, startKind, stopKind } from "./kind";
import { nodePackages } from "./packages";
import { findPrograms, kubernetesPrograms } from "./programs";
import { clusterStatus as nodeStatus, type ClusterStatus } from "./status";

export { clusterClient, type StartedCluster } from "./cluster";
export type { ClusterStatus } from "./status";
export type { ImportedImage } from "./images";
export { ApiError, KubeClient } from "./api";
export { contextName } from "./installation";
export { explainPod, type PodCause } from "./pod-state";

export type Flavour = "kind" | "node";

/** Which kind of local cluster this home has or will have. */
export async function localFlavour(home = homeFolder()): Promise<Flavour> {
    if (isKindHome(home)) return "kind";
    if (findInstallation(home)) return "node";
    return await dockerRuns() ? "kind" : "node";
}

/** What must be there before `startCluster`, cheap checks first. Everything is safe to do side by side with other rooms' provisions. */
export async function kubernetesProvisions(): Promise<Provision[]> {
    if (await localFlavour() === "kind") return [memoryCheck, diskCheck, kindProgram];
    return [rootCheck, homeCheck, cgroupCheck, memoryCheck, diskCheck, nodePackages, kernelCheck, networkCheck, kubernetesPrograms];
}

/**
 * Starts the cluster, or does nothing when it runs: also all that is needed after a reboot, a crash or an upgrade.
 * @throws Problem
 */
export async function startCluster(report: Report = () => undefined, home = homeFolder()): Promise<node.StartedCluster> {
    return await localFlavour(home) === "kind" ? startKind(report, home) : node.startCluster(report, home);
}

/** Stops it; without `keepData` nothing at all is left of it. Nothing to stop is fine. */
export async function stopCluster(options: { keepData: boolean }, report: Report = () => undefined, home = homeFolder()): Promise<void> {
    if (isKindHome(home)) await stopKind(options, home);
    else await node.stopCluster(options, report, home);
}

export async function clusterStatus(home = homeFolder()): Promise<ClusterStatus> {
    return isKindHome(home) ? kindStatus(home) : nodeStatus(home);
}

/**
 * Puts images into the running cluster, so that pods find them as `name@sha256:…` without any registry.
 * @param images archives (OCI or Docker, a file or an OCI folder); with the manifest's digest, what is there is not looked at again
 */
export async function importImages(images: readonly { archive: string; name: string; digest?: string }[], report: Report = () => undefined, home = homeFolder()): Promise<ImportedImage[]> {
    return isKindHome(home) ? importIntoKind(images, report, home) : node.importImages(images, report, home);
}

/** Where pods find the API server, also before the first start; undefined for kind, whose addresses Docker chooses. */
export async function apiServerCidr(home = homeFolder()): Promise<string | undefined> {
    return await localFlavour(home) === "kind" ? undefined : `${(await claimInstallation(home)).network.nodeAddress}/32`;
}

/** The kubectl that came with the node, if any. */
export async function kubectl(): Promise<string | undefined> {
    try {
        return `${(await findPrograms()).kubernetes}/kubectl`;
    } catch {
        return undefined;
    }
}
