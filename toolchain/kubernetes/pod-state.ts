/** The state of a pod in words: what it waits for or died of, and what to do about it. Pure. */

export interface PodCause {
    /** `starting` and `waiting` may end by themselves; `failed` will not. */
    state: "starting" | "waiting" | "failed";
    /** Stable and short, for programs. */
    reason: string;
    /** One sentence for a person. */
    what: string;
    fix?: string;
}

export interface PodLike {
    metadata: { name: string; namespace?: string; deletionTimestamp?: string };
    spec?: { containers?: ContainerSpec[]; initContainers?: ContainerSpec[]; volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[] };
    status?: {
        phase?: string;
        reason?: string;
        message?: string;
        conditions?: { type: string; status: string; reason?: string; message?: string }[];
        initContainerStatuses?: ContainerStatus[];
        containerStatuses?: ContainerStatus[];
    };
}

interface ContainerSpec {
    name: string;
    image?: string;
    command?: string[];
    resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

interface Terminated {
    exitCode: number;
    signal?: number;
    reason?: string;
    message?: string;
}

export interface ContainerStatus {
    name: string;
    image?: string;
    ready?: boolean;
    started?: boolean;
    restartCount?: number;
    state?: { waiting?: { reason?: string; message?: string }; running?: object; terminated?: Terminated };
    lastState?: { terminated?: Terminated };
}

export interface EventLike {
    reason?: string;
    message?: string;
    type?: string;
}

/**
 * Why a pod is not doing its work; nothing when it is, or has done it.
 * @param events of this pod, oldest first
 * @param lastLine the last line that a container printed before it ended, if known
 */
export function explainPod(pod: PodLike, events: readonly EventLike[] = [], lastLine: (container: string) => string | undefined = () => undefined): PodCause | undefined {
    const { status = {}, metadata } = pod;
    if (status.phase === "Succeeded") return undefined;
    if (metadata.deletionTimestamp) return { state: "waiting", reason: "terminating", what: "it is being ended" };
    if (status.reason === "Evicted") return evicted(status.message ?? "");
    if (status.reason === "DeadlineExceeded") return { state: "failed", reason: "deadline", what: "it ran longer than it was allowed to", fix: "see its log for what took so long" };
    const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
    if (scheduled?.status === "False") return unschedulable(pod, scheduled.message ?? "", scheduled.reason);
    const init = status.initContainerStatuses?.find(({ state, ready }) => !state?.terminated ? !ready : state.terminated.exitCode !== 0);
    if (init) return explainContainer(pod, init, events, lastLine);
    for (const container of status.containerStatuses ?? []) {
        const cause = explainContainer(pod, container, events, lastLine);
        if (cause) return cause;
    }
    if (!status.containerStatuses?.length) return fromEvents(pod, events) ?? { state: "starting", reason: "starting", what: "it is being started" };
    return undefined;
}

/** In one line, as `up` shows it. */
export function describePodCause(name: string, cause: PodCause): string {
    return `${name}: ${cause.what}${cause.fix ? ` (${cause.fix})` : ""}`;
}

function explainContainer(pod: PodLike, container: ContainerStatus, events: readonly EventLike[], lastLine: (container: string) => string | undefined): PodCause | undefined {
    const { state = {}, lastState } = container;
    const said = lastLine(container.name);
    if (state.terminated) return state.terminated.exitCode === 0 ? undefined : ended(pod, container, state.terminated, said, "failed");
    if (state.waiting) {
        const { reason = "", message = "" } = state.waiting;
        switch (reason) {
            case "ErrImagePull": case "ImagePullBackOff": case "ErrImageNeverPull": case "ImageInspectError":
                return { state: "failed", reason: "image-missing", what: `the image ${imageOf(pod, container)} is not present in the cluster, and cannot be pulled`, fix: "run `npm run up`: it builds and imports the images" };
            case "InvalidImageName":
                return { state: "failed", reason: "image-name", what: `${imageOf(pod, container)} is no valid name of an image`, fix: "correct it in the stack's configuration" };
            case "CreateContainerConfigError":
                return configError(message);
            case "CreateContainerError": case "RunContainerError":
                return startError(pod, container, message);
            case "CrashLoopBackOff":
                return lastState?.terminated
                    ? ended(pod, container, lastState.terminated, said, "failed", container.restartCount)
                    : { state: "failed", reason: "crash-loop", what: `${container.name} ends again and again${quoted(said)}`, fix: logs(pod, container) };
            default:
                return fromEvents(pod, events) ?? { state: "starting", reason: "starting", what: reason === "PodInitializing" ? "its first steps are running" : "it is being started" };
        }
    }
    if (state.running && container.ready === false) return notReady(pod, container, events, said);
    return undefined;
}

function ended(pod: PodLike, container: ContainerStatus, { exitCode, signal, reason, message }: Terminated, said: string | undefined, state: PodCause["state"], restarts = 0): PodCause {
    const times = restarts > 1 ? `, ${restarts} times by now` : "";
    if (reason === "OOMKilled") {
        const limit = specOf(pod, container)?.resources?.limits?.memory;
        return { state, reason: "out-of-memory", what: `${container.name} ran out of memory${limit ? ` (its limit is ${limit})` : ""} and was killed${times}`, fix: "give it more memory in the stack's configuration, or give it less to do at once" };
    }
    if (reason === "StartError" || reason === "ContainerCannotRun") return startError(pod, container, message ?? "");
    if (exitCode === 127 || exitCode === 126) {
        return { state, reason: "command", what: `${container.name} could not run its command: ${exitCode === 127 ? "not found" : "not executable"}${quoted(said)}`, fix: "check the image's start command" };
    }
    const killed = signal ?? (exitCode > 128 && exitCode < 160 ? exitCode - 128 : undefined);
    const how = killed === undefined ? `ended with exit code ${exitCode}` : `was killed by signal ${signalNames[killed] ?? killed}`;
    const words = said ?? message?.trim().split("\n").at(-1);
    if (restarts > 1) return { state, reason: "crash-loop", what: `${container.name} crashes again and again${times}; it ${how}${quoted(words)}`, fix: logs(pod, container) };
    return { state, reason: "crashed", what: `${container.name} ${how}${quoted(words)}`, fix: logs(pod, container) };
}

const signalNames: Record<number, string> = { 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV", 15: "TERM", 31: "SYS" };

function configError(message: string): PodCause {
    const missing = /(secret|configmap) "([^"]+)" not found/i.exec(message);
    if (missing) return missingObject(missing[1]!, missing[2]!);
    const key = /couldn't find key (\S+) in (Secret|ConfigMap) (\S+)/i.exec(message);
    if (key) return { state: "failed", reason: "key-missing", what: `config error: ${key[2]!.toLowerCase()} ${key[3]!.split("/").at(-1)!} has no key ${key[1]!}`, fix: "run `npm run up`: it writes all keys" };
    if (/runAsNonRoot/.test(message)) return { state: "failed", reason: "runs-as-root", what: "config error: the image wants to run as root, and the pod forbids it", fix: "set a user in the image or in the pod" };
    return { state: "failed", reason: "config", what: `config error: ${message}`, fix: "correct the configuration and run `npm run up`" };
}

/** It may yet come: what a deployment creates has no guaranteed order. */
function missingObject(kind: string, name: string): PodCause {
    return { state: "waiting", reason: `${kind.toLowerCase()}-missing`, what: `config error: ${kind.toLowerCase()} ${name} is missing`, fix: "run `npm run up`: it creates it" };
}

function startError(pod: PodLike, container: ContainerStatus, message: string): PodCause {
    const program = /exec: "([^"]+)"/.exec(message)?.[1] ?? specOf(pod, container)?.command?.[0];
    if (/no such file or directory|executable file not found/.test(message)) return { state: "failed", reason: "command", what: `the image has no program ${program ?? "of that name"} to start`, fix: "check the image's start command" };
    if (/permission denied/.test(message)) return { state: "failed", reason: "command", what: `${program ?? "its program"} may not be executed by the container's user`, fix: "check the file's mode in the image" };
    return { state: "failed", reason: "start", what: `${container.name} could not be started: ${lastPart(message)}`, fix: logs(pod, container) };
}

function notReady(pod: PodLike, container: ContainerStatus, events: readonly EventLike[], said: string | undefined): PodCause {
    const probe = events.findLast(({ reason, message }) => reason === "Unhealthy" && message !== undefined);
    const crashed = container.lastState?.terminated;
    if (crashed && (container.restartCount ?? 0) > 1) return { ...ended(pod, container, crashed, said, "waiting", container.restartCount), state: "waiting" };
    if (!probe) return { state: "starting", reason: "not-ready", what: `${container.name} runs and is not ready yet` };
    const why = probe.message!.replace(/^(Readiness|Liveness|Startup) probe failed:\s*/, "").trim();
    return { state: "waiting", reason: "not-ready", what: `${container.name} runs but does not answer its health check: ${lastPart(why)}`, fix: logs(pod, container) };
}

function unschedulable(pod: PodLike, message: string, reason = ""): PodCause {
    if (reason === "SchedulingGated") return { state: "waiting", reason: "gated", what: "it waits to be admitted by another program" };
    if (/unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]+" (not found|is being deleted)|didn't find available persistent volumes/.test(message)) return waitingForVolume(pod);
    const scarce = /Insufficient (cpu|memory|ephemeral-storage)/.exec(message)?.[1];
    if (scarce) {
        const wanted = [...pod.spec?.containers ?? []].map(({ resources }) => resources?.requests?.[scarce]).filter(value => value !== undefined).join(" + ");
        const needs = scarce === "cpu" ? `${inCores(wanted)} of processor` : `${wanted || "more"} of ${scarce === "memory" ? "memory" : "disk"}`;
        return { state: "waiting", reason: `no-${scarce}`, what: `it cannot be scheduled: it needs ${needs}, and no node has that much free`, fix: `end something else, use a larger machine, or ask for less ${scarce === "cpu" ? "processor" : scarce} in the stack's configuration` };
    }
    if (/Too many pods/.test(message)) return { state: "waiting", reason: "too-many-pods", what: "it cannot be scheduled: the node has as many pods as it may have", fix: "end other pods" };
    const taint = /untolerated taint \{([^:}]+)/.exec(message)?.[1];
    if (taint?.includes("disk-pressure")) return { state: "waiting", reason: "disk-pressure", what: "it cannot be scheduled: the disk is nearly full", fix: "free some space; it goes on by itself" };
    if (taint?.includes("memory-pressure")) return { state: "waiting", reason: "memory-pressure", what: "it cannot be scheduled: the machine is short of memory", fix: "end other programs; it goes on by itself" };
    if (taint?.includes("not-ready") || taint?.includes("unreachable")) return { state: "waiting", reason: "node-not-ready", what: "it cannot be scheduled: the node is not ready", fix: "npm run status tells which part is not running; npm run up starts it" };
    if (taint) return { state: "waiting", reason: "taint", what: `it cannot be scheduled: the nodes are reserved (${taint})`, fix: "remove the taint, or let the pod tolerate it" };
    if (/node affinity|node selector|didn't match Pod's/.test(message)) return { state: "failed", reason: "no-matching-node", what: "it cannot be scheduled: no node has the labels that it asks for", fix: "correct the node selector in the stack's configuration" };
    return { state: "waiting", reason: "unschedulable", what: `it cannot be scheduled: ${message || "no reason is given yet"}` };
}

/** A CPU quantity as a person counts: `2000m` is 2 CPUs. */
function inCores(quantity: string): string {
    const parts = quantity.split(" + ").filter(Boolean).map(part => part.endsWith("m") ? Number(part.slice(0, -1)) / 1000 : Number(part));
    const sum = parts.reduce((total, part) => total + part, 0);
    return sum > 0 ? `${Number(sum.toFixed(3))} CPU${sum === 1 ? "" : "s"}` : "more";
}

function waitingForVolume(pod: PodLike): PodCause {
    const claims = (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim ? [persistentVolumeClaim.claimName] : []);
    return { state: "waiting", reason: "volume", what: `it is waiting for its volume${claims.length > 0 ? ` (claim ${claims.join(", ")})` : ""}`, fix: "normally a matter of seconds; if it stays, `kubectl describe pvc` says why" };
}

function fromEvents(pod: PodLike, events: readonly EventLike[]): PodCause | undefined {
    const warning = events.findLast(({ reason }) => ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "NetworkNotReady", "FailedCreate"].includes(reason ?? ""));
    if (!warning) return undefined;
    const message = warning.message ?? "";
    const missing = /(secret|configmap) "([^"]+)" not found/i.exec(message);
    if (missing) return missingObject(missing[1]!, missing[2]!);
    const object = /object "[^"]*"\/"([^"]+)" not registered/.exec(message);
    if (warning.reason === "FailedMount" && object) return { state: "starting", reason: "starting", what: "it is being started" };
    const key = /references non-existent (secret|config) key: (\S+)/.exec(message);
    if (key) return { state: "failed", reason: "key-missing", what: `config error: a ${key[1]} that it mounts has no key ${key[2]}`, fix: "run `npm run up`: it writes all keys" };
    if (warning.reason === "FailedMount" || warning.reason === "FailedAttachVolume") return { ...waitingForVolume(pod), what: `${waitingForVolume(pod).what}: ${lastPart(message)}` };
    return { state: "waiting", reason: "network", what: `its network could not be set up: ${lastPart(message)}`, fix: "it is tried again; npm run status tells whether the node is healthy" };
}

function evicted(message: string): PodCause {
    const short = /low on resource: (\S+?)\./.exec(message)?.[1];
    const what = short?.startsWith("memory") ? "memory" : "disk space";
    return { state: "failed", reason: "evicted", what: `it was removed because the machine ran short of ${what}`, fix: short?.startsWith("memory") ? "end other programs or use a larger machine; it is started again by itself" : "free some space; it is started again by itself" };
}

function specOf(pod: PodLike, { name }: ContainerStatus): ContainerSpec | undefined {
    return [...pod.spec?.containers ?? [], ...pod.spec?.initContainers ?? []].find(container => container.name === name);
}

function imageOf(pod: PodLike, container: ContainerStatus): string {
    return specOf(pod, container)?.image ?? container.image ?? "of its container";
}

function logs({ metadata }: PodLike, container: ContainerStatus): string {
    return `kubectl logs${metadata.namespace ? ` -n ${metadata.namespace}` : ""} ${metadata.name} -c ${container.name}${(container.restartCount ?? 0) > 0 ? " --previous" : ""}`;
}

function quoted(line: string | undefined): string {
    const text = line?.trim();
    return text ? `; the last line it printed: ${text.length > 200 ? `${text.slice(0, 199)}…` : text}` : "";
}

/** Runtimes nest their messages; the innermost part is the one that says something. */
function lastPart(message: string): string {
    const text = message.trim().split("\n").at(-1) ?? "";
    return text.length > 200 ? `…${text.slice(-199)}` : text;
}
