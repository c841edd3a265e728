import { strict as assert } from "node:assert";
import { describePodCause, explainPod, type ContainerStatus, type EventLike, type PodLike } from "./pod-state";

/** A pod of one container in this state. */
function inState(status: Partial<ContainerStatus>, container: object = {}): PodLike {
    return {
        metadata: { name: "api-1", namespace: "agent-platform" },
        spec: { containers: [{ name: "api", image: "agent-platform/app@sha256:1", ...container }], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-0" } }] },
        status: { phase: "Running", containerStatuses: [{ name: "api", ready: false, restartCount: 0, ...status }] },
    };
}

function unscheduled(message: string, resources: object = {}): PodLike {
    return { ...inState({}, { resources }), status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] } };
}

const what = (pod: PodLike, events?: EventLike[], line?: string) => explainPod(pod, events, () => line);
const waiting = (reason: string, message = "") => inState({ state: { waiting: { reason, message } } });

describe("why a pod does not run", () => {
    it("says nothing about one that is ready, or has done its work", () => {
        assert.equal(what(inState({ ready: true, state: { running: {} } })), undefined);
        assert.equal(what({ metadata: { name: "migrate" }, status: { phase: "Succeeded" } }), undefined);
        assert.equal(what(inState({ state: { terminated: { exitCode: 0, reason: "Completed" } } })), undefined);
    });

    it("out of memory, now or at its last end, with the limit", () => {
        for (const pod of [
            inState({ state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }, { resources: { limits: { memory: "256Mi" } } }),
            inState({ restartCount: 1, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } }, { resources: { limits: { memory: "256Mi" } } }),
        ]) {
            const cause = what(pod)!;
            assert.equal(cause.reason, "out-of-memory");
            assert.equal(cause.what, "api ran out of memory (its limit is 256Mi) and was killed");
        }
    });

    it("an image that is not there", () => {
        for (const reason of ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"]) {
            assert.equal(what(waiting(reason))!.what, "the image agent-platform/app@sha256:1 is not present in the cluster, and cannot be pulled");
        }
        assert.equal(what(waiting("InvalidImageName"))!.reason, "image-name");
    });

    it("config errors: secret, key, user", () => {
        assert.equal(what(waiting("CreateContainerConfigError", 'secret "database" not found'))!.what, "config error: secret database is missing");
        assert.equal(what(waiting("CreateContainerConfigError", 'configmap "settings" not found'))!.reason, "configmap-missing");
        assert.equal(what(waiting("CreateContainerConfigError", "couldn't find key password in Secret agent-platform/database"))!.what, "config error: secret database has no key password");
        assert.equal(what(waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root (pod: …)"))!.reason, "runs-as-root");
        const mount = { reason: "FailedMount", message: 'MountVolume.SetUp failed for volume "keys" : secret "jwt" not found' };
        assert.equal(what(waiting("ContainerCreating"), [mount])!.what, "config error: secret jwt is missing");
    });

    it("a crash loop, with the last line that it printed and the command that shows more", () => {
        const cause = what(inState({ restartCount: 4, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { exitCode: 1, reason: "Error" } } }), [], "connect ECONNREFUSED")!;
        assert.equal(cause.state, "failed");
        assert.equal(cause.what, "api crashes again and again, 4 times by now; it ended with exit code 1; the last line it printed: connect ECONNREFUSED");
        assert.equal(cause.fix, "kubectl logs -n agent-platform api-1 -c api --previous");
    });

    it("how a container ended: signal, missing program, no permission", () => {
        assert.match(what(inState({ state: { terminated: { exitCode: 139, reason: "Error" } } }))!.what, /signal SEGV/);
        assert.match(what(inState({ state: { terminated: { exitCode: 127, reason: "Error" } } }))!.what, /not found/);
        const start = (text: string) => what(inState({ state: { terminated: { exitCode: 128, reason: "StartError", message: text } } }))!.what;
        assert.equal(start('failed to create containerd task: runc create failed: exec: "/bin/nothing": stat /bin/nothing: no such file or directory'), "the image has no program /bin/nothing to start");
        assert.equal(start('exec: "/start": permission denied'), "/start may not be executed by the container's user");
    });

    it("what cannot be scheduled, and what it asks for", () => {
        assert.equal(what(unscheduled("0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible", { requests: { cpu: "2" } }))!.what, "it cannot be scheduled: it needs 2 CPUs of processor, and no node has that much free");
        assert.match(what(unscheduled("0/1 nodes are available: 1 Insufficient cpu.", { requests: { cpu: "1500m" } }))!.what, /1.5 CPUs/);
        assert.match(what(unscheduled("0/1 nodes are available: 1 Insufficient memory.", { requests: { memory: "64Gi" } }))!.what, /64Gi of memory/);
        assert.match(what(unscheduled("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }."))!.what, /disk is nearly full/);
        assert.match(what(unscheduled("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }."))!.what, /node is not ready/);
        assert.match(what(unscheduled("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."))!.what, /labels/);
        assert.match(what(unscheduled("0/1 nodes are available: 1 Too many pods."))!.what, /as many pods/);
        assert.match(what(unscheduled(""))!.what, /no reason is given yet/);
    });

    it("waiting for its volume, before and after it has a node", () => {
        assert.equal(what(unscheduled("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."))!.what, "it is waiting for its volume (claim data-0)");
        assert.match(what(waiting("ContainerCreating"), [{ reason: "FailedMount", message: "Unable to attach or mount volumes: timed out" }])!.what, /waiting for its volume.*timed out/);
    });

    it("no network", () => {
        assert.match(what(waiting("ContainerCreating"), [{ reason: "FailedCreatePodSandBox", message: "failed to set up network: no addresses left" }])!.what, /no addresses left/);
    });

    it("running and not ready, with what its probe says", () => {
        const pod = inState({ state: { running: {} } });
        assert.equal(what(pod)!.state, "starting");
        assert.match(what(pod, [{ reason: "Unhealthy", message: "Readiness probe failed: HTTP probe failed with statuscode: 503" }])!.what, /health check: HTTP probe failed with statuscode: 503/);
    });

    it("evicted, terminating, starting", () => {
        assert.match(what({ metadata: { name: "a" }, status: { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory. Threshold quantity: 100Mi" } })!.what, /short of memory/);
        assert.match(what({ metadata: { name: "a" }, status: { phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage. Threshold" } })!.what, /short of disk space/);
        assert.equal(what({ ...inState({ state: { running: {} } }), metadata: { name: "a", deletionTimestamp: "2026-01-01T00:00:00Z" } })!.reason, "terminating");
        assert.equal(what({ metadata: { name: "a" }, status: { phase: "Pending" } })!.state, "starting");
        assert.equal(what(waiting("PodInitializing"))!.state, "starting");
    });

    it("speaks of the init container that holds the others up", () => {
        const pod: PodLike = { metadata: { name: "a" }, spec: { initContainers: [{ name: "wait", image: "x" }] }, status: { phase: "Pending", initContainerStatuses: [{ name: "done", ready: true, state: { terminated: { exitCode: 0 } } }, { name: "wait", state: { waiting: { reason: "ImagePullBackOff" } } }], containerStatuses: [{ name: "main", state: { waiting: { reason: "PodInitializing" } } }] } };
        assert.match(what(pod)!.what, /image x is not present/);
    });

    it("fits into one line, whatever a program has printed", () => {
        const cause = what(inState({ state: { terminated: { exitCode: 1 } } }), [], "x".repeat(5000))!;
        const line = describePodCause("api-1", cause);
        assert.ok(line.length < 400 && !line.includes("\n"));
    });
});
