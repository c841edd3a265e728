import { strict as assert } from "node:assert";
import { planVolumes, provisioner, type Claim, type Volume } from "./volumes";

const claim = (uid: string, more: { class?: string; phase?: string; volume?: string; deleting?: boolean } = {}): Claim => ({
    metadata: { name: "data", namespace: "app", uid, ...(more.deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
    spec: { storageClassName: more.class ?? "local", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...(more.volume ? { volumeName: more.volume } : {}) },
    status: { phase: more.phase ?? "Pending" },
});
const volume = (phase: string, uid: string | undefined, more: { policy?: "Retain" | "Delete"; class?: string; foreign?: boolean } = {}): Volume => ({
    metadata: { name: `pvc-${uid}`, annotations: more.foreign ? {} : { "pv.kubernetes.io/provisioned-by": provisioner } },
    spec: { storageClassName: more.class ?? "local", persistentVolumeReclaimPolicy: more.policy ?? "Delete", claimRef: { name: "data", namespace: "app", ...(uid ? { uid } : {}) } },
    status: { phase },
});
const plan = (claims: Claim[], volumes: Volume[]) => planVolumes(claims, volumes).map(action => action.do);

describe("planning volumes", () => {
    it("makes one for a waiting claim of our classes, and for no other", () => {
        assert.deepEqual(planVolumes([claim("1")], []), [{ do: "create", claim: claim("1"), retain: false }]);
        assert.deepEqual(plan([claim("1", { class: "local-retain" })], []), ["create"]);
        assert.deepEqual(plan([claim("1", { class: "fast" })], []), []);
        assert.deepEqual(plan([claim("1", { phase: "Bound", volume: "pvc-1" })], []), []);
        assert.deepEqual(plan([claim("1", { deleting: true })], []), []);
    });

    it("does nothing twice: its volume is there and will be bound", () => {
        for (const phase of ["Pending", "Available", "Bound"]) assert.deepEqual(plan([claim("1")], [volume(phase, "1")]), []);
    });

    it("deletes what is released, if it may, and nothing that others have made", () => {
        assert.deepEqual(plan([], [volume("Released", "1")]), ["delete"]);
        assert.deepEqual(plan([], [volume("Released", "1", { policy: "Retain" })]), []);
        assert.deepEqual(plan([], [volume("Released", "1", { foreign: true })]), []);
        assert.deepEqual(plan([], [volume("Bound", "1")]), []);
    });

    it("gives a kept volume to the next claim of that name and class", () => {
        const kept = volume("Released", "1", { policy: "Retain", class: "local-retain" });
        assert.deepEqual(plan([claim("2", { class: "local-retain" })], [kept]), ["rebind"]);
        assert.deepEqual(plan([claim("2", { class: "local" })], [kept]), ["create"]);
    });

    it("makes a new one while the former, of the same name, is being deleted", () => {
        assert.deepEqual(plan([claim("2")], [volume("Released", "1")]), ["create", "delete"]);
    });
});
